// A thread may be asked only if its call, interrupted, has done nothing yet and
// is entered again with the same arguments. Each call is here because its
// source says so (Linux 6.1, and its test that it is so on the kernel below):
//
// - read, readv: of pipes pipe_read() (fs/pipe.c), of eventfds eventfd_read(),
//   of timerfds timerfd_read(): -ERESTARTSYS. Of sockets as below. Terminals
//   return what they have got so far, other devices what they like.
// - write to a pipe: pipe_write() returns what it has written so far, so only
//   up to a page, which it writes at once or not at all: one page is
//   what a slot takes, and less is added to the last slot only if all fits.
// - recvfrom, recvmsg, accept: sock_intr_errno() (include/net/sock.h), which is
//   -EINTR with a time-out. With SO_RCVLOWAT above 1 or MSG_WAITALL a part may
//   have been taken (unix_stream_read_generic(), tcp_recvmsg_locked()).
// - futex: __futex_wait() (kernel/futex/waitwake.c): -ERESTARTSYS without
//   a time-out. It is compared again: a word with another value, or a waiter
//   that was moved to another word (FUTEX_REQUEUE), would not sleep on.
//   futex_lock_pi() (pi.c): -ERESTARTNOINTR. FUTEX_WAIT_REQUEUE_PI is not here.
// - wait4, waitid: do_wait() (kernel/exit.c): -ERESTARTSYS.
// - poll: do_restart_poll() by ERESTART_RESTARTBLOCK, which without a time-out
//   is the same as ERESTARTNOHAND: that is put in its place, or the call would
//   be called restart_syscall from then on. ppoll, select, pselect6:
//   -ERESTARTNOHAND (fs/select.c); where they have a mask of signals the
//   old one is in force between two rounds, which might let one in.
// - pause: -ERESTARTNOHAND (kernel/signal.c).
// - flock, fcntl(F_SETLKW, F_OFD_SETLKW): wait_event_interruptible()
//   (fs/locks.c), -ERESTARTSYS; only where the file system has no locks of its
//   own: those of networks and of FUSE end as they like.
// - msgrcv, msgsnd: -ERESTARTNOHAND (ipc/msg.c); mq_timedreceive and
//   mq_timedsend: wq_sleep() (ipc/mqueue.c), -ERESTARTSYS.
//
// Not here, among others: what ends with EINTR after a stop (signal(7)):
// epoll_wait, semop, sigtimedwait; what has a time-out; io_getevents; sends to
// sockets, which may have sent a part; splice, open, connect; rt_sigsuspend.
#include "platform/asking_calls_linux.hpp"

#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "platform/asking_task_linux.hpp"
#include "platform/proc_linux.hpp"
#include "platform/system_calls_linux.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs::wait {
namespace {

constexpr std::uint64_t kPage = 4096;  // never less; a pipe's slot
/// Linux has one lock for all files of these, fs/locks.c.
constexpr std::array<std::string_view, 8> kPlainFileSystems = {
    "ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "overlay", "f2fs"};

const Descriptor* find(const ProcessFacts& process, std::uint64_t number) {
  for (const Descriptor& one : process.descriptors)
    if (one.number == static_cast<int>(number)) return &one;
  return nullptr;
}

/// Nothing is taken before all is there, and no time-out.
bool receives_whole(const ProcessFacts& process, int number) {
  const UniqueFd handle(static_cast<int>(
      ::syscall(SYS_pidfd_open, static_cast<pid_t>(process.id), 0U)));
  if (!handle) return false;
  const UniqueFd ours(
      static_cast<int>(::syscall(SYS_pidfd_getfd, handle.get(), number, 0U)));
  int low_water = 0;
  socklen_t size = sizeof low_water;
  timeval wait{};
  socklen_t wait_size = sizeof wait;
  return ours &&
         ::getsockopt(ours.get(), SOL_SOCKET, SO_RCVLOWAT, &low_water, &size) ==
             0 &&
         low_water == 1 &&
         ::getsockopt(ours.get(), SOL_SOCKET, SO_RCVTIMEO, &wait, &wait_size) ==
             0 &&
         wait.tv_sec == 0 && wait.tv_usec == 0;
}

bool may_receive(const ProcessFacts& process, const Descriptor& one) {
  return one.kind == FileKind::socket && !one.receive_timed &&
         receives_whole(process, one.number);
}

bool may_read(const ProcessFacts& process, const Descriptor& one) {
  switch (one.kind) {
    case FileKind::pipe:
    case FileKind::fifo:
    case FileKind::eventfd:
    case FileKind::timerfd:
      return true;
    default:
      return may_receive(process, one);
  }
}

bool waits_on_word(const ThreadFacts& thread) {
  return thread.futexes.size() == 1 && thread.futexes[0].readable &&
         thread.futexes[0].words[0] ==
             static_cast<std::uint32_t>(thread.arguments[2]);
}

Result<Rerun> rerun_of_futex(const ThreadFacts& thread) {
  if (thread.arguments[3] != 0) return Error{"waits with a time-out"};
  switch (thread.arguments[1] & FUTEX_CMD_MASK) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET:
      if (!waits_on_word(thread)) return Error{"waits for a word that changed"};
      return Rerun::unless_no_restart;
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
      return Rerun::always;
    default:
      return Error{"waits in a futex call that a stop might end"};
  }
}

/// The value of this key among lines of "key:\tvalue".
std::string_view value_of(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == text.npos) return {};
  text.remove_prefix(at + key.size());
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find('\n'));
}

