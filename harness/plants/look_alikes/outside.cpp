// Who is woken by somebody outside of the tree: pipes and other descriptors
// that the outside handed down, was sent, or took.
#include <linux/aio_abi.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdlib>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

/// Both ends are handed down; one stays outside, too.
Rescue keeps_pipe(bool (*act)(Pipe)) {
  const Pipe pipe = make_pipe();
  hand_down({pipe.read, pipe.write});
  return [=] { expect(act(pipe), "rescue"); };
}

bool writes(Pipe pipe) { return say(pipe.write), true; }

/// All write ends that the tree can see are the reader's own.
void pipe_writer_outside() { hear(handed(0)); }
Rescue outside_writes() { return keeps_pipe(writes); }

/// What looks like a closed cycle has one more holder.
void pipe_cycle_holder_outside() {
  const Pipe back = make_pipe();
  const pid_t child = in_child([&] { hear(handed(0)), say(back.write); });
  hear(back.read);
  join(child);
}

/// A writer; the reader outside takes its time.
void full_pipe_reader_outside() {
  fill(handed(1));
  tell(::getpid());
  say(handed(1));
}
Rescue outside_reads() {
  return keeps_pipe([](Pipe pipe) {
    told();
    std::string all(1 << 16, 0);
    return ::read(pipe.read, all.data(), all.size()) > 0;
  });
}

/// The reader outside just goes away.
void full_pipe_reader_leaves() {
  ::signal(SIGPIPE, SIG_IGN);
  ::close(handed(0));
  fill(handed(1));
  expect(::write(handed(1), "x", 1) < 0 && errno == EPIPE, "write");
}
Rescue outside_closes() {
  return keeps_pipe([](Pipe pipe) { return ::close(pipe.read) == 0; });
}

void end_of_file_from_outside() {
  ::close(handed(1));
  hear_end(handed(0));
}
Rescue outside_closes_writer() {
  return keeps_pipe([](Pipe pipe) { return ::close(pipe.write) == 0; });
}

void socket_peer_outside() { hear(handed(0)); }
Rescue outside_has_peer() {
  const Pipe ends = make_sockets();
  hand_down({ends.read});
  return [=] { say(ends.write); };
}

/// Both ends of the pair are here, and one of them is outside as well.
void socket_pair_shared() { hear(handed(0)); }
Rescue outside_shares_pair() {
  const Pipe ends = make_sockets();
  hand_down({ends.read, ends.write});
  return [=] { say(ends.write); };
}

// --- not handed down, but sent or taken

/// The pipe is the plant's own; it sent one end to the outside.
void pipe_end_sent_outside() {
  const Pipe pipe = make_pipe();
  const int outside = connect_outside();
  send_fd(outside, pipe.write);
  ::close(outside);
  hear(pipe.read);
}
Rescue outside_receives_end() {
  const int server = listen_outside();
  return [=] {
    say(receive_fd(must(::accept(server, nullptr, nullptr), "accept")));
  };
}

/// Took it at once, so that nothing is under way while the plant waits.
Rescue outside_took_end() {
  const int server = listen_outside();
  const Pipe pipe = make_pipe();
  const pid_t holder = in_child([=] {
    const int end =
        receive_fd(must(::accept(server, nullptr, nullptr), "accept"));
    hear(pipe.read);
    say(end);
  });
  ::close(server);
  ::fcntl(pipe.write, F_SETFD, FD_CLOEXEC);
  ::fcntl(pipe.read, F_SETFD, FD_CLOEXEC);
  return [=] {
    say(pipe.write);
    join(holder);
  };
}

/// Accepts the plant at once, but receives nothing until the end.
Rescue outside_leaves_it_queued() {
  const int server = listen_outside();
  const Pipe pipe = make_pipe();
  ::fcntl(pipe.write, F_SETFD, FD_CLOEXEC);
  ::fcntl(pipe.read, F_SETFD, FD_CLOEXEC);
  const pid_t holder = in_child([=] {
    const int plant = must(::accept(server, nullptr, nullptr), "accept");
    hear(pipe.read);
    say(receive_fd(plant));
  });
  ::close(server);
  return [=] {
    say(pipe.write);
    join(holder);
  };
}

