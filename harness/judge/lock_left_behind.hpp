// What is said of a lock that nobody is there to release, or of a thread that
// was never there to end.
#pragma once

#include <string>
#include <vector>

#include "harness/judge/cause.hpp"
#include "harness/judge/wait_words.hpp"

namespace poolbugs::judge {

/// Two phrases, of causes orphaned-lock, dead-owner and self-deadlock: what
/// `thread` (an index) waits for, and what follows.
std::vector<std::string> lock_left_behind(const wait::Graph& graph,
                                          Speaker& speaker,
                                          const StuckCause& cause, int thread);

}  // namespace poolbugs::judge
