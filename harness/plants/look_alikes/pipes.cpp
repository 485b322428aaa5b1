// Pipes, terminals, eventfds, epoll, and descriptors that cannot be seen.
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <termios.h>

#include <thread>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

/// The child answers what the parent says; both sleep between.
void ping_pong(Pipe there, Pipe back) {
  const pid_t child = in_child([&] {
    for (char byte = 'x'; byte == 'x';) {
      expect(::read(there.read, &byte, 1) == 1, "read");
      expect(::write(back.write, &byte, 1) == 1, "write");
    }
  });
  while (time_left()) {
    rest();
    say(there.write);
    hear(back.read);
  }
  expect(::write(there.write, "e", 1) == 1, "write");
  join(child);
}

void pipe_ping_pong() { ping_pong(make_pipe(), make_pipe()); }

void socket_ping_pong() {
  const Pipe ends = make_sockets();
  ping_pong({ends.read, ends.write}, {ends.write, ends.read});
}

void eventfd_ping_pong() {
  const int there = must(::eventfd(0, 0), "eventfd");
  const int back = must(::eventfd(0, 0), "eventfd");
  eventfd_t value = 0;
  const pid_t child = in_child([&] {
    for (eventfd_t got = 1; got == 1;)
      expect(::eventfd_read(there, &got) == 0 && ::eventfd_write(back, 1) == 0,
             "eventfd");
  });
  for (bool last = false; !last;) {
    rest();
    last = !time_left();
    must(::eventfd_write(there, last ? 2 : 1), "eventfd_write");
    must(::eventfd_read(back, &value), "eventfd_read");
  }
  join(child);
}

/// Three in a ring: each waits for its neighbour most of the time.
void pipe_ring() {
  const Pipe a = make_pipe(), b = make_pipe(), c = make_pipe();
  const pid_t one = in_child([&] { hear(a.read), rest(), say(b.write); });
  const pid_t two =
      in_child([&] { hear(b.read), sleep_for(span() / 2), say(c.write); });
  rest();
  say(a.write);
  hear(c.read);
  join(one), join(two);
}

void pipe_reader_of_sleeper() {
  const Pipe pipe = make_pipe();
  const pid_t child = in_child([&] { sleep_for(span()), say(pipe.write); });
  hear(pipe.read);
  join(child);
}

/// The writer never writes: its end is what the reader hears.
void pipe_end_by_exit() {
  const Pipe pipe = make_pipe();
  const pid_t child = in_child([&] { sleep_for(span()); });
  ::close(pipe.write);
  hear_end(pipe.read);
  join(child);
}

void full_pipe_drained() {
  const Pipe pipe = make_pipe();
  fill(pipe.write);
  const pid_t child = in_child([&] {
    sleep_for(span());
    std::string all(1 << 16, 0);
    expect(::read(pipe.read, all.data(), all.size()) > 0, "read");
  });
  say(pipe.write);
  join(child);
}

/// Two shells of a pipeline, each of whose other end is a sleeper.
void splice_chain() {
  const Pipe in = make_pipe(), out = make_pipe();
  const pid_t mover = in_child([&] {
    must(::splice(in.read, nullptr, out.write, nullptr, 1, 0), "splice");
  });
  const pid_t sleeper = in_child([&] { sleep_for(span()), say(in.write); });
  hear(out.read);
  join(mover), join(sleeper);
}

void poll_on_many() {
  std::vector<pollfd> polled;
  for (int i = 0; i < 100; ++i) polled.push_back({make_pipe().read, POLLIN, 0});
  const Pipe last = make_pipe();
  polled.push_back({last.read, POLLIN, 0});
  const pid_t child = in_child([&] { sleep_for(span()), say(last.write); });
  must(::poll(polled.data(), polled.size(), -1), "poll");
  join(child);
}

void select_on_many() {
  const Pipe one = make_pipe(), other = make_pipe();
  const pid_t child = in_child([&] { sleep_for(span()), say(other.write); });
  fd_set set;
  FD_ZERO(&set);
  FD_SET(one.read, &set);
  FD_SET(other.read, &set);
  must(::select(100, &set, nullptr, nullptr, nullptr), "select");
  join(child);
}

/// One epoll set in another, and the pipe in the inner one.
void epoll_in_epoll() {
  const Pipe pipe = make_pipe();
  const int inner = must(::epoll_create1(0), "epoll_create1");
  const int outer = must(::epoll_create1(0), "epoll_create1");
  epoll_event event{EPOLLIN, {}};
  must(::epoll_ctl(inner, EPOLL_CTL_ADD, pipe.read, &event), "epoll_ctl");
  must(::epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event), "epoll_ctl");
  const pid_t child = in_child([&] { sleep_for(span()), say(pipe.write); });
  must(::epoll_wait(outer, &event, 1, -1), "epoll_wait");
  join(child);
}

/// A thread adds something readable to a set that somebody waits for.
void epoll_gets_more() {
  const Pipe never = make_pipe(), ready = make_pipe();
  say(ready.write);
  const int set = must(::epoll_create1(0), "epoll_create1");
  epoll_event event{EPOLLIN, {}};
  must(::epoll_ctl(set, EPOLL_CTL_ADD, never.read, &event), "epoll_ctl");
  std::thread adder([&] {
    epoll_event added{EPOLLIN, {}};
    sleep_for(span());
    must(::epoll_ctl(set, EPOLL_CTL_ADD, ready.read, &added), "epoll_ctl");
  });
  must(::epoll_wait(set, &event, 1, -1), "epoll_wait");
  adder.join();
}

