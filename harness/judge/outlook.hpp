// What signals could still change, in words.
#pragma once

#include <string>
#include <vector>

#include "platform/wait_graph.hpp"

namespace poolbugs::judge {

/// Sentences: who would be interrupted by which signal, what a proof assumes of
/// signals, and what it takes for granted. None of a tree in which no signal
/// matters.
std::vector<std::string> signal_terms(const wait::Graph& graph,
                                      const wait::Verdict& verdict);

/// "SIGTERM", "SIGHUP, SIGINT, SIGTERM and 5 more"; bit N - 1 is signal N.
std::string signal_names(std::uint64_t signals);

}  // namespace poolbugs::judge