/// The plant hands out nothing: the outside takes the end from it.
void pipe_end_taken() {
  const Pipe pipe = make_pipe();
  must(::dup2(pipe.write, 77), "dup2");
  tell(::getpid());
  // Before it is taken nobody outside has it: no endless wait until then.
  pollfd taken{pipe.read, POLLIN, 0};
  while (::poll(&taken, 1, 10) != 1) continue;
  hear(pipe.read);
  hear(pipe.read);
}
Rescue outside_takes() {
  const Pipe pipe = make_pipe();
  ::fcntl(pipe.write, F_SETFD, FD_CLOEXEC);
  ::fcntl(pipe.read, F_SETFD, FD_CLOEXEC);
  const pid_t thief = in_child([=] {
    const pid_t plant = told();
    const long of = ::syscall(SYS_pidfd_open, plant, 0);
    const long end = ::syscall(SYS_pidfd_getfd, of, 77, 0);
    must(end, "pidfd_getfd");
    say(static_cast<int>(end));
    hear(pipe.read);
    say(static_cast<int>(end));
  });
  return [=] {
    say(pipe.write);
    join(thief);
  };
}

/// The holder lives in the pid namespace above, where nobody here can look.
Rescue holder_beyond_namespace() {
  const Rescue rescue = outside_took_end();
  if (::unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) skip("unshare");
  must(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount");
  // Its first child is the namespace's init: the command, once it is started.
  ::setenv("LOOK_ALIKE_PROC", "1", 1);
  return rescue;
}

// --- named pipes, terminals

Rescue makes_fifo(int flags) {
  must(::mkfifo(place("fifo").c_str(), 0600), "mkfifo");
  return [=] { say(must(::open(place("fifo").c_str(), flags), "open")); };
}
Rescue outside_opens_fifo() { return makes_fifo(O_WRONLY); }

/// open(2) itself waits for a writer.
void fifo_open_waits() {
  hear(must(::open(place("fifo").c_str(), O_RDONLY), "open"));
}
/// Reader and only writer, as far as the tree goes.
void fifo_reader() {
  hear(must(::open(place("fifo").c_str(), O_RDWR), "open"));
}
/// An anonymous pipe in the eyes of lsof: the name was removed meanwhile.
void fifo_unlinked() {
  const int fd = must(::open(place("fifo").c_str(), O_RDWR), "open");
  ::unlink(place("fifo").c_str());
  hear(fd);
}
Rescue outside_has_opened_fifo() {
  must(::mkfifo(place("fifo").c_str(), 0600), "mkfifo");
  const int fd =
      must(::open(place("fifo").c_str(), O_RDWR | O_CLOEXEC), "open");
  return [=] { say(fd); };
}

// --- other descriptors

void eventfd_outside() {
  eventfd_t value;
  must(::eventfd_read(handed(), &value), "eventfd_read");
}
Rescue outside_has_eventfd() {
  const int fd = must(::eventfd(0, 0), "eventfd");
  hand_down({fd});
  return [=] { ::eventfd_write(fd, 1); };
}

void eventfd_sent_outside() {
  const int fd = must(::eventfd(0, 0), "eventfd");
  const int outside = connect_outside();
  send_fd(outside, fd);
  ::close(outside);
  eventfd_t value;
  must(::eventfd_read(fd, &value), "eventfd_read");
}
Rescue outside_received_eventfd() {
  const int server = listen_outside();
  return [=] {
    const int plant = must(::accept(server, nullptr, nullptr), "accept");
    ::eventfd_write(receive_fd(plant), 1);
  };
}

/// A timer that is not armed: somebody outside can arm it.
void timer_armed_outside() {
  std::uint64_t times = 0;
  expect(::read(handed(), &times, sizeof times) > 0, "read");
}
Rescue outside_arms() {
  const int fd = must(::timerfd_create(CLOCK_MONOTONIC, 0), "timerfd_create");
  hand_down({fd});
  return [=] {
    itimerspec time{};
    time.it_value.tv_nsec = 1;
    ::timerfd_settime(fd, 0, &time, nullptr);
  };
}

/// An epoll set that holds nothing that could ever be ready, until somebody
/// outside adds more.
void epoll_filled_outside() {
  epoll_event event{EPOLLIN, {}};
  must(::epoll_ctl(handed(), EPOLL_CTL_ADD, make_pipe().read, &event),
       "epoll_ctl");
  must(::epoll_wait(handed(), &event, 1, -1), "epoll_wait");
}
Rescue outside_fills_epoll() {
  const int set = must(::epoll_create1(0), "epoll_create1");
  hand_down({set});
  return [=] {
    const Pipe pipe = make_pipe();
    say(pipe.write);
    epoll_event event{EPOLLIN, {}};
    must(::epoll_ctl(set, EPOLL_CTL_ADD, pipe.read, &event), "epoll_ctl");
    // Closing a file takes it out of the set: the plant must see it first.
    until_rescued();
  };
}

/// Waits for the end of a process outside.
void pidfd_outside() {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, handed_id(), 0));
  if (fd < 0) skip("pidfd_open");
  pollfd polled{fd, POLLIN, 0};
  must(::poll(&polled, 1, -1), "poll");
}
Rescue outside_ends() {
  const pid_t child = in_child([] {
    while (true) ::pause();
  });
  hand_down_id(child);
  return [=] {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  };
}

