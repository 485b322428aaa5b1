// Ends and sets that somebody outside has where the proof may not look: in the
// kernel, in a table of a thread's own, in a queue without a byte, in another
// network, in a ring.
#include <fcntl.h>
#include <linux/auto_fs.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <thread>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

// --- the kernel itself

std::string mount_point() { return place("auto"); }

/// The daemon of autofs reads what the kernel writes when somebody looks up a
/// name below (Documentation/filesystems/autofs.rst).
void mounts_autofs(bool keeps_its_end) {
  must(::setpgid(0, 0), "setpgid");
  const Pipe pipe = make_pipe();
  must(::mkdir(mount_point().c_str(), 0700), "mkdir");
  const std::string options = "fd=" + std::to_string(pipe.write) +
                              ",pgrp=" + std::to_string(::getpgrp()) +
                              ",minproto=5,maxproto=5,indirect";
  if (::mount("look_alike", mount_point().c_str(), "autofs", 0,
              options.c_str()) != 0)
    skip("mount of autofs");
  if (!keeps_its_end) ::close(pipe.write);
  const int root =
      must(::open(mount_point().c_str(), O_RDONLY | O_DIRECTORY), "open");
  tell(::getpid());
  autofs_v5_packet packet{};
  const bool came = ::read(pipe.read, &packet, sizeof packet) > 0;
  // Who asks waits for an answer: there is no such name.
  if (came) ::ioctl(root, AUTOFS_IOC_FAIL, packet.wait_queue_token);
  ::close(root);
  ::umount2(mount_point().c_str(), MNT_DETACH);
  expect(came, "read");
}
void autofs_asks() { mounts_autofs(false); }
void autofs_asks_who_keeps_its_end() { mounts_autofs(true); }
Rescue outside_looks_up() {
  // Ours and the plant's: what it mounts goes with us.
  if (::unshare(CLONE_NEWNS) != 0) skip("unshare");
  must(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "mount");
  return [] {
    told();
    ::access((mount_point() + "/name").c_str(), F_OK);
  };
}

// --- a table of a thread's own

/// The plant sends an end; the outside has it where one of its threads alone
/// sees it (unshare(2), CLONE_FILES).
void end_sent_outside() {
  const Pipe pipe = make_pipe();
  const int outside = connect_outside();
  send_fd(outside, pipe.write);
  hear(outside);
  ::close(outside);
  hear(pipe.read);
}
Rescue outside_thread_has_end() {
  const int server = listen_outside();
  const Rescue rescue = helped_by([=](int until) {
    std::thread([=] {
      must(::unshare(CLONE_FILES), "unshare");
      const int plant = must(::accept(server, nullptr, nullptr), "accept");
      const int end = receive_fd(plant);
      say(plant);
      hear_end(until);
      say(end);
    }).join();
  });
  ::close(server);
  return rescue;
}

// --- queues of sockets

/// Descriptors that are sent without a byte (SOCK_DGRAM): the queue of the
/// receiver is as empty as before.
void end_in_empty_datagram() {
  const Pipe pipe = make_pipe();
  const int fd = must(::socket(AF_UNIX, SOCK_DGRAM, 0), "socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, place("datagrams").c_str(),
               sizeof address.sun_path - 1);
  must(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address),
       "connect");
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &pipe.write, sizeof(int));
  must(::sendmsg(fd, &message, 0), "sendmsg");
  ::close(fd);
  hear(pipe.read);
}
Rescue outside_receives_datagram() {
  const int fd =
      must(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, place("datagrams").c_str(),
               sizeof address.sun_path - 1);
  must(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address),
       "bind");
  return [=] {
    alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_control = room;
    message.msg_controllen = sizeof room;
    must(::recvmsg(fd, &message, 0), "recvmsg");
    int end = -1;
    std::memcpy(&end, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof end);
    say(end);
  };
}

/// The receiver is in another network namespace, whose sockets are in another
/// list; its name in the file system is for all.
void end_sent_to_another_network() {
  const Pipe pipe = make_pipe();
  const int outside = connect_outside();
  send_fd(outside, pipe.write);
  ::close(outside);
  hear(pipe.read);
}
Rescue outside_in_another_network() {
  const Pipe ready = make_pipe();
  const Rescue rescue = helped_by([=](int until) {
    const bool apart = ::unshare(CLONE_NEWNET) == 0;
    const int server = listen_outside();
    expect(::write(ready.write, apart ? "y" : "n", 1) == 1, "write");
    if (!apart) return;
    hear_end(until);
    say(receive_fd(must(::accept(server, nullptr, nullptr), "accept")));
  });
  char answer = 'n';
  expect(::read(ready.read, &answer, 1) == 1, "read");
  if (answer != 'y') skip("unshare");
  ::close(ready.read), ::close(ready.write);
  return rescue;
}

// --- rings

