// All processes and threads of the machine at one time, as
// NtQuerySystemInformation tells them.
#pragma once

#include <string>
#include <vector>

#include "platform/process_tree.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs {

struct SeenProcess {
  ProcessSample sample;
  std::string image;  ///< "python.exe"; no path
  /// KWAIT_REASON of each of sample.threads, -1 of one that does not wait.
  std::vector<int> wait_reasons;

  /// The host of a console: it comes with the first process of one, and is none
  /// of the program's.
  [[nodiscard]] bool is_console_host() const;
};

/// By birth. Costs some milliseconds, whoever is asked for. Empty if the system
/// refuses.
///
/// Windows tells everything. Wine 8 leaves at 0 (measured): a thread's state,
/// wait reason and context switches, and what a process read and wrote. There
/// ThreadSample::state is '?', and that a thread ran shows in its CPU time
/// alone, which comes in steps of 10 ms.
std::vector<SeenProcess> all_processes();

/// Processes of this job are below this process, even if their parents are
/// gone; kNoDescriptor ends that. The caller keeps the handle.
void adopt(Descriptor job);

/// The ids of a job's processes.
std::vector<long> members(Descriptor job);

/// Of these the descendants of `root`, without the hosts of consoles. A parent
/// is older than its children, so an id that was used twice makes nobody a
/// relative.
std::vector<SeenProcess> below(const std::vector<SeenProcess>& all, long root,
                               bool with_root);

/// The sample of some processes.
TreeSample tree_of(std::vector<SeenProcess> processes);

/// "UserRequest" of 6; "" if it has no name here.
std::string wait_reason_name(int reason);

}  // namespace poolbugs
