#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "platform/attend.hpp"
#include "platform/console.hpp"
#include "platform/proc_linux.hpp"
#include "platform/spawn.hpp"

namespace poolbugs {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// How long the others of a process group may take to hear of a SIGCONT that
/// we heard of.
constexpr milliseconds kContinue{20};
/// After SIGKILL, until we give up.
constexpr milliseconds kAfterKill{2000};

/// Faults of our own, and what cannot be blocked, stay as they are.
sigset_t taken_signals() {
  sigset_t set;
  sigfillset(&set);
  for (const int number :
       {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGSYS})
    sigdelset(&set, number);
  return set;
}

/// The kernel sends these to whole process groups (or to each member).
bool is_for_the_group(int number) {
  switch (number) {
    case SIGINT:
    case SIGQUIT:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGHUP:
    case SIGCONT:
    case SIGWINCH:
      return true;
    default:
      return false;
  }
}

std::string stat_of(pid_t process) {
  const std::string path = "/proc/" + std::to_string(process) + "/stat";
  return proc::read_file(path.c_str());
}

bool is_stopped(pid_t process) {
  return proc::stat_field(stat_of(process), 3) == "T";
}

/// Whether a process, perhaps a zombie, is below us.
bool is_below_us(pid_t process) {
  const pid_t self = ::getpid();
  while (process > 1) {
    const std::string parent = proc::stat_field(stat_of(process), 4);
    if (parent.empty()) return false;
    process = static_cast<pid_t>(std::atoi(parent.c_str()));
    if (process == self) return true;
  }
  return false;
}

/// A parent of the same session in another process group: what makes a group
/// not orphaned, and what a shell with job control is.
bool parent_controls_jobs() {
  const pid_t parent = ::getppid();
  return ::getsid(parent) == ::getsid(0) && ::getpgid(parent) != ::getpgrp();
}

int milliseconds_until(Clock::time_point when) {
  const auto left =
      std::chrono::ceil<milliseconds>(when - Clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 3'600'000));
}

NotStarted not_started(const std::string& command, int error) {
  const bool missing = error == ENOENT || error == ENOTDIR;
  return {missing ? 127 : 126, errno_error(command, error).text};
}

}  // namespace

struct Attendance::State {
  sigset_t mask{};  ///< as we inherited it
  struct sigaction on_child {
  };                  ///< likewise: ignored, children reap themselves
  int subreaper = 0;  ///< likewise
  UniqueFd signals;
  pid_t child = -1;
  UniqueFd child_end;
  std::optional<CommandEnd> end;
  std::optional<Clock::time_point> stopped_since, look_if_it_continued;
  Clock::duration stopped_before{};

  void take_signals();
  void forward(const signalfd_siginfo& info) const;
  void reap();
  void child_stopped(int signal);
  void child_continued();
  void continue_child();
  bool stop_by(int signal);
};

Attendance::Attendance() : state_(std::make_unique<State>()) {
  const sigset_t taken = taken_signals();
  ::sigprocmask(SIG_BLOCK, &taken, &state_->mask);
  // Where it is ignored nobody becomes a zombie, and waitid(2) tells nothing.
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &standard, &state_->on_child);
  ::prctl(PR_GET_CHILD_SUBREAPER, &state_->subreaper);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  state_->signals.reset(::signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC));
}

Attendance::~Attendance() {
  // Signals that came too late have nobody to go to any more.
  signalfd_siginfo info{};
  while (::read(state_->signals.get(), &info, sizeof info) > 0) continue;
  ::prctl(PR_SET_CHILD_SUBREAPER, state_->subreaper);
  ::sigaction(SIGCHLD, &state_->on_child, nullptr);
  ::sigprocmask(SIG_SETMASK, &state_->mask, nullptr);
}

std::optional<NotStarted> Attendance::start(
    const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& word : command)
    argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  int ends[2];
  if (!state_->signals)
    return NotStarted{125, errno_error("signalfd", errno).text};
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return NotStarted{125, errno_error("pipe2", errno).text};
  UniqueFd from_child(ends[0]), to_us(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return NotStarted{125, errno_error("fork", errno).text};
  if (child == 0) {
    ::sigaction(SIGCHLD, &state_->on_child, nullptr);
    ::sigprocmask(SIG_SETMASK, &state_->mask, nullptr);
    ::execvp(argv[0], argv.data());
    const int error = errno;
    [[maybe_unused]] const ssize_t told =
        ::write(to_us.get(), &error, sizeof error);
    ::_exit(127);
  }
  to_us.reset();
  int error = 0;
  ssize_t got = 0;
  while ((got = ::read(from_child.get(), &error, sizeof error)) < 0 &&
         errno == EINTR)
    continue;
  if (got > 0) {
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
    return not_started(command[0], error);
  }
  state_->child = child;
  auto end = exit_descriptor(child);
  if (!end) return NotStarted{125, end.error().text};
  state_->child_end = std::move(*end);
  return std::nullopt;
}

std::optional<CommandEnd> Attendance::wait_until(Clock::time_point deadline) {
  State& state = *state_;
  while (true) {
    state.take_signals();
    state.reap();
    if (state.end) return state.end;
    state.continue_child();
    if (Clock::now() >= deadline) return std::nullopt;
    const auto until = state.look_if_it_continued
                           ? std::min(deadline, *state.look_if_it_continued)
                           : deadline;
    pollfd polled[] = {{state.signals.get(), POLLIN, 0},
                       {state.child_end.get(), POLLIN, 0}};
    ::poll(polled, 2, milliseconds_until(until));
  }
}

