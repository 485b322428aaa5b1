// Why a tree is stuck, from its graph alone.
#pragma once

#include <string>
#include <vector>

#include "platform/wait_graph.hpp"

namespace poolbugs::judge {

/// A cause and the threads that show it: a cycle, or the one that nobody
/// wakes.
struct StuckCause {
  /// orphaned-lock, self-deadlock, dead-owner, lock-cycle, pipe-cycle,
  /// eof-never-comes, join-cycle, read-cycle, lost-wakeup, or "" where nothing
  /// can be said.
  std::string slug;
  std::vector<int> core;  ///< indices into Graph::threads, in cycle order
};

/// The rules are in cause.cpp. Where the facts allow two causes, the weaker.
StuckCause cause_of(const wait::Graph& graph, const wait::Verdict& verdict);

/// At most six sentences for a tired engineer: the core first, then who waits
/// for it. Names by role, no ids: the same for every run of one program.
std::vector<std::string> explain(const wait::Graph& graph,
                                 const wait::Verdict& verdict,
                                 const StuckCause& cause);

/// The graph in Mermaid ("graph LR" and lines, no fence): threads, pipes,
/// locks, children; the core stands out. Above 30 nodes only the core.
std::string mermaid(const wait::Graph& graph, const wait::Verdict& verdict,
                    const StuckCause& cause);

}  // namespace poolbugs::judge
