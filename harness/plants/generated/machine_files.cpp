// Acts on descriptors.
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cstring>

#include "harness/plants/generated/machine.hpp"

namespace poolbugs::generated {
namespace {

char buffer[kFlood];  // what is in it is never of interest

ObjectKind kind_of(const Target& target) {
  return machine.program.objects[static_cast<std::size_t>(target.index)].kind;
}

constexpr std::size_t kMostPolled = 8;

/// What a poll waits for; pidfds are its own, for as long as it waits.
class Polled {
 public:
  Polled(int process, const Op& op) {
    for (const Target& one : op.set) {
      const bool known = one.kind == Target::object;
      const int fd = known ? descriptor(process, one) : open_process(one.index);
      if (fd < 0 || many_ == kMostPolled) continue;
      ours_[many_] = !known;
      descriptors_[many_++] = fd;
    }
  }
  ~Polled() {
    for (std::size_t i = 0; i < many_; ++i)
      if (ours_[i]) call(SYS_close, descriptors_[i]);
  }
  Polled(const Polled&) = delete;
  Polled& operator=(const Polled&) = delete;

  // Data, never room: an end that can be written always has some.
  void poll(int ms) const {
    pollfd polled[kMostPolled];
    for (std::size_t i = 0; i < many_; ++i)
      polled[i] = {descriptors_[i], POLLIN, 0};
    call(SYS_poll, polled, many_, ms);
  }
  void select(int ms) const {
    fd_set set;
    FD_ZERO(&set);
    int most = 0;
    for (std::size_t i = 0; i < many_; ++i) {
      FD_SET(descriptors_[i], &set);
      most = std::max(most, descriptors_[i] + 1);
    }
    timespec time{ms / 1000, ms % 1000 * 1'000'000L};
    call(SYS_pselect6, most, &set, nullptr, nullptr, ms < 0 ? nullptr : &time,
         nullptr);
  }
  void epoll(int ms) const {
    const int set = static_cast<int>(call(SYS_epoll_create1, EPOLL_CLOEXEC));
    epoll_event event{};
    event.events = EPOLLIN;
    for (std::size_t i = 0; i < many_; ++i)
      call(SYS_epoll_ctl, set, EPOLL_CTL_ADD, descriptors_[i], &event);
    call(SYS_epoll_pwait, set, &event, 1, ms, nullptr, 8);
    call(SYS_close, set);
  }

 private:
  static int open_process(int process) {
    const int id = process_id(process);
    return id == 0 ? -1 : static_cast<int>(call(SYS_pidfd_open, id, 0));
  }

  int descriptors_[kMostPolled];
  bool ours_[kMostPolled];
  std::size_t many_ = 0;
};

/// Which end it is goes with it.
void send_file(int fd, const Target& what, int process) {
  char which = static_cast<char>(what.index * 2 + what.end);
  iovec data{&which, 1};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int sent = descriptor(process, what);
  std::memcpy(CMSG_DATA(header), &sent, sizeof sent);
  call(SYS_sendmsg, fd, &message, MSG_NOSIGNAL);
}

void receive_file(int fd, int process) {
  char which = 0;
  iovec data{&which, 1};
  alignas(cmsghdr) char room[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = room;
  message.msg_controllen = sizeof room;
  if (call(SYS_recvmsg, fd, &message, 0) != 1) return;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr) return;
  int got = -1;
  std::memcpy(&got, CMSG_DATA(header), sizeof got);
  int& known = machine.processes[process].descriptors[which / 2][which % 2];
  if (known < 0)
    known = got;
  else
    call(SYS_close, got);
}

/// Until so many bytes or the end.
void read_many(int fd, long most) {
  while (most > 0) {
    const long got = call(SYS_read, fd, buffer, sizeof buffer);
    if (got <= 0) return;
    most -= got;
  }
}

/// As programs do when a stop cuts a write short; that they do is taken for
/// granted by the proof (PROOF.md).
void write_all(int fd) {
  for (long left = kFlood; left > 0;) {
    const long written = call(SYS_write, fd, buffer, left);
    if (written <= 0) return;
    left -= written;
  }
}

void settime(int fd, int ms) {
  itimerspec time{};
  time.it_value = {ms / 1000, ms % 1000 * 1'000'000L};
  call(SYS_timerfd_settime, fd, 0, &time, nullptr);
}

void lock_record(int fd, bool lock, bool by_description, bool wait) {
  struct flock range {};
  range.l_type = static_cast<short>(lock ? F_WRLCK : F_UNLCK);
  range.l_whence = SEEK_SET;
  range.l_len = 1;
  call(SYS_fcntl, fd,
       by_description ? (wait ? F_OFD_SETLKW : F_OFD_SETLK)
                      : (wait ? F_SETLKW : F_SETLK),
       &range);
}

void async(int fd) {
  call(SYS_fcntl, fd, F_SETOWN, ::getpid());
  call(SYS_fcntl, fd, F_SETFL, call(SYS_fcntl, fd, F_GETFL) | O_ASYNC);
}

}  // namespace

bool do_with_file(int process, const Op& op) {
  const int fd =
      op.target.kind == Target::object ? descriptor(process, op.target) : -1;
  // Of an eventfd or a timer eight bytes are the least.
  const bool counts = op.target.kind == Target::object &&
                      kind_of(op.target) != ObjectKind::pipe &&
                      kind_of(op.target) != ObjectKind::sockets;
  char bytes[128] = {1};
  switch (op.act) {
    case Act::read:
      call(SYS_read, fd, bytes, counts ? sizeof bytes : 1);
      return true;
    case Act::receive:
      call(SYS_recvfrom, fd, bytes, 1, 0, nullptr, nullptr);
      return true;
    case Act::drain:
      while (call(SYS_read, fd, buffer, sizeof buffer) > 0) continue;
      return true;
    case Act::gulp:
      read_many(fd, kFlood);
      return true;
    case Act::write:
      call(SYS_write, fd, bytes, counts ? 8 : 1);
      return true;
    case Act::flood:
      write_all(fd);
      return true;
    case Act::close: {
      int& known = machine.processes[process]
                       .descriptors[op.target.index][op.target.end];
      const int closed = known;
      known = -1;
      call(SYS_close, closed);
      return true;
    }
    case Act::shutdown:
      call(SYS_shutdown, fd, SHUT_RDWR);
      return true;
    case Act::poll:
      Polled(process, op).poll(op.value);
      return true;
    case Act::select:
      Polled(process, op).select(op.value);
      return true;
    case Act::epoll:
      Polled(process, op).epoll(op.value);
      return true;
    case Act::epoll_wait: {
      epoll_event event{};
      call(SYS_epoll_pwait, fd, &event, 1, op.value, nullptr, 8);
      return true;
    }
    case Act::settime:
      settime(fd, op.value);
      return true;
    case Act::send_file:
      send_file(fd, op.other, process);
      return true;
    case Act::receive_file:
      receive_file(fd, process);
      return true;
    case Act::async:
      async(fd);
      return true;
    case Act::lock_file:
      call(SYS_flock, fd, op.value == 1 ? LOCK_SH : LOCK_EX);
      return true;
    case Act::unlock_file:
      call(SYS_flock, fd, LOCK_UN);
      return true;
    case Act::lock_record:
      lock_record(fd, true, op.value == 1, true);
      return true;
    case Act::unlock_record:
      lock_record(fd, false, op.value == 1, false);
      return true;
    default:
      return false;
  }
}

}  // namespace poolbugs::generated