/// Of the file system that the descriptor's file was opened in (proc(5),
/// fdinfo's mnt_id and the first field of mountinfo).
std::string_view file_system_of(std::string_view mounts, std::string_view id) {
  while (!mounts.empty()) {
    const std::string_view line = mounts.substr(0, mounts.find('\n'));
    mounts.remove_prefix(std::min(line.size() + 1, mounts.size()));
    const std::size_t dash = line.find(" - ");
    if (dash == line.npos || line.substr(0, line.find(' ')) != id) continue;
    const std::string_view rest = line.substr(dash + 3);
    return rest.substr(0, rest.find(' '));
  }
  return {};
}

bool has_plain_locks(const ThreadFacts& thread) {
  const std::string folder = "/proc/" + std::to_string(thread.id);
  const std::string info =
      proc::read_file((folder + "/fdinfo/" +
                       std::to_string(static_cast<int>(thread.arguments[0])))
                          .c_str());
  constexpr std::size_t kMostMounts = std::size_t{4} << 20;
  const std::string mounts =
      proc::read_file((folder + "/mountinfo").c_str(), kMostMounts);
  const std::string_view id = value_of(info, "mnt_id:");
  return !id.empty() &&
         std::ranges::count(kPlainFileSystems, file_system_of(mounts, id)) != 0;
}

/// pselect6 has a pointer to the mask and its size as its last argument.
bool has_mask(const ThreadFacts& thread) {
  if (thread.arguments[5] == 0) return false;
  std::uint64_t mask = 1;
  iovec ours{&mask, sizeof mask};
  iovec theirs{reinterpret_cast<void*>(thread.arguments[5]), sizeof mask};
  return ::process_vm_readv(static_cast<pid_t>(thread.id), &ours, 1, &theirs, 1,
                            0) != sizeof mask ||
         mask != 0;
}

/// Reading a signal, or hearing that it is there, takes no handler: the tracer
/// would not see it (signalfd(2); an epoll set may have one inside).
bool hears_signals(const ProcessFacts& process) {
  return std::ranges::any_of(process.descriptors, [](const Descriptor& one) {
    return one.kind == FileKind::signalfd || one.kind == FileKind::epoll;
  });
}

Result<Rerun> rerun_of_descriptor_call(const ProcessFacts& process,
                                       const ThreadFacts& thread) {
  const Error not_this{"waits in a call that a stop might end"};
  const Error might_hear{"may wait for a signal as one does for a file"};
  const auto& arguments = thread.arguments;
  const auto allowed = [&](bool may, Rerun rerun) -> Result<Rerun> {
    if (!may) return not_this;
    if (hears_signals(process)) return might_hear;
    return rerun;
  };
  const Descriptor* one = find(process, arguments[0]);
  switch (thread.call) {
    case SYS_read:
    case SYS_readv:
      return allowed(one != nullptr && may_read(process, *one),
                     Rerun::unless_no_restart);
    case SYS_write:
      return allowed(
          one != nullptr && arguments[2] <= kPage &&
              (one->kind == FileKind::pipe || one->kind == FileKind::fifo),
          Rerun::unless_no_restart);
    case SYS_recvfrom:
      return allowed(one != nullptr && (arguments[3] & MSG_WAITALL) == 0 &&
                         may_receive(process, *one),
                     Rerun::unless_no_restart);
    case SYS_recvmsg:
      return allowed(one != nullptr && (arguments[2] & MSG_WAITALL) == 0 &&
                         may_receive(process, *one),
                     Rerun::unless_no_restart);
    case SYS_accept:
    case SYS_accept4:
      return allowed(one != nullptr && may_receive(process, *one),
                     Rerun::unless_no_restart);
    case SYS_ppoll:
      return allowed(arguments[3] == 0, Rerun::unless_handled);
    case SYS_pselect6:
      return allowed(!has_mask(thread), Rerun::unless_handled);
#ifdef SYS_poll
    case SYS_poll:
    case SYS_select:
      return allowed(true, Rerun::unless_handled);
#endif
    default:
      return not_this;
  }
}

Result<Rerun> rerun_of(const ProcessFacts& process, const ThreadFacts& thread) {
  if (!thread.asleep || thread.elsewhere || thread.state != 'S')
    return Error{"does not sleep as others do"};
  if (thread.call < 0 || is_timed(thread.call, thread.arguments.data()))
    return Error{"waits with a time-out"};
  switch (thread.call) {
    case SYS_futex:
      return rerun_of_futex(thread);
    case SYS_wait4:
    case SYS_waitid:
      return Rerun::unless_no_restart;
    case SYS_flock:
      if (has_plain_locks(thread)) return Rerun::unless_no_restart;
      return Error{"waits for a lock that is not the kernel's own"};
    case SYS_fcntl:
      if ((thread.arguments[1] == F_SETLKW ||
           thread.arguments[1] == F_OFD_SETLKW) &&
          has_plain_locks(thread))
        return Rerun::unless_no_restart;
      return Error{"waits for a lock that is not the kernel's own"};
    case SYS_msgrcv:
    case SYS_msgsnd:
      return Rerun::unless_handled;
    case SYS_mq_timedreceive:
    case SYS_mq_timedsend:
      return Rerun::unless_no_restart;
#ifdef SYS_pause
    case SYS_pause:
      return Rerun::unless_handled;
#endif
    default:
      return rerun_of_descriptor_call(process, thread);
  }
}

}  // namespace

Result<AskedChoice> who_may_be_asked(const ProcessFacts& process) {
  if (!process.readable || !process.modelled)
    return Error{"may not be looked into"};
  Error why{"has no thread that was seen"};
  for (const ThreadFacts& thread : process.threads) {
    const auto rerun = rerun_of(process, thread);
    const char* const why_not =
        rerun ? AskedTask(process.id, thread.id).why_not() : nullptr;
    if (rerun && why_not == nullptr) return AskedChoice{&thread, *rerun};
    why = rerun ? Error{why_not} : rerun.error();
  }
  return why;
}

}  // namespace poolbugs::wait