/// As much of io_uring as an outsider needs who registers a file, closes its
/// descriptor, and writes to it later.
class Ring {
 public:
  Ring() {
    fd_ = static_cast<int>(::syscall(SYS_io_uring_setup, 4, &form_));
    if (fd_ < 0) return;
    queue_ = map(form_.sq_off.array + form_.sq_entries * 4, IORING_OFF_SQ_RING);
    entries_ = reinterpret_cast<io_uring_sqe*>(
        map(form_.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES));
  }
  [[nodiscard]] int fd() const { return fd_; }
  void register_file(int fd, unsigned how) const {
    must(::syscall(SYS_io_uring_register, fd_, how, &fd, 1), "register");
  }
  io_uring_sqe& add(int operation) {
    unsigned& tail = *word(form_.sq_off.tail);
    const unsigned at = tail & *word(form_.sq_off.ring_mask);
    word(form_.sq_off.array)[at] = at;
    entries_[at] = io_uring_sqe{};
    entries_[at].opcode = static_cast<unsigned char>(operation);
    __atomic_store_n(&tail, tail + 1, __ATOMIC_RELEASE);
    ++added_;
    return entries_[at];
  }
  void submit() {
    must(::syscall(SYS_io_uring_enter, fd_, added_, 0, 0, nullptr, 0), "enter");
    added_ = 0;
  }

 private:
  char* map(std::size_t size, std::uint64_t offset) const {
    void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED,
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

void sends_outside(int fd) {
  const int outside = connect_outside();
  send_fd(outside, fd);
  hear(outside);
  ::close(outside);
}

void end_in_ring_outside() {
  const Pipe pipe = make_pipe();
  sends_outside(pipe.write);
  hear(pipe.read);
}
void eventfd_in_ring_outside() {
  const int event = must(::eventfd(0, 0), "eventfd");
  sends_outside(event);
  eventfd_t value;
  must(::eventfd_read(event, &value), "eventfd_read");
}
/// `how`: what the descriptor becomes in the ring.
Rescue outside_registers(unsigned how) {
  {
    const Ring ring;
    if (ring.fd() < 0) skip("io_uring_setup");
    ::close(ring.fd());
  }
  const int server = listen_outside();
  const Rescue rescue = helped_by([=](int until) {
    Ring ring;
    const int plant = must(::accept(server, nullptr, nullptr), "accept");
    const int file = receive_fd(plant);
    ring.register_file(file, how);
    ::close(file);
    say(plant);
    hear_end(until);
    io_uring_sqe& act = ring.add(how == IORING_REGISTER_FILES ? IORING_OP_WRITE
                                                              : IORING_OP_NOP);
    if (how == IORING_REGISTER_FILES) {
      act.flags = IOSQE_FIXED_FILE;
      act.addr = reinterpret_cast<std::uint64_t>("x");
      act.len = 1;
    }
    ring.submit();
  });
  ::close(server);
  return rescue;
}
Rescue outside_registers_end() {
  return outside_registers(IORING_REGISTER_FILES);
}
Rescue outside_registers_eventfd() {
  return outside_registers(IORING_REGISTER_EVENTFD);
}

// --- sets and timers, which have no number

/// An epoll set of the plant's own, sent to the outside.
void epoll_set_sent_outside() {
  const int set = must(::epoll_create1(0), "epoll_create1");
  epoll_event event{EPOLLIN, {}};
  must(::epoll_ctl(set, EPOLL_CTL_ADD, make_pipe().read, &event), "epoll_ctl");
  sends_outside(set);
  must(::epoll_wait(set, &event, 1, -1), "epoll_wait");
}
void timer_sent_outside() {
  const int timer =
      must(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), "timerfd_create");
  sends_outside(timer);
  std::uint64_t times;
  must(::read(timer, &times, sizeof times), "read");
}
/// A pidfd of who connected.
int peer_of(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  must(::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size),
       "SO_PEERCRED");
  return pidfd_of(peer.pid);
}

Rescue outside_has(void (*act)(int)) {
  const int server = listen_outside();
  const Rescue rescue = helped_by([=](int until) {
    const int plant = must(::accept(server, nullptr, nullptr), "accept");
    const int peer = peer_of(plant);
    const int fd = receive_fd(plant);
    say(plant);
    hear_end(until);
    act(fd);
    until_ended(peer);
  });
  ::close(server);
  return rescue;
}
Rescue outside_fills_set() {
  return outside_has([](int set) {
    static Pipe pipe = make_pipe();
    say(pipe.write);
    epoll_event event{EPOLLIN, {}};
    must(::epoll_ctl(set, EPOLL_CTL_ADD, pipe.read, &event), "epoll_ctl");
  });
}
Rescue outside_arms_timer() {
  return outside_has([](int timer) {
    itimerspec time{};
    time.it_value.tv_nsec = 1;
    must(::timerfd_settime(timer, 0, &time, nullptr), "timerfd_settime");
  });
}

const Table outside_unseen{
    {"autofs_asks", "root autofs", autofs_asks, outside_looks_up},
    {"autofs_asks_who_keeps_its_end", "root autofs",
     autofs_asks_who_keeps_its_end, outside_looks_up},
    {"end_in_outside_threads_table", "", end_sent_outside,
     outside_thread_has_end},
    {"end_in_empty_datagram", "queue", end_in_empty_datagram,
     outside_receives_datagram},
    {"end_sent_to_another_network", "root queue", end_sent_to_another_network,
     outside_in_another_network},
    {"end_in_ring_outside", "io_uring", end_in_ring_outside,
     outside_registers_end},
    {"eventfd_in_ring_outside", "io_uring", eventfd_in_ring_outside,
     outside_registers_eventfd},
    {"epoll_set_sent_outside", "epoll", epoll_set_sent_outside,
     outside_fills_set},
    {"timer_sent_outside", "", timer_sent_outside, outside_arms_timer},
};

}  // namespace
}  // namespace poolbugs::look_alikes
