// Who is a thread or a child of whom, as /proc lists them now.
#pragma once

#include <map>
#include <vector>

#include "platform/wait_reading_linux.hpp"

namespace poolbugs::wait {

/// The ids below /proc/PID/task, sorted; those that left are listed too as
/// long as the process has others.
std::vector<long> list_tasks(long process);

/// Lists of children: from task/TID/children of each thread where the kernel
/// has it (CONFIG_PROC_CHILDREN), else from the parents of all processes, read
/// once a round.
class ChildLists {
 public:
  void new_round() { by_parent_.clear(); }
  /// The children of the process with these threads, sorted.
  std::vector<long> of(FileReader& files, long process,
                       const std::vector<long>& tasks);
  /// The same of one that was read: files of those asleep stay open.
  std::vector<long> of(FileReader& files, ProcessReading& process);
  /// False: somebody was missed for sure in this round.
  [[nodiscard]] bool sure() const { return sure_; }

 private:
  void read_parents(FileReader& files);
  std::vector<long> by_parent(FileReader& files, long process);

  std::multimap<long, long> by_parent_;  ///< only without task/TID/children
  bool sure_ = true;
};

}  // namespace poolbugs::wait
