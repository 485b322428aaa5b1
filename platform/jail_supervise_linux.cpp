// One run, from its start until nothing of it is left. The same loop serves as
// the first process of a pid namespace (full) and as a subreaper (group).
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "platform/jail_linux.hpp"
#include "platform/proc_linux.hpp"

namespace poolbugs::jail {
namespace {

double now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) * 1e-9;
}

double children_cpu() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) +
           static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Returns the errno of posix_spawn. All of our descriptors are close-on-exec;
/// the run gets 0, 1 and 2.
int start(Launch& launch, pid_t& pid) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, kStdoutFd, 1);
  posix_spawn_file_actions_adddup2(&actions, kStderrFd, 2);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID |
                                            POSIX_SPAWN_SETSIGMASK |
                                            POSIX_SPAWN_SETSIGDEF);
  const int error =
      ::posix_spawn(&pid, launch.arguments[0], &actions, &attributes,
                    launch.arguments.data(), launch.environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

/// What happens to a run, as its supervisor sees it.
struct Watch {
  pid_t first;  ///< the program
  double started = now();
  double ended = 0;  ///< when `first` ended
  int wait_status = 0;
  bool first_exited = false;
  bool any_left = true;  ///< children we still have
  bool told_to_end = false;
  bool harness_gone = false;
  double leak_at = 0;         ///< end of the grace for those left, so far
  double kill_at = 0;         ///< end of the grace after SIGTERM
  double look_after = 0.002;  ///< until the next look at shared names

  void reap() {
    int status = 0;
    pid_t pid;
    while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
      if (pid != first) continue;
      first_exited = true;
      wait_status = status;
      ended = now();
    }
    any_left = !(pid < 0 && errno == ECHILD);
  }
};

void signal_all(bool full, int number) {
  if (full) {
    ::kill(-1, number);  // all of this pid namespace but ourselves
    return;
  }
  for (const pid_t pid : proc::descendants(::getpid())) ::kill(pid, number);
}

/// One wait: for a child, a message, EOF, or `until`. SIGCHLD is blocked
/// except in here, so that none is lost between reap() and ppoll().
void wait_for_event(bool full, Watch& watch, double until) {
  pollfd poll{kSocketFd, POLLIN, 0};
  timespec timeout{};
  const bool endless = until <= 0;
  if (!endless) {
    const double left = until - now();
    if (left <= 0) return;
    timeout.tv_sec = static_cast<time_t>(left);
    timeout.tv_nsec =
        static_cast<long>((left - static_cast<double>(timeout.tv_sec)) * 1e9);
  }
  sigset_t none;
  sigemptyset(&none);
  if (::ppoll(&poll, 1, endless ? nullptr : &timeout, &none) <= 0) return;
  EndRequest request{};
  const ssize_t got = ::recv(kSocketFd, &request, sizeof request, 0);
  if (got <= 0) {
    watch.harness_gone = true;
  } else if (request.kind == Kind::end && !watch.told_to_end) {
    watch.told_to_end = true;
    watch.kill_at = now() + request.grace_ms * 1e-3;
    if (request.grace_ms > 0) signal_all(full, SIGTERM);
    // A stopped process acts on SIGTERM only when it is continued.
    if (request.grace_ms > 0) signal_all(full, SIGCONT);
  }
}

/// When to look again which names in /dev/shm the run uses: soon after its
/// start, then ever more seldom. Needed only where /dev/shm is everybody's.
double next_look(Watch& watch, SharedNames& names) {
  const double due = watch.started + watch.look_after;
  if (now() < due) return due;
  names.look();
  watch.look_after *= 2;
  return watch.started + watch.look_after;
}

/// Whoever is killed makes room for others below a limit on processes, so a
/// fork bomb outruns the one who kills. The stopped keep their places. `group`
/// (0: none) is stopped in one call: a bomb leaves us little of the CPU.
void stop_descendants(pid_t group) {
  if (group > 0) ::kill(-group, SIGSTOP);
  std::size_t known = 0;
  for (int round = 0; round < 200; ++round) {
    const std::vector<pid_t> all = proc::descendants(::getpid());
    for (const pid_t pid : all) ::kill(pid, SIGSTOP);
    if (all.size() == known) return;  // nobody was born meanwhile
    known = all.size();
  }
}

