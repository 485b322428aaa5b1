#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "platform/attend.hpp"
#include "platform/attend_system.hpp"
#include "platform/console.hpp"
#include "platform/posix_compat.hpp"
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
  for (const int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT,
                           SIGSYS, SIGKILL, SIGSTOP})
    sigdelset(&set, number);
  return set;
}

/// Default, or where it is ignored nobody becomes a zombie, and waitpid(2)
/// tells nothing. Returns what it was.
struct sigaction take_over_children() {
  struct sigaction standard {
  }, before{};
  standard.sa_handler = SIG_DFL;
  ::sigaction(SIGCHLD, &standard, &before);
  return before;
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

bool is_ours_alone(int signal) {
  return signal == SIGCHLD || signal == SIGPIPE;
}

bool is_for_the_group(int signal) {
  switch (signal) {
    case SIGINT:
    case SIGQUIT:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGHUP:
    case SIGWINCH:
#ifdef SIGINFO
    case SIGINFO:
#endif
      return true;
    default:
      return false;
  }
}

struct Attendance::State {
  AttendSystem system{taken_signals()};
  struct sigaction on_child = take_over_children();
  pid_t child = -1;
  UniqueFd child_end;
  std::optional<CommandEnd> end;
  std::optional<Clock::time_point> stopped_since, look_if_it_continued;
  Clock::duration stopped_before{};

  void take_signals();
  void reap();
  void child_stopped(int signal);
  void child_continued();
  void continue_child();
  bool stop_by(int signal);
};

Attendance::Attendance() : state_(std::make_unique<State>()) {}

Attendance::~Attendance() { ::sigaction(SIGCHLD, &state_->on_child, nullptr); }

std::optional<NotStarted> Attendance::start(
    const std::vector<std::string>& command) {
  std::vector<char*> argv;
  for (const std::string& word : command)
    argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  int ends[2];
  if (state_->system.descriptor() < 0)
    return NotStarted{125, errno_error("taking signals", errno).text};
  if (posix::pipe_close_on_exec(ends) != 0)
    return NotStarted{125, errno_error("pipe", errno).text};
  UniqueFd from_child(ends[0]), to_us(ends[1]);
  const pid_t child = ::fork();
  if (child < 0) return NotStarted{125, errno_error("fork", errno).text};
  if (child == 0) {
    ::sigaction(SIGCHLD, &state_->on_child, nullptr);
    ::sigprocmask(SIG_SETMASK, &state_->system.mask_before(), nullptr);
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
  bool told = false;
  while (true) {
    state.take_signals();
    state.reap();
    if (state.end) return state.end;
    // macOS tells the end a moment before the process can be waited for.
    if (told) ::poll(nullptr, 0, 1);
    state.continue_child();
    if (Clock::now() >= deadline) return std::nullopt;
    const auto until = state.look_if_it_continued
                           ? std::min(deadline, *state.look_if_it_continued)
                           : deadline;
    pollfd polled[] = {{state.system.descriptor(), POLLIN, 0},
                       {state.child_end.get(), POLLIN, 0}};
    told = ::poll(polled, 2, milliseconds_until(until)) > 0 &&
           polled[1].revents != 0;
  }
}

void Attendance::State::take_signals() {
  // Not passed on blindly: by now the command may have stopped again.
  if (system.pass_on(child) && stopped_since)
    look_if_it_continued = Clock::now() + kContinue;
}

/// If somebody continued us alone.
void Attendance::State::continue_child() {
  if (!look_if_it_continued || Clock::now() < *look_if_it_continued) return;
  const bool stays = is_stopped(child);
  reap();  // or did it stop anew? Then that is for our shell
  if (stays && look_if_it_continued) ::kill(child, SIGCONT);
  look_if_it_continued.reset();
}

/// Our child, and orphans of the tree, that ended, stopped or went on.
void Attendance::State::reap() {
  constexpr int kChanges = WNOHANG | WUNTRACED | WCONTINUED;
  int status = 0;
  for (pid_t process; (process = ::waitpid(-1, &status, kChanges)) > 0;) {
    if (process != child) continue;
    if (WIFSTOPPED(status)) {
      child_stopped(WSTOPSIG(status));
    } else if (WIFCONTINUED(status)) {
      child_continued();
    } else {
      end = WIFEXITED(status) ? CommandEnd{WEXITSTATUS(status), 0}
                              : CommandEnd{0, WTERMSIG(status)};
      return;
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
    posix::take_pending(only);
  }
  ::sigaction(signal, &before, nullptr);
  return stops;
}

int Attendance::end_tree(milliseconds grace) {
  const auto until_left = [&](Clock::time_point when, bool kill) {
    while (true) {
      state_->reap();
      const std::vector<pid_t> left = state_->system.left();
      if (left.empty() || Clock::now() >= when)
        return static_cast<int>(left.size());
      for (const pid_t process : left)
        if (kill) ::kill(process, SIGKILL);
      // SIGCHLD of our children wakes us; the others become ours, or never.
      pollfd polled{state_->system.descriptor(), POLLIN, 0};
      ::poll(&polled, 1, 10);
      state_->system.pass_on(-1);
    }
  };
  for (const pid_t process : state_->system.left()) {
    ::kill(process, SIGTERM);
    ::kill(process, SIGCONT);
  }
  if (until_left(Clock::now() + grace, false) == 0) return 0;
  return until_left(Clock::now() + kAfterKill, true);
}

long Attendance::id() const { return state_->child; }

bool Attendance::stopped() const { return state_->stopped_since.has_value(); }

Clock::duration Attendance::stopped_for() const {
  return state_->stopped_before + (state_->stopped_since
                                       ? Clock::now() - *state_->stopped_since
                                       : Clock::duration{});
}

void die_like(int signal) {
  forbid_core_file();
  die_of_signal(signal);
}

}  // namespace poolbugs
