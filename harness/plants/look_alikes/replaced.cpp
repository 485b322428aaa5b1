// Where what a system call was given is not what is there now: another file
// has the descriptor's number, other threads have changed the memory it read.
// And who acts through an end that does not seem to allow it.
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <thread>
#include <vector>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

/// The pipe is handed down, and outside writes to it.
Rescue outside_writes() {
  const Pipe pipe = make_pipe();
  ::fcntl(pipe.write, F_SETFD, FD_CLOEXEC);
  hand_down({pipe.read});
  return [=] { say(pipe.write); };
}

/// Sleeps in a read of the outside's pipe; its number is another pipe's then.
void descriptor_replaced() {
  std::thread reader = asleep_in(SYS_read, [] { hear(handed()); });
  must(::dup2(make_pipe().read, handed()), "dup2");
  reader.join();
}

/// poll(2) copies its array before it sleeps.
void polled_array_rewritten() {
  static pollfd polled{handed(), POLLIN, 0};
  std::thread poller =
      asleep_in(SYS_poll, [] { must(::poll(&polled, 1, -1), "poll"); });
  polled.fd = make_pipe().read;
  poller.join();
}

/// A time-out counts from when the call began; the option is another since.
void timeout_cleared_meanwhile() {
  const Pipe pair = make_sockets();
  timeval limit = in_timeval(span());
  must(::setsockopt(pair.read, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit),
       "SO_RCVTIMEO");
  std::thread reader = asleep_in(SYS_recvfrom, [=] {
    char byte;
    expect(::recv(pair.read, &byte, 1, 0) == -1 && errno == EAGAIN, "recv");
  });
  limit = {};
  must(::setsockopt(pair.read, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit),
       "SO_RCVTIMEO");
  reader.join();
}

/// Who has only a write end makes room for other writers (F_SETPIPE_SZ), whose
/// pipe nobody reads.
void writer_makes_room() {
  const Pipe full = make_pipe(), answer = make_pipe();
  fill(full.write);
  const pid_t reader = in_child([&] {
    ::close(full.write);
    hear(answer.read);  // its end of the full pipe stays open
  });
  ::close(full.read);
  const pid_t helper = in_child([&] {
    ::close(answer.read), ::close(answer.write);
    sleep_for(span());
    must(::fcntl(full.write, F_SETPIPE_SZ, 1 << 18), "F_SETPIPE_SZ");
  });
  say(full.write);
  say(answer.write);
  join(reader);
  join(helper);
}

/// A ring without a descriptor, whose mapping is still there: what it was given
/// to do goes on.
void ring_is_only_mapped() {
  io_uring_params form{};
  const int fd = static_cast<int>(::syscall(SYS_io_uring_setup, 4, &form));
  if (fd < 0) skip("io_uring_setup");
  const auto map = [&](std::size_t size, std::uint64_t offset) {
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                          static_cast<off_t>(offset));
    expect(memory != MAP_FAILED, "mmap");
    return static_cast<char*>(memory);
  };
  char* queue =
      map(form.sq_off.array + form.sq_entries * 4, IORING_OFF_SQ_RING);
  auto* entries = reinterpret_cast<io_uring_sqe*>(
      map(form.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES));
  const auto word = [&](unsigned offset) {
    return reinterpret_cast<unsigned*>(queue + offset);
  };
  const timespec sleep = in_timespec(span());
  __kernel_timespec time{sleep.tv_sec, sleep.tv_nsec};
  const Pipe pipe = make_pipe();
  entries[0] = io_uring_sqe{};
  entries[0].opcode = IORING_OP_TIMEOUT;
  entries[0].fd = -1;
  entries[0].addr = reinterpret_cast<std::uint64_t>(&time);
  entries[0].len = 1;
  entries[0].flags = IOSQE_IO_HARDLINK;
  entries[1] = io_uring_sqe{};
  entries[1].opcode = IORING_OP_WRITE;
  entries[1].fd = pipe.write;
  entries[1].addr = reinterpret_cast<std::uint64_t>("x");
  entries[1].len = 1;
  word(form.sq_off.array)[0] = 0;
  word(form.sq_off.array)[1] = 1;
  __atomic_store_n(word(form.sq_off.tail), 2U, __ATOMIC_RELEASE);
  must(::syscall(SYS_io_uring_enter, fd, 2, 0, 0, nullptr, 0), "enter");
  ::close(fd);
  hear(pipe.read);
}

// --- a memory that processes outside have as well

/// CLONE_VM without CLONE_THREAD, and a child of our parent's (CLONE_PARENT):
/// in the tree that begins with us it is outside.
void memory_shared_with_brother() {
  static int word = 0;
  static std::vector<char> stack(1 << 16);
  const auto wakes = [](void*) {
    sleep_for(span());
    futex_wake(&word, true);
    return 0;
  };
  must(::clone(wakes, stack.data() + stack.size(),
               CLONE_VM | CLONE_PARENT | SIGCHLD, nullptr),
       "clone");
  futex_wait(&word, 0, true);
}

/// The parent of a vfork(2) child sleeps, its other threads do not.
void vfork_below_a_thread() {
  static int word = 0;
  std::thread wakes([] {
    sleep_for(span());
    futex_wake(&word, true);
  });
  const pid_t child = ::vfork();
  if (child == 0) {
    ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
    ::_exit(0);
  }
  wakes.join();
  join(child);
}

const Table replaced{
    {"descriptor_replaced", "granted", descriptor_replaced, outside_writes},
    {"polled_array_rewritten", "granted", polled_array_rewritten,
     outside_writes},
    {"timeout_cleared_meanwhile", "granted", timeout_cleared_meanwhile},
    {"writer_makes_room", "", writer_makes_room},
    {"ring_is_only_mapped", "io_uring", ring_is_only_mapped},
    {"memory_shared_with_brother", "", memory_shared_with_brother},
    {"vfork_below_a_thread", "", vfork_below_a_thread},
};

}  // namespace
}  // namespace poolbugs::look_alikes
