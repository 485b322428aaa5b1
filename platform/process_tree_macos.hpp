// Samples of processes that are no tree any more: a run's, where nobody adopts
// orphans.
#pragma once

#include "platform/libproc_macos.hpp"
#include "platform/process_tree.hpp"

namespace poolbugs {

/// Threads are known by their handles. Context switches and page faults are the
/// process', at its first thread; bytes that it moves are not counted, and what
/// a thread wants of a CPU and does not get is not either.
ProcessSample sample_process(const libproc::Process& process);

/// In their order; of more than `most` their number alone.
TreeSample sample_processes(const std::vector<libproc::Process>& processes,
                            std::size_t most);

}  // namespace poolbugs