/// The eventfd is the plant's own; a request of the kernel's (AIO) signals it
/// when a pipe is readable that somebody outside writes.
void aio_for_outside() {
  aio_context_t context = 0;
  if (::syscall(SYS_io_setup, 1, &context) != 0) skip("io_setup");
  const int event = must(::eventfd(0, 0), "eventfd");
  iocb request{};
  request.aio_lio_opcode = IOCB_CMD_POLL;
  request.aio_fildes = static_cast<std::uint32_t>(handed(0));
  request.aio_buf = POLLIN;
  request.aio_flags = IOCB_FLAG_RESFD;
  request.aio_resfd = static_cast<std::uint32_t>(event);
  iocb* requests[] = {&request};
  if (::syscall(SYS_io_submit, context, 1, requests) != 1) skip("io_submit");
  ::close(handed(0)), ::close(handed(1));
  eventfd_t value;
  must(::eventfd_read(event, &value), "eventfd_read");
}

const Table outside{
    {"pipe_writer_outside", "", pipe_writer_outside, outside_writes},
    {"pipe_cycle_holder_outside", "", pipe_cycle_holder_outside,
     outside_writes},
    {"full_pipe_reader_outside", "", full_pipe_reader_outside, outside_reads},
    {"full_pipe_reader_leaves", "", full_pipe_reader_leaves, outside_closes},
    {"end_of_file_from_outside", "", end_of_file_from_outside,
     outside_closes_writer},
    {"socket_peer_outside", "", socket_peer_outside, outside_has_peer},
    {"socket_pair_shared", "", socket_pair_shared, outside_shares_pair},
    {"pipe_end_sent_outside", "queue", pipe_end_sent_outside,
     outside_receives_end},
    {"pipe_end_held_outside", "", pipe_end_sent_outside, outside_took_end},
    {"pipe_end_queued_outside", "queue", pipe_end_sent_outside,
     outside_leaves_it_queued},
    {"pipe_end_taken", "", pipe_end_taken, outside_takes},
    {"pipe_end_beyond_namespace", "root namespace", pipe_end_sent_outside,
     holder_beyond_namespace},
    {"fifo_open_waits", "", fifo_open_waits, outside_opens_fifo},
    {"fifo_reader", "", fifo_reader, outside_opens_fifo},
    {"fifo_unlinked", "", fifo_unlinked, outside_has_opened_fifo},
    {"eventfd_outside", "", eventfd_outside, outside_has_eventfd},
    {"eventfd_sent_outside", "queue", eventfd_sent_outside,
     outside_received_eventfd},
    {"timer_armed_outside", "", timer_armed_outside, outside_arms},
    {"epoll_filled_outside", "epoll", epoll_filled_outside,
     outside_fills_epoll},
    {"pidfd_outside", "", pidfd_outside, outside_ends},
    {"aio_for_outside", "aio", aio_for_outside, outside_writes},
};

}  // namespace
}  // namespace poolbugs::look_alikes
