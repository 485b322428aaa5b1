// Names for processes that are the same in every run: by their place in the
// tree and the order of their birth, or what they do, never by pid.
#pragma once

#include <vector>

#include "harness/run/observation.hpp"
#include "platform/process_tree.hpp"

namespace poolbugs::run {

/// "parent" is the first process; its children are "worker 1", "worker 2" …,
/// theirs "worker 1.1" …; orphans, whose parents are gone, "orphan 1" ….
/// Asks the system where each thread waits.
std::vector<ThreadSeen> threads_seen(const TreeSample& tree);

/// Names them as the graph of the last close look does, after that has been
/// numbered by what its workers do; no change if it has other processes.
void number_by_deed(Observation& seen);

/// Takes the stacks of these threads, by ptrace: interrupts what they wait in.
void add_stacks(std::vector<ThreadSeen>& threads);

}  // namespace poolbugs::run
