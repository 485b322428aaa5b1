// Who is woken by somebody outside of the tree: signals, tracers, freezers,
// changes to files.
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <fstream>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

// --- signals, stops, tracers, freezers

Rescue sends(int signal) {
  return [=] { ::kill(told(), signal); };
}
/// For who blocks it.
Rescue outside_kills() { return sends(SIGUSR1); }
Rescue outside_interrupts() { return keeps_sending(SIGUSR1); }
Rescue outside_continues() { return keeps_sending(SIGCONT); }

void pause_outside() {
  handle(SIGUSR1);
  tell(::getpid());
  ::pause();
}

sigset_t blocked_signal() {
  block(SIGUSR1);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGUSR1);
  tell(::getpid());
  return set;
}

void suspended_outside() {
  handle(SIGUSR1);
  blocked_signal();
  sigset_t none;
  ::sigemptyset(&none);
  ::sigsuspend(&none);
}

void sigwait_outside() {
  const sigset_t set = blocked_signal();
  must(::sigwaitinfo(&set, nullptr), "sigwaitinfo");
}

void signalfd_outside() {
  const sigset_t set = blocked_signal();
  const int fd = must(::signalfd(-1, &set, 0), "signalfd");
  signalfd_siginfo info;
  expect(::read(fd, &info, sizeof info) > 0, "read");
}

void continued_outside() {
  const pid_t worker = in_child([] {
    tell(::getpid());
    ::raise(SIGSTOP);
  });
  join(worker);
}

/// Input from outside sends a signal to a process that does not read.
void input_signals_outside() {
  handle(SIGIO);
  must(::fcntl(handed(0), F_SETOWN, ::getpid()), "F_SETOWN");
  must(::fcntl(handed(0), F_SETFL, O_ASYNC), "F_SETFL");
  tell(::getpid());
  ::pause();
}
Rescue outside_writes() {
  const Pipe pipe = make_pipe();
  hand_down({pipe.read});
  return [=] {
    told();  // what came before is signalled to nobody
    say(pipe.write);
  };
}

/// The worker reads a pipe that is not empty any more: what it waits for is who
/// holds it from outside.
void worker_is_held() {
  const Pipe pipe = make_pipe();
  const pid_t worker = in_child([&] {
    ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    tell(::getpid());
    hear(pipe.read);
  });
  while (::access(place("held").c_str(), F_OK) != 0) sleep_for(0.01);
  say(pipe.write);
  join(worker);
}

void say_that_it_is_held() {
  ::close(must(::creat(place("held").c_str(), 0600), "creat"));
}

Rescue outside_traces() {
  const Pipe pipe = make_pipe();
  ::fcntl(pipe.read, F_SETFD, FD_CLOEXEC);
  ::fcntl(pipe.write, F_SETFD, FD_CLOEXEC);
  const pid_t tracer = in_child([=] {
    const pid_t worker = told();
    must(::ptrace(PTRACE_SEIZE, worker, 0, 0), "PTRACE_SEIZE");
    must(::ptrace(PTRACE_INTERRUPT, worker, 0, 0), "PTRACE_INTERRUPT");
    must(::waitpid(worker, nullptr, __WALL), "waitpid");
    say_that_it_is_held();
    hear(pipe.read);
  });
  return [=] {
    say(pipe.write);
    join(tracer);
  };
}

/// Waits for a process outside, which it traces.
void traces_outside() {
  if (::ptrace(PTRACE_SEIZE, handed_id(), 0, 0) != 0) skip("PTRACE_SEIZE");
  must(::waitpid(handed_id(), nullptr, __WALL), "waitpid");
}
Rescue outside_is_traced() {
  const pid_t traced = in_child([] {
    ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    while (true) ::pause();
  });
  hand_down_id(traced);
  return [=] {
    ::kill(traced, SIGKILL);
    ::waitpid(traced, nullptr, 0);
  };
}

