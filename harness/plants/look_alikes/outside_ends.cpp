// Members that are stuck, and ended by something armed before: their parents go
// on then. And those who hear of such things by a handler.
#include <fcntl.h>
#include <mqueue.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

/// A worker that `arms` something, and then waits in a read that nobody
/// answers; its parent waits for its end by `signal`.
void ended_by(int signal, const std::function<void()>& arms) {
  const pid_t worker = in_child([&] {
    ::signal(signal, SIG_DFL);
    arms();
    hear(make_pipe().read);
  });
  join(worker, signal);
}

/// As ended_by(), but it catches the signal, and its handler writes what it
/// reads.
void handled_by(int signal, const std::function<void()>& arms) {
  static Pipe pipe = make_pipe();
  handle(signal, [](int) { say(pipe.write); });
  arms();
  char byte;
  while (::read(pipe.read, &byte, 1) != 1) expect(errno == EINTR, "read");
}

// --- message queues

std::string queue_name(int id) { return "/look_alike." + std::to_string(id); }

mqd_t open_queue(int id, int flags) {
  const mqd_t queue = ::mq_open(queue_name(id).c_str(), flags | O_CLOEXEC, 0600,
                                static_cast<mq_attr*>(nullptr));
  if (queue < 0) skip("mq_open");
  return queue;
}

void notify_by_signal(mqd_t queue) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGUSR1;
  must(::mq_notify(queue, &event), "mq_notify");
}

/// Closing the queue would take the wish back (mq_notify(3)): it stays open.
void queue_ends_worker() {
  ended_by(SIGUSR1, [] {
    notify_by_signal(open_queue(handed_id(), O_RDONLY));
    tell(::getpid());
  });
}
void queue_interrupts() {
  handled_by(SIGUSR1, [] {
    notify_by_signal(open_queue(handed_id(), O_RDONLY));
    tell(::getpid());
  });
}
Rescue outside_queues() {
  const mqd_t queue = open_queue(::getpid(), O_CREAT | O_RDWR);
  hand_down_id(::getpid());
  return [=, name = queue_name(::getpid())] {
    told();
    ::mq_send(queue, "x", 1, 0);
    ::mq_unlink(name.c_str());
  };
}

/// The queue has no name any more; the outside has a descriptor.
void unnamed_queue_ends_worker() {
  ended_by(SIGUSR1, [] {
    const mqd_t queue = open_queue(handed_id(), O_RDONLY);
    ::mq_unlink(queue_name(handed_id()).c_str());
    notify_by_signal(queue);
    tell(::getpid());
  });
}

// --- terminals

void opens_terminal(const char* path) {
  must(::setsid(), "setsid");
  const int terminal = must(::open(path, O_RDWR), "open");
  ::ioctl(terminal, TIOCSCTTY, 0);
  ::close(terminal);
  tell(::getpid());
}

std::string terminal_path() {
  char path[64] = {};
  expect(::ttyname_r(handed(), path, sizeof path) == 0, "ttyname_r");
  ::close(handed());
  return path;
}

void terminal_ends_worker(int signal) {
  const std::string path = terminal_path();
  ended_by(signal, [&] { opens_terminal(path.c_str()); });
}
void interrupt_key_ends_worker() { terminal_ends_worker(SIGINT); }
void hang_up_ends_worker() { terminal_ends_worker(SIGHUP); }

/// What the window does reaches handlers as well.
void window_changes() {
  const std::string path = terminal_path();
  const pid_t worker = in_child(
      [&] { handled_by(SIGWINCH, [&] { opens_terminal(path.c_str()); }); });
  join(worker);
}

Rescue at_terminal(const std::function<void(int master)>& act) {
  int master = -1, slave = -1;
  must(::openpty(&master, &slave, nullptr, nullptr, nullptr), "openpty");
  ::fcntl(master, F_SETFD, FD_CLOEXEC);
  hand_down({slave});
  return [=] {
    told();
    act(master);
  };
}
Rescue outside_interrupts() {
  return at_terminal(
      [](int master) { expect(::write(master, "\3", 1) == 1, "write"); });
}
Rescue outside_hangs_up() {
  return at_terminal([](int master) { ::close(master); });
}
Rescue outside_resizes() {
  return at_terminal([](int master) {
    winsize size{};
    for (size.ws_row = 10; size.ws_row < 30; ++size.ws_row) {
      ::ioctl(master, TIOCSWINSZ, &size);
      sleep_for(0.01);
    }
  });
}

// --- tracers

