// What an Attendance (attend_posix.cpp) does by other calls on each system.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <vector>

#ifdef __APPLE__
#include "platform/signal_queue.hpp"
#else
#include "platform/unique_fd.hpp"
#endif

namespace poolbugs {

/// While it lives the signals are blocked and wait here; on Linux this process
/// is a subreaper besides. Afterwards all is as it was before.
class AttendSystem {
 public:
  explicit AttendSystem(const sigset_t& signals);
  ~AttendSystem();
  AttendSystem(const AttendSystem&) = delete;
  AttendSystem& operator=(const AttendSystem&) = delete;

  /// Readable when a signal waits; negative if that failed, with errno.
  [[nodiscard]] int descriptor() const;
  [[nodiscard]] const sigset_t& mask_before() const;

  /// Takes the signals that wait. The command (negative: none yet) gets those
  /// that it has not got already; not SIGCONT, of which true tells.
  bool pass_on(pid_t command);
  /// Those of our tree that have not ended.
  std::vector<pid_t> left();

 private:
#ifdef __APPLE__
  SignalQueue signals_;
  /// When they started, in microseconds. Whoever was seen is remembered: when
  /// its parent ends it is nobody's.
  std::map<pid_t, std::uint64_t> seen_;
#else
  sigset_t mask_{};
  int subreaper_ = 0;
  UniqueFd signals_;
#endif
};

/// Neither is for the command: our children's ends, our own broken pipe.
bool is_ours_alone(int signal);
/// A terminal sends these to whole process groups.
bool is_for_the_group(int signal);
bool is_stopped(pid_t process);
/// This process leaves no core file when it dies.
void forbid_core_file();

}  // namespace poolbugs
