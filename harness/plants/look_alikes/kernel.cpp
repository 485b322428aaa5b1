// What the kernel does by itself, or lets another do: io_uring, AIO, seccomp
// notifiers, page faults for user space.
#include <linux/aio_abi.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <thread>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

// --- io_uring

/// As much of io_uring_setup(2) as submitting needs.
class Ring {
 public:
  Ring() {
    fd_ = static_cast<int>(::syscall(SYS_io_uring_setup, 8, &form_));
    if (fd_ < 0) skip("io_uring_setup");
    queue_ = map(form_.sq_off.array + form_.sq_entries * 4, IORING_OFF_SQ_RING);
    entries_ = reinterpret_cast<io_uring_sqe*>(
        map(form_.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES));
  }
  [[nodiscard]] int fd() const { return fd_; }

  io_uring_sqe& add(int operation) {
    const unsigned tail = *word(form_.sq_off.tail);
    const unsigned at = tail & *word(form_.sq_off.ring_mask);
    word(form_.sq_off.array)[at] = at;
    entries_[at] = io_uring_sqe{};
    entries_[at].opcode = static_cast<std::uint8_t>(operation);
    __atomic_store_n(word(form_.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
    ++added_;
    return entries_[at];
  }
  /// A time-out after which what is added next is done.
  void add_sleep(__kernel_timespec* time) {
    const timespec span_ = in_timespec(span());
    *time = {span_.tv_sec, span_.tv_nsec};
    io_uring_sqe& sleep = add(IORING_OP_TIMEOUT);
    sleep.fd = -1;
    sleep.addr = reinterpret_cast<std::uint64_t>(time);
    sleep.len = 1;
    sleep.flags = IOSQE_IO_HARDLINK;
  }
  void submit(unsigned wait = 0) {
    const unsigned flags = wait ? IORING_ENTER_GETEVENTS : 0;
    must(::syscall(SYS_io_uring_enter, fd_, added_, wait, flags, nullptr, 0),
         "io_uring_enter");
    added_ = 0;
  }

 private:
  char* map(std::size_t size, std::uint64_t offset) const {
    void* memory =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
               fd_, static_cast<off_t>(offset));
    expect(memory != MAP_FAILED, "mmap");
    return static_cast<char*>(memory);
  }
  [[nodiscard]] unsigned* word(unsigned offset) const {
    return reinterpret_cast<unsigned*>(queue_ + offset);
  }

  io_uring_params form_{};
  int fd_ = -1;
  unsigned added_ = 0;
  char* queue_ = nullptr;
  io_uring_sqe* entries_ = nullptr;
};

void uring_timeout() {
  Ring ring;
  __kernel_timespec time{};
  ring.add_sleep(&time);
  ring.submit(1);
}

void uring_signals_eventfd() {
  Ring ring;
  int event = must(::eventfd(0, 0), "eventfd");
  must(::syscall(SYS_io_uring_register, ring.fd(), IORING_REGISTER_EVENTFD,
                 &event, 1),
       "io_uring_register");
  __kernel_timespec time{};
  ring.add_sleep(&time);
  ring.submit();
  eventfd_t value;
  must(::eventfd_read(event, &value), "eventfd_read");
}

/// The kernel writes into the pipe whose only ends the reader itself has.
void uring_writes_pipe() {
  Ring ring;
  __kernel_timespec time{};
  const Pipe pipe = make_pipe();
  ring.add_sleep(&time);
  io_uring_sqe& write = ring.add(IORING_OP_WRITE);
  write.fd = pipe.write;
  write.addr = reinterpret_cast<std::uint64_t>("x");
  write.len = 1;
  write.off = static_cast<std::uint64_t>(-1);
  ring.submit();
  hear(pipe.read);
}

/// The ring is the only one who holds the write end (registered files).
void uring_holds_pipe() {
  Ring ring;
  __kernel_timespec time{};
  Pipe pipe = make_pipe();
  must(::syscall(SYS_io_uring_register, ring.fd(), IORING_REGISTER_FILES,
                 &pipe.write, 1),
       "io_uring_register");
  ring.add_sleep(&time);
  io_uring_sqe& write = ring.add(IORING_OP_WRITE);
  write.fd = 0;
  write.flags = IOSQE_FIXED_FILE;
  write.addr = reinterpret_cast<std::uint64_t>("x");
  write.len = 1;
  ring.submit();
  ::close(pipe.write);
  hear(pipe.read);
}

/// Polls a pipe that another process writes, and signals an eventfd that its
/// reader alone holds.
void aio_signals_eventfd() {
  aio_context_t context = 0;
  if (::syscall(SYS_io_setup, 1, &context) != 0) skip("io_setup");
  const Pipe pipe = make_pipe();
  const pid_t child = in_child([&] { sleep_for(span()), say(pipe.write); });
  const int event = must(::eventfd(0, 0), "eventfd");
  iocb request{};
  request.aio_lio_opcode = IOCB_CMD_POLL;
  request.aio_fildes = static_cast<std::uint32_t>(pipe.read);
  request.aio_buf = POLLIN;
  request.aio_flags = IOCB_FLAG_RESFD;
  request.aio_resfd = static_cast<std::uint32_t>(event);
  iocb* requests[] = {&request};
  if (::syscall(SYS_io_submit, context, 1, requests) != 1) skip("io_submit");
  eventfd_t value;
  must(::eventfd_read(event, &value), "eventfd_read");
  join(child);
}

void aio_waited_for() {
  aio_context_t context = 0;
  if (::syscall(SYS_io_setup, 1, &context) != 0) skip("io_setup");
  io_event event{};
  timespec time = in_timespec(span());
  must(::syscall(SYS_io_getevents, context, 1, 1, &event, &time),
       "io_getevents");
}

// --- calls that somebody else answers

/// From now on, `call` of this thread waits for who reads the descriptor.
int notify_on(int call) {
  must(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
  sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(call), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{4, filter};
  const long fd = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                            SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  if (fd < 0) skip("seccomp");
  return static_cast<int>(fd);
}

/// Answers one call with 1.
void answer(int notifier) {
  seccomp_notif asked{};
  must(::ioctl(notifier, SECCOMP_IOCTL_NOTIF_RECV, &asked), "NOTIF_RECV");
  seccomp_notif_resp answered{};
  answered.id = asked.id;
  answered.val = 1;
  must(::ioctl(notifier, SECCOMP_IOCTL_NOTIF_SEND, &answered), "NOTIF_SEND");
}

/// The read of an empty pipe never gets as far as the pipe.
void supervisor_answers() {
  static Pipe never = make_pipe(), sockets = make_sockets();
  const pid_t child = in_child([] {
    send_fd(sockets.write, notify_on(SYS_read));
    hear(never.read);
  });
  const int notifier = receive_fd(sockets.read);
  sleep_for(span());
  answer(notifier);
  join(child);
}

void supervisor_outside() {
  const Pipe never = make_pipe();
  const int outside = connect_outside();
  send_fd(outside, notify_on(SYS_read));
  ::close(outside);
  hear(never.read);
}

Rescue outside_answers() {
  const int server = listen_outside();
  return [=] {
    const int plant = must(::accept(server, nullptr, nullptr), "accept");
    answer(receive_fd(plant));
  };
}

/// The kernel side of a page fault that a sleeping thread resolves.
void page_comes_late() {
  const auto fd =
      static_cast<int>(::syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY));
  if (fd < 0) skip("userfaultfd");
  uffdio_api api{UFFD_API, 0, 0};
  must(::ioctl(fd, UFFDIO_API, &api), "UFFDIO_API");
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  expect(page != MAP_FAILED, "mmap");
  const auto address = reinterpret_cast<std::uint64_t>(page);
  uffdio_register range{{address, 4096}, UFFDIO_REGISTER_MODE_MISSING, 0};
  must(::ioctl(fd, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER");
  std::thread reader([=] { *static_cast<volatile char*>(page) = 1; });
  sleep_for(span());
  static char content[4096];
  uffdio_copy copy{address, reinterpret_cast<std::uint64_t>(content), 4096, 0,
                   0};
  must(::ioctl(fd, UFFDIO_COPY, &copy), "UFFDIO_COPY");
  reader.join();
}

const Table kernel{
    {"uring_timeout", "io_uring", uring_timeout},
    {"uring_signals_eventfd", "io_uring", uring_signals_eventfd},
    {"uring_writes_pipe", "io_uring", uring_writes_pipe},
    {"uring_holds_pipe", "io_uring", uring_holds_pipe},
    {"aio_signals_eventfd", "aio", aio_signals_eventfd},
    {"aio_waited_for", "aio", aio_waited_for},
    {"supervisor_answers", "seccomp", supervisor_answers},
    {"supervisor_outside", "seccomp", supervisor_outside, outside_answers},
    {"page_comes_late", "userfaultfd", page_comes_late},
};

}  // namespace
}  // namespace poolbugs::look_alikes
