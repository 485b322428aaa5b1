// Who is woken by a signal, or by what sends one.
#include <signal.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

sigset_t only(int signal) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal);
  return set;
}

void wait_suspended() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigsuspend(&none);
}

/// Interrupted in a read that nobody will answer.
void read_interrupted() {
  const Pipe never = make_pipe();
  char byte;
  expect(::read(never.read, &byte, 1) < 0 && errno == EINTR, "read");
}

/// A child that sleeps and sends us `signal`.
pid_t sender(int signal) {
  const pid_t parent = ::getpid();
  return in_child([=] { sleep_for(span()), ::kill(parent, signal); });
}

void pause_until_kill() {
  handle(SIGUSR1);
  const pid_t child = sender(SIGUSR1);
  ::pause();
  join(child);
}

void suspended_until_kill() {
  handle(SIGUSR1);
  block(SIGUSR1);
  const pid_t child = sender(SIGUSR1);
  wait_suspended();
  join(child);
}

void sigwait_until_kill() {
  block(SIGUSR1);
  const pid_t child = sender(SIGUSR1);
  const sigset_t set = only(SIGUSR1);
  must(::sigwaitinfo(&set, nullptr), "sigwaitinfo");
  join(child);
}

void signalfd_until_kill() {
  block(SIGUSR1);
  const sigset_t set = only(SIGUSR1);
  const int fd = must(::signalfd(-1, &set, 0), "signalfd");
  const pid_t child = sender(SIGUSR1);
  signalfd_siginfo info;
  expect(::read(fd, &info, sizeof info) > 0, "read");
  join(child);
}

/// What looks like a wait for ever is one for a kill of somebody who sleeps.
void read_until_kill() {
  handle(SIGUSR1);
  const pid_t child = sender(SIGUSR1);
  read_interrupted();
  join(child);
}

/// A worker that never ends by itself; its end is a kill by a brother.
void worker_is_killed() {
  const pid_t worker = in_child([] { hear(make_pipe().read); });
  const pid_t helper =
      in_child([=] { sleep_for(span()), ::kill(worker, SIGKILL); });
  join(worker, SIGKILL);
  join(helper);
}

/// SIGCHLD of a sleeper, in pause(2).
void child_signal() {
  handle(SIGCHLD);
  const pid_t child = in_child([] { sleep_for(span()); });
  ::pause();
  join(child);
}

/// SIGCHLD in a read that nobody will answer, as in an event loop.
void child_signal_interrupts_read() {
  handle(SIGCHLD);
  const pid_t child = in_child([] { sleep_for(span()); });
  read_interrupted();
  join(child);
}

void child_signal_by_signalfd() {
  block(SIGCHLD);
  const sigset_t set = only(SIGCHLD);
  const int fd = must(::signalfd(-1, &set, 0), "signalfd");
  const pid_t child = in_child([] { sleep_for(span()); });
  signalfd_siginfo info;
  expect(::read(fd, &info, sizeof info) > 0, "read");
  join(child);
}

/// The handler writes into the pipe that its thread reads (self-pipe).
void handler_writes_pipe() {
  static Pipe pipe = make_pipe();
  struct sigaction action {};
  action.sa_handler = [](int) { say(pipe.write); };
  action.sa_flags = SA_RESTART;
  must(::sigaction(SIGUSR1, &action, nullptr), "sigaction");
  const pid_t child = sender(SIGUSR1);
  hear(pipe.read);
  join(child);
}

/// A thread signals another one alone.
void thread_signals_thread() {
  handle(SIGUSR1);
  std::thread reader(read_interrupted);
  sleep_for(span());
  zero(::pthread_kill(reader.native_handle(), SIGUSR1), "pthread_kill");
  reader.join();
}

/// Input in a pipe sends SIGIO (O_ASYNC); the pipe itself is not read.
void input_signals() {
  handle(SIGIO);
  const Pipe pipe = make_pipe();
  must(::fcntl(pipe.read, F_SETOWN, ::getpid()), "F_SETOWN");
  must(::fcntl(pipe.read, F_SETFL, O_ASYNC), "F_SETFL");
  const pid_t child = in_child([&] { sleep_for(span()), say(pipe.write); });
  read_interrupted();
  join(child);
}