const char* const kFreezer = "/sys/fs/cgroup/freezer";

/// By a control group of the freezer (version 1).
Rescue outside_thaws() {
  const std::string group =
      std::string(kFreezer) + "/look_alike." + std::to_string(::getpid());
  if (::mkdir(group.c_str(), 0700) != 0) skip(group.c_str());
  const Pipe pipe = make_pipe();
  ::fcntl(pipe.read, F_SETFD, FD_CLOEXEC);
  ::fcntl(pipe.write, F_SETFD, FD_CLOEXEC);
  const pid_t helper = in_child([=] {
    std::ofstream(group + "/cgroup.procs") << told() << std::flush;
    std::ofstream(group + "/freezer.state") << "FROZEN" << std::flush;
    for (std::string state; state != "FROZEN"; sleep_for(0.01))
      std::ifstream(group + "/freezer.state") >> state;
    say_that_it_is_held();
    hear(pipe.read);
    std::ofstream(group + "/freezer.state") << "THAWED" << std::flush;
  });
  return [=] {
    say(pipe.write);
    join(helper);
    while (::rmdir(group.c_str()) != 0 && errno == EBUSY) sleep_for(0.01);
  };
}

// --- files

std::string folder() { return place(""); }
/// Again and again: what comes too soon is seen by nobody.
Rescue outside_creates() {
  return until_it_ends([](int) {
    const std::string name = place("new");
    ::close(must(::open(name.c_str(), O_WRONLY | O_CREAT, 0600), "open"));
    ::unlink(name.c_str());
  });
}
/// Waits until the lease is there, and then until it is broken.
Rescue outside_opens() {
  return [] {
    told();
    must(::creat(place("new").c_str(), 0600), "creat");
  };
}

void inotify_outside() {
  tell(::getpid());
  const int fd = must(::inotify_init1(0), "inotify_init1");
  must(::inotify_add_watch(fd, folder().c_str(), IN_CREATE), "inotify");
  char event[4096];
  expect(::read(fd, event, sizeof event) > 0, "read");
}

void folder_notifies_outside() {
  tell(::getpid());
  handle(SIGIO);
  const int fd = must(::open(folder().c_str(), O_RDONLY), "open");
  if (::fcntl(fd, F_NOTIFY, DN_CREATE | DN_MULTISHOT) != 0) skip("F_NOTIFY");
  ::pause();
}

void lease_broken_outside() {
  handle(SIGIO);
  const int fd =
      must(::open(place("new").c_str(), O_RDWR | O_CREAT, 0600), "open");
  if (::fcntl(fd, F_SETLEASE, F_WRLCK) != 0) skip("F_SETLEASE");
  block(SIGIO);  // so that it is not lost before it is waited for
  tell(::getpid());
  sigset_t none;
  ::sigemptyset(&none);
  ::sigsuspend(&none);
  must(::fcntl(fd, F_SETLEASE, F_UNLCK), "F_SETLEASE");
}

const Table outside_signals{
    {"pause_outside", "by_signal", pause_outside, outside_interrupts},
    {"suspended_outside", "by_signal", suspended_outside, outside_kills},
    {"sigwait_outside", "by_signal", sigwait_outside, outside_kills},
    {"signalfd_outside", "by_signal", signalfd_outside, outside_kills},
    {"continued_outside", "", continued_outside, outside_continues},
    {"input_signals_outside", "", input_signals_outside, outside_writes},
    {"traced_from_outside", "", worker_is_held, outside_traces},
    {"traces_outside", "", traces_outside, outside_is_traced},
    {"frozen", "root freezer", worker_is_held, outside_thaws},
    {"inotify_outside", "", inotify_outside, outside_creates},
    {"folder_notifies_outside", "", folder_notifies_outside, outside_creates},
    {"lease_broken_outside", "", lease_broken_outside, outside_opens},
};

}  // namespace
}  // namespace poolbugs::look_alikes