/// The descriptor in the set was closed here; the file lives in the child.
void epoll_of_closed_descriptor() {
  const Pipe pipe = make_pipe(), done = make_pipe();
  const int set = must(::epoll_create1(0), "epoll_create1");
  epoll_event event{EPOLLIN, {}};
  must(::epoll_ctl(set, EPOLL_CTL_ADD, pipe.read, &event), "epoll_ctl");
  const pid_t child = in_child([&] {
    sleep_for(span()), say(pipe.write);
    hear(done.read);
  });
  ::close(pipe.read);
  ::close(pipe.write);
  // Another pipe takes the number, to which nobody will write.
  const Pipe never = make_pipe();
  expect(never.read == pipe.read, "the number was not taken again");
  must(::epoll_wait(set, &event, 1, -1), "epoll_wait");
  say(done.write);
  join(child);
}

/// The counter is full: a writer waits for a reader.
void eventfd_writer() {
  const int event = must(::eventfd(0, 0), "eventfd");
  must(::eventfd_write(event, 0xfffffffffffffffe), "eventfd_write");
  eventfd_t value;
  const pid_t child = in_child([&] {
    sleep_for(span());
    must(::eventfd_read(event, &value), "eventfd_read");
  });
  must(::eventfd_write(event, 1), "eventfd_write");
  join(child);
}

/// The only write end lies in a socket's queue. Its sleeper takes it out late.
void end_in_flight() {
  const Pipe pipe = make_pipe(), sockets = make_sockets();
  send_fd(sockets.write, pipe.write);
  ::close(pipe.write);
  const pid_t child = in_child([&] {
    sleep_for(span());
    say(receive_fd(sockets.read));
  });
  hear(pipe.read);
  join(child);
}

/// The same, and nobody ever takes it out: it goes with its socket.
void end_in_flight_dies() {
  const Pipe pipe = make_pipe(), sockets = make_sockets();
  send_fd(sockets.write, pipe.write);
  ::close(pipe.write);
  const pid_t child = in_child([&] {
    ::close(pipe.read);
    sleep_for(span());
  });
  ::close(sockets.read);
  ::close(sockets.write);
  hear_end(pipe.read);
  join(child);
}

/// A thread whose table is its own holds the only write end, which /proc/PID/fd
/// does not show.
void end_in_own_table() {
  const Pipe pipe = make_pipe();
  const Pipe ready = make_pipe();
  std::thread holder([&] {
    must(::unshare(CLONE_FILES), "unshare");
    say(ready.write);
    sleep_for(span());
    say(pipe.write);
  });
  hear(ready.read);
  ::close(pipe.write);
  hear(pipe.read);
  holder.join();
}

/// And the other way: the thread has the file, and the number is another's.
void own_table_other_file() {
  const Pipe pipe = make_pipe(), never = make_pipe(), ready = make_pipe();
  const int number = 100;
  std::thread reader([&] {
    must(::unshare(CLONE_FILES), "unshare");
    must(::dup2(pipe.read, number), "dup2");
    ::close(pipe.write);
    say(ready.write);
    hear(number);
  });
  hear(ready.read);
  must(::dup2(never.read, number), "dup2");
  const pid_t child = in_child([&] { sleep_for(span()), say(pipe.write); });
  ::close(pipe.write);
  reader.join();
  join(child);
}

/// Two processes, one table: what one closes is closed for both.
void shared_table() {
  const Pipe pipe = make_pipe();
  const auto flags = CLONE_FILES | SIGCHLD;
  const long child = must(::syscall(SYS_clone, flags, 0, 0, 0, 0), "clone");
  if (child == 0) {
    sleep_for(span());
    ::close(pipe.write);
    ::_exit(0);
  }
  hear_end(pipe.read);
  join(static_cast<pid_t>(child));
}

/// A terminal of its own: the reader of the one end, a sleeper at the other.
void terminal_in_tree() {
  int master = -1, slave = -1;
  must(::openpty(&master, &slave, nullptr, nullptr, nullptr), "openpty");
  const pid_t child = in_child([&] {
    ::close(slave);
    sleep_for(span());
    expect(::write(master, "x\n", 2) == 2, "write");
    sleep_for(0.2);
  });
  ::close(master);
  char line[8];
  expect(::read(slave, line, sizeof line) == 2, "read");
  join(child);
}

const Table pipes{
    {"pipe_ping_pong", "", pipe_ping_pong},
    {"socket_ping_pong", "", socket_ping_pong},
    {"eventfd_ping_pong", "", eventfd_ping_pong},
    {"pipe_ring", "", pipe_ring},
    {"pipe_reader_of_sleeper", "", pipe_reader_of_sleeper},
    {"pipe_end_by_exit", "", pipe_end_by_exit},
    {"full_pipe_drained", "", full_pipe_drained},
    {"splice_chain", "", splice_chain},
    {"poll_on_many", "", poll_on_many},
    {"select_on_many", "", select_on_many},
    {"epoll_in_epoll", "", epoll_in_epoll},
    {"epoll_gets_more", "", epoll_gets_more},
    {"epoll_of_closed_descriptor", "", epoll_of_closed_descriptor},
    {"eventfd_writer", "", eventfd_writer},
    {"end_in_flight", "", end_in_flight},
    {"end_in_flight_dies", "", end_in_flight_dies},
    {"end_in_own_table", "", end_in_own_table},
    {"own_table_other_file", "", own_table_other_file},
    {"shared_table", "", shared_table},
    {"terminal_in_tree", "", terminal_in_tree},
};

}  // namespace
}  // namespace poolbugs::look_alikes
