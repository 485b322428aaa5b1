#include "platform/wait_place_linux.hpp"

#include <algorithm>
#include <array>

namespace poolbugs::wait {
namespace {

/// "name.isra.0" and the like are the compiler's.
std::string_view plain(std::string_view name) {
  return name.substr(0, name.find('.'));
}

}  // namespace

std::string read_place(FileReader& files, int tasks, long thread) {
  ThreadPath path(thread);
  const std::string_view place = files.read(tasks, path.of("wchan"));
  return place == "0" ? "" : std::string(place);
}

// Of these only sleeps that a signal may interrupt count (state S): freezing,
// the seccomp notifier's wait_for_completion_interruptible(), user faults
// (TASK_INTERRUPTIBLE), FUSE's wait_event_interruptible(); whoever sleeps
// deeper is in another state anyway.
// Names that a compiler may have inlined stand with those of their callers.
bool is_elsewhere(std::string_view place) {
  constexpr std::array<std::string_view, 23> kPlaces{
      // kernel/signal.c; the freezer of control groups, stops, tracers
      "do_freezer_trap", "do_signal_stop", "do_jobctl_trap", "ptrace_stop",
      "ptrace_notify", "ptrace_do_notify", "get_signal",
      // kernel/freezer.c; the older freezer, suspend
      "__refrigerator",
      // kernel/seccomp.c; until the notifier answers
      "seccomp_do_user_notification", "__seccomp_filter", "__secure_computing",
      // fs/userfaultfd.c
      "handle_userfault",
      // kernel/entry/common.c, arch/*/kernel/{signal,ptrace}.c
      "exit_to_user_mode_loop", "exit_to_user_mode_prepare",
      "syscall_trace_enter", "syscall_exit_work", "do_notify_resume",
      "arch_do_signal_or_restart",
      // fs/coredump.c
      "do_coredump", "vfs_coredump",
      // fs/fuse/dev.c; page faults in a file system of a process
      "request_wait_answer", "fuse_simple_request", "__fuse_simple_request"};
  return std::ranges::find(kPlaces, plain(place)) != kPlaces.end();
}

bool waits_for_vfork(std::string_view place) {
  // kernel/fork.c; kernel_clone(), its caller, was _do_fork() before 5.10.
  constexpr std::array<std::string_view, 2> kPlaces{"wait_for_vfork_done",
                                                    "kernel_clone"};
  return std::ranges::find(kPlaces, plain(place)) != kPlaces.end();
}

bool may_be_notified(FileReader& files, int tasks, long thread) {
  ThreadPath path(thread);
  return parse_status(files.read(tasks, path.of("status"), true)).seccomp != 0;
}

}  // namespace poolbugs::wait