// --- what happens to files

std::string own_folder() {
  const char* tmp = std::getenv("TMPDIR");
  std::string name = std::string(tmp ? tmp : "/tmp") + "/look_alike-XXXXXX";
  expect(::mkdtemp(name.data()) != nullptr, "mkdtemp");
  return name;
}

/// A child that sleeps, and then makes a file in `folder`.
pid_t maker(const std::string& folder) {
  return in_child([=] {
    sleep_for(span());
    ::close(must(::creat((folder + "/new").c_str(), 0600), "creat"));
  });
}

void remove(const std::string& folder) {
  ::unlink((folder + "/new").c_str());
  ::rmdir(folder.c_str());
}

void inotify() {
  const std::string folder = own_folder();
  const int fd = must(::inotify_init1(0), "inotify_init1");
  must(::inotify_add_watch(fd, folder.c_str(), IN_CREATE), "inotify");
  const pid_t child = maker(folder);
  char event[4096];
  expect(::read(fd, event, sizeof event) > 0, "read");
  join(child);
  remove(folder);
}

void fanotify() {
  const int fd = ::fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);
  if (fd < 0) skip("fanotify_init");
  const std::string folder = own_folder();
  const pid_t child = maker(folder);
  const bool marked =
      ::fanotify_mark(fd, FAN_MARK_ADD, FAN_CLOSE_WRITE | FAN_EVENT_ON_CHILD,
                      AT_FDCWD, folder.c_str()) == 0;
  char event[4096];
  if (marked) expect(::read(fd, event, sizeof event) > 0, "read");
  join(child);
  remove(folder);
  if (!marked) skip("fanotify_mark");
}

void folder_notifies() {
  const std::string folder = own_folder();
  handle(SIGIO);
  const int fd = must(::open(folder.c_str(), O_RDONLY), "open");
  if (::fcntl(fd, F_NOTIFY, DN_CREATE) != 0) skip("F_NOTIFY");
  const pid_t child = maker(folder);
  read_interrupted();
  join(child);
  remove(folder);
}

/// Who opens the file breaks the lease: SIGIO, and the opener waits for us.
void lease_is_broken() {
  const std::string folder = own_folder(), path = folder + "/new";
  const int fd = must(::open(path.c_str(), O_RDWR | O_CREAT, 0600), "open");
  handle(SIGIO);
  if (::fcntl(fd, F_SETLEASE, F_WRLCK) != 0) skip("F_SETLEASE");
  const pid_t child = maker(folder);
  read_interrupted();
  sleep_for(0.1);
  must(::fcntl(fd, F_SETLEASE, F_UNLCK), "F_SETLEASE");
  join(child);
  remove(folder);
}

/// open(2) of a FIFO waits for the other side.
void fifo_opens() {
  const std::string folder = own_folder(), path = folder + "/new";
  must(::mkfifo(path.c_str(), 0600), "mkfifo");
  const pid_t child = in_child([&] {
    sleep_for(span());
    say(must(::open(path.c_str(), O_WRONLY), "open"));
  });
  const int fd = must(::open(path.c_str(), O_RDONLY), "open");
  hear(fd);
  join(child);
  remove(folder);
}

const Table signals{
    {"pause_until_kill", "", pause_until_kill},
    {"suspended_until_kill", "", suspended_until_kill},
    {"sigwait_until_kill", "", sigwait_until_kill},
    {"signalfd_until_kill", "", signalfd_until_kill},
    {"read_until_kill", "signal", read_until_kill},
    {"worker_is_killed", "signal", worker_is_killed},
    {"child_signal", "", child_signal},
    {"child_signal_interrupts_read", "signal", child_signal_interrupts_read},
    {"child_signal_by_signalfd", "", child_signal_by_signalfd},
    {"handler_writes_pipe", "", handler_writes_pipe},
    {"thread_signals_thread", "", thread_signals_thread},
    {"input_signals", "", input_signals},
    {"inotify", "", inotify},
    {"fanotify", "root", fanotify},
    {"folder_notifies", "", folder_notifies},
    {"lease_is_broken", "", lease_is_broken},
    {"fifo_opens", "", fifo_opens},
};

}  // namespace
}  // namespace poolbugs::look_alikes