/// Traced from outside, running: with the tracer it is ended
/// (PTRACE_O_EXITKILL of ptrace(2)).
void tracer_ends_worker() {
  ended_by(SIGKILL, [] {
    ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    tell(::getpid());
    while (::access(place("held").c_str(), F_OK) != 0) sleep_for(0.01);
  });
}
Rescue outside_traces() {
  return helped_by([](int until) {
    const int worker = told();
    must(::ptrace(PTRACE_SEIZE, worker, nullptr, PTRACE_O_EXITKILL),
         "PTRACE_SEIZE");
    ::close(must(::creat(place("held").c_str(), 0600), "creat"));
    hear_end(until);
  });
}

// --- what an open file sends, although only an outsider still has it

/// A pipe that is handed down: its reader asks for SIGIO, and lets go of it.
void input_asked_for(int fd) {
  must(::fcntl(fd, F_SETOWN, ::getpid()), "F_SETOWN");
  must(::fcntl(fd, F_SETSIG, SIGUSR1), "F_SETSIG");
  must(::fcntl(fd, F_SETFL, O_ASYNC), "F_SETFL");
  ::close(fd);
  tell(::getpid());
}
void input_ends_worker() {
  const pid_t worker = in_child([] {
    input_asked_for(handed());
    hear(make_pipe().read);
  });
  ::close(handed());
  join(worker, SIGUSR1);
}
void input_interrupts() {
  handled_by(SIGUSR1, [] { input_asked_for(handed()); });
}
Rescue outside_writes() {
  const Pipe pipe = make_pipe();
  ::fcntl(pipe.write, F_SETFD, FD_CLOEXEC);
  hand_down({pipe.read});
  return [=] {
    told();
    say(pipe.write);
  };
}

/// A lease, of a description that is sent. (A folder's notes, F_NOTIFY, end
/// when their process closes its descriptor: dnotify_flush() in
/// fs/notify/dnotify/dnotify.c.)
void watched_then_sent(int fd) {
  const int outside = connect_outside();
  send_fd(outside, fd);
  hear(outside);
  ::close(outside);
  ::close(fd);
  tell(::getpid());
}
void lease_ends_worker() {
  ended_by(SIGUSR1, [] {
    const int fd =
        must(::open(place("leased").c_str(), O_RDWR | O_CREAT, 0600), "open");
    must(::fcntl(fd, F_SETSIG, SIGUSR1), "F_SETSIG");
    if (::fcntl(fd, F_SETLEASE, F_WRLCK) != 0) skip("F_SETLEASE");
    watched_then_sent(fd);
  });
}
Rescue outside_holds(const std::function<void()>& act) {
  const int server = listen_outside();
  const Rescue let_go = helped_by([=](int until) {
    const int plant = must(::accept(server, nullptr, nullptr), "accept");
    receive_fd(plant);
    say(plant);
    hear_end(until);
  });
  ::close(server);
  return [=] {
    told();
    act();
    let_go();
  };
}
Rescue outside_breaks_lease() {
  return outside_holds(
      [] { ::open(place("leased").c_str(), O_RDWR | O_NONBLOCK); });
}
// --- parents

/// Of a worker whose parent is outside: that one's death is a signal
/// (PR_SET_PDEATHSIG).
void parents_death_signals() {
  const Pipe result = make_pipe();
  // Between us and the worker stands one that the outside ends.
  const pid_t between = in_child([&] {
    join(in_child([&] {
      handled_by(SIGUSR1, [] {
        must(::prctl(PR_SET_PDEATHSIG, SIGUSR1), "prctl");
        tell(::getppid());
      });
      say(result.write);
    }));
  });
  hear(result.read);
  join(between, SIGKILL);
}
Rescue outside_ends_it() { return keeps_sending(SIGKILL); }

const Table outside_ends{
    {"queue_ends_worker", "killed", queue_ends_worker, outside_queues},
    {"queue_interrupts", "by_signal", queue_interrupts, outside_queues},
    {"unnamed_queue_ends_worker", "killed", unnamed_queue_ends_worker,
     outside_queues},
    {"interrupt_key_ends_worker", "killed", interrupt_key_ends_worker,
     outside_interrupts},
    {"hang_up_ends_worker", "killed", hang_up_ends_worker, outside_hangs_up},
    {"window_changes", "by_signal", window_changes, outside_resizes},
    {"tracer_ends_worker", "", tracer_ends_worker, outside_traces},
    {"input_ends_worker", "killed", input_ends_worker, outside_writes},
    {"input_interrupts", "by_signal", input_interrupts, outside_writes},
    {"lease_ends_worker", "killed", lease_ends_worker, outside_breaks_lease},
    {"parents_death_signals", "killed", parents_death_signals, outside_ends_it},
};

}  // namespace
}  // namespace poolbugs::look_alikes