void Attendance::State::take_signals() {
  signalfd_siginfo info{};
  while (::read(signals.get(), &info, sizeof info) ==
         static_cast<ssize_t>(sizeof info)) {
    // Not forwarded blindly: by now the command may have stopped again.
    if (info.ssi_signo != SIGCONT)
      forward(info);
    else if (stopped_since)
      look_if_it_continued = Clock::now() + kContinue;
  }
}

/// If somebody continued us alone.
void Attendance::State::continue_child() {
  if (!look_if_it_continued || Clock::now() < *look_if_it_continued) return;
  const bool stays = is_stopped(child);
  reap();  // or did it stop anew? Then that is for our shell
  if (stays && look_if_it_continued) ::kill(child, SIGCONT);
  look_if_it_continued.reset();
}

void Attendance::State::forward(const signalfd_siginfo& info) const {
  const int number = static_cast<int>(info.ssi_signo);
  if (number == SIGCHLD || number == SIGPIPE || child < 0) return;
  if (info.ssi_code == SI_KERNEL) {
    // A terminal that goes away tells the leader of its session alone.
    const bool ours_alone = number == SIGHUP && ::getsid(0) == ::getpid();
    if (is_for_the_group(number) && !ours_alone) return;
  } else if (is_below_us(static_cast<pid_t>(info.ssi_pid))) {
    return;  // kill(0, …) in the tree: the command has heard it
  }
  if (info.ssi_code == SI_QUEUE) {
    sigval value{};
    value.sival_ptr = reinterpret_cast<void*>(info.ssi_ptr);
    ::sigqueue(child, number, value);
  } else {
    ::kill(child, number);
  }
}

/// Our child, and orphans of the tree, that ended, stopped or went on.
void Attendance::State::reap() {
  while (true) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WSTOPPED | WCONTINUED | WNOHANG) !=
            0 ||
        info.si_pid == 0)
      return;
    if (info.si_pid != child) continue;
    switch (info.si_code) {
      case CLD_EXITED:
        end = CommandEnd{info.si_status, 0};
        return;
      case CLD_KILLED:
      case CLD_DUMPED:
        end = CommandEnd{0, info.si_status};
        return;
      case CLD_STOPPED:
        child_stopped(info.si_status);
        break;
      case CLD_CONTINUED:
        child_continued();
        break;
      default:
        break;
    }
  }
}

void Attendance::State::child_stopped(int signal) {
  if (!stopped_since) stopped_since = Clock::now();
  look_if_it_continued.reset();
  if (parent_controls_jobs() && stop_by(signal))
    look_if_it_continued = Clock::now() + kContinue;
}

void Attendance::State::child_continued() {
  if (stopped_since) stopped_before += Clock::now() - *stopped_since;
  stopped_since.reset();
  look_if_it_continued.reset();
}

/// Stops this process. True when somebody has continued it.
bool Attendance::State::stop_by(int signal) {
  if (signal == SIGSTOP) {
    if (!is_stopped(child)) return false;
    ::raise(SIGSTOP);
    return true;
  }
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  struct sigaction standard {
  }, before{};
  standard.sa_handler = SIG_DFL;
  ::sigaction(signal, &standard, &before);
  // Pending first: a SIGCONT to the group takes it back again, and one that
  // came before shows in the command. So none is missed.
  ::raise(signal);
  const bool stops = is_stopped(child);
  if (stops) {
    ::sigprocmask(SIG_UNBLOCK, &only, nullptr);
    ::sigprocmask(SIG_BLOCK, &only, nullptr);
  } else {
    const timespec now{};
    ::sigtimedwait(&only, nullptr, &now);
  }
  ::sigaction(signal, &before, nullptr);
  return stops;
}

int Attendance::end_tree(milliseconds grace) {
  const pid_t self = ::getpid();
  const auto until_left = [&](Clock::time_point when, auto each_time) {
    while (true) {
      state_->reap();
      const std::vector<pid_t> left = proc::descendants(self);
      if (left.empty() || Clock::now() >= when)
        return static_cast<int>(left.size());
      each_time(left);
      // SIGCHLD of our children wakes us; the others become ours.
      pollfd polled{state_->signals.get(), POLLIN, 0};
      ::poll(&polled, 1, 10);
      signalfd_siginfo info{};
      while (::read(state_->signals.get(), &info, sizeof info) > 0) continue;
    }
  };
  for (const pid_t process : proc::descendants(self)) {
    ::kill(process, SIGTERM);
    ::kill(process, SIGCONT);
  }
  if (until_left(Clock::now() + grace, [](const auto&) {}) == 0) return 0;
  return until_left(Clock::now() + kAfterKill, [](const auto& left) {
    for (const pid_t process : left) ::kill(process, SIGKILL);
  });
}

long Attendance::id() const { return state_->child; }

bool Attendance::stopped() const { return state_->stopped_since.has_value(); }

Clock::duration Attendance::stopped_for() const {
  return state_->stopped_before + (state_->stopped_since
                                       ? Clock::now() - *state_->stopped_since
                                       : Clock::duration{});
}

void die_like(int signal) {
  // A core_pattern that is a pipe does not look at the limit (core(5)).
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
  die_of_signal(signal);
}

}  // namespace poolbugs