/// Whether anybody who is left has a CPU or waits for one (or for a disk).
bool anybody_runs() {
  const std::vector<pid_t> left = proc::descendants(::getpid(), 64);
  return std::any_of(left.begin(), left.end(), [](pid_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/stat";
    const std::string state =
        proc::stat_field(proc::read_file(path.c_str()), 3);
    return state == "R" || state == "D";
  });
}

/// When the others must have ended too, after the first process has. Those who
/// saw its end and are just leaving may need long for that on a busy machine.
double end_of_grace(const Settings& settings, Watch& watch) {
  constexpr double kMostGraces = 10, kNextLook = 0.05;
  const double grace = settings.leak_grace_ms * 1e-3;
  if (watch.leak_at == 0) watch.leak_at = watch.ended + grace;
  const double last = watch.ended + kMostGraces * grace;
  if (now() >= watch.leak_at && now() < last && anybody_runs())
    watch.leak_at = std::min(now() + kNextLook, last);
  return watch.leak_at;
}

/// Until everybody ended, or the time that the others have is over.
void watch_run(const Settings& settings, Watch& watch, SharedNames& names) {
  while (true) {
    watch.reap();
    if (!watch.any_left) return;
    double until = 0;
    if (watch.told_to_end)
      until = watch.kill_at;
    else if (watch.first_exited)
      until = end_of_grace(settings, watch);
    if (watch.harness_gone || (until > 0 && now() >= until)) break;
    if (!settings.full) {
      const double look = next_look(watch, names);
      if (until == 0 || look < until) until = look;
    }
    wait_for_event(settings.full, watch, until);
  }
  if (settings.full) return;
  // A still picture, and nobody runs away from it. The id of a group whose
  // first process was reaped may be somebody else's by now.
  stop_descendants(watch.first_exited ? 0 : watch.first);
  names.look();
}

}  // namespace

void kill_descendants(bool full) {
  while (true) {
    signal_all(full, SIGKILL);
    int status = 0;
    pid_t pid;
    while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
    }
    if (pid < 0 && errno == ECHILD) return;
    // One death, which may give us new children to kill.
    siginfo_t info{};
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    const timespec soon{0, 5'000'000};  // a birth may have escaped the listing
    ::sigtimedwait(&child, &info, &soon);
  }
}

bool supervise(const Settings& settings, Launch& launch,
               const std::string& folder, Cgroups& cgroups) {
  const double cpu_before = children_cpu();
  SharedNames names;
  if (!settings.full) names.remember_existing();
  Watch watch{};
  if (const int error = start(launch, watch.first); error != 0) {
    return send_failure(std::string("cannot execute ") + launch.arguments[0] +
                        ": " + std::strerror(error));
  }
  // For the harness to read in our comm: which process the program is, since
  // orphans of a run that has ended are our children too.
  ::prctl(PR_SET_NAME, ("run " + std::to_string(watch.first)).c_str());
  watch_run(settings, watch, names);
  if (watch.harness_gone) {
    if (!settings.full) kill_descendants(false);
    names.remove_own();
    return false;
  }
  DoneHeader done;
  done.wait_status = watch.wait_status;
  done.exited = watch.first_exited && !watch.told_to_end;
  // Of one that was told to end nobody asks, and a fork bomb gives no time.
  std::string text = done.exited ? leftovers(settings, folder) : "";
  done.disk_limit = settings.full && private_disk_full();
  // Also where the kernel would do it: after Done the harness empties the
  // output and may start the next run, and nobody must write there any more.
  if (watch.any_left) kill_descendants(settings.full);
  if (!settings.full) {
    text += names.new_names();
    names.remove_own();
  }
  done.process_limit = cgroups.pids_refused();
  done.memory_limit = cgroups.memory_refused();
  done.seconds = (watch.first_exited ? watch.ended : now()) - watch.started;
  done.cpu_seconds = children_cpu() - cpu_before;
  std::string message(reinterpret_cast<const char*>(&done), sizeof done);
  message += text;
  return send_message(message.data(), message.size());
}

}  // namespace poolbugs::jail
