#include "platform/system_calls_linux.hpp"

namespace poolbugs {

const char* call_name(long number) {
  switch (number) {
#define POOLBUGS_CALL(name) \
  case SYS_##name:          \
    return #name;
    POOLBUGS_CALL(read)
    POOLBUGS_CALL(readv)
    POOLBUGS_CALL(pread64)
    POOLBUGS_CALL(write)
    POOLBUGS_CALL(writev)
    POOLBUGS_CALL(sendto)
    POOLBUGS_CALL(sendmsg)
    POOLBUGS_CALL(recvfrom)
    POOLBUGS_CALL(recvmsg)
    POOLBUGS_CALL(accept)
    POOLBUGS_CALL(accept4)
    POOLBUGS_CALL(connect)
    POOLBUGS_CALL(futex)
    POOLBUGS_CALL(ppoll)
    POOLBUGS_CALL(pselect6)
    POOLBUGS_CALL(epoll_pwait)
    POOLBUGS_CALL(wait4)
    POOLBUGS_CALL(waitid)
    POOLBUGS_CALL(nanosleep)
    POOLBUGS_CALL(clock_nanosleep)
    POOLBUGS_CALL(flock)
    POOLBUGS_CALL(fcntl)
    POOLBUGS_CALL(semtimedop)
    POOLBUGS_CALL(semop)
    POOLBUGS_CALL(msgrcv)
    POOLBUGS_CALL(msgsnd)
    POOLBUGS_CALL(mq_timedreceive)
    POOLBUGS_CALL(mq_timedsend)
    POOLBUGS_CALL(rt_sigtimedwait)
    POOLBUGS_CALL(rt_sigsuspend)
    POOLBUGS_CALL(clone)
    POOLBUGS_CALL(clone3)
    POOLBUGS_CALL(futex_waitv)
    POOLBUGS_CALL(recvmmsg)
    POOLBUGS_CALL(sendmmsg)
    POOLBUGS_CALL(io_getevents)
    POOLBUGS_CALL(io_uring_enter)
    POOLBUGS_CALL(restart_syscall)
    POOLBUGS_CALL(openat)
    POOLBUGS_CALL(vmsplice)
    POOLBUGS_CALL(splice)
#ifdef SYS_poll
    POOLBUGS_CALL(poll)
    POOLBUGS_CALL(select)
    POOLBUGS_CALL(epoll_wait)
    POOLBUGS_CALL(pause)
    POOLBUGS_CALL(open)
    POOLBUGS_CALL(vfork)
#endif
#undef POOLBUGS_CALL
    default:
      return nullptr;
  }
}

bool is_timed(long number, const std::uint64_t* arguments) {
  switch (number) {
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
    // What a sleep goes on with after a stop (restart_syscall(2)).
    case SYS_restart_syscall:
    // Their time-outs and their helpers in the kernel are not modelled.
    case SYS_io_getevents:
    case SYS_io_uring_enter:
    case SYS_recvmmsg:
    case SYS_sendmmsg:
      return true;
    case SYS_futex:
    case SYS_futex_waitv:
      return arguments[3] != 0;
    case SYS_semtimedop:
      return arguments[3] != 0;
    case SYS_ppoll:
    case SYS_rt_sigtimedwait:
      return arguments[2] != 0;
    case SYS_pselect6:
    case SYS_mq_timedreceive:
    case SYS_mq_timedsend:
      return arguments[4] != 0;
    // Any negative number is endless, whatever epoll_wait(2) says of -1
    // (fs/eventpoll.c, ep_poll); Python 3.7 waits for -1000 ms.
    case SYS_epoll_pwait:
      return static_cast<int>(arguments[3]) >= 0;
#ifdef SYS_poll
    case SYS_poll:
      return static_cast<int>(arguments[2]) >= 0;
    case SYS_select:
      return arguments[4] != 0;
    case SYS_epoll_wait:
      return static_cast<int>(arguments[3]) >= 0;
#endif
    default:
      return call_name(number) == nullptr;  // whatever that may do
  }
}

bool waits_on_its_descriptor(long number) {
  switch (number) {
    case SYS_read:
    case SYS_readv:
    case SYS_preadv2:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_recvmmsg:
    case SYS_write:
    case SYS_writev:
    case SYS_pwritev2:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_sendmmsg:
    case SYS_accept:
    case SYS_accept4:
    case SYS_connect:
      return true;
    default:
      return false;
  }
}

bool may_be_requeued(long number, const std::uint64_t* arguments) {
  if (number != SYS_futex) return false;
  const auto operation = arguments[1] & FUTEX_CMD_MASK;
  return operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET ||
         operation == FUTEX_WAIT_REQUEUE_PI;
}

bool may_be_requeued_anywhere(long number, const std::uint64_t* arguments) {
  return may_be_requeued(number, arguments) &&
         (arguments[1] & FUTEX_PRIVATE_FLAG) == 0;
}

bool ends_by_stop(long number, const std::uint64_t* arguments) {
  switch (number) {
    case SYS_epoll_pwait:
    case SYS_semop:
    case SYS_semtimedop:
    case SYS_rt_sigtimedwait:
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
      return true;
    // Requeued it cannot be restarted (futex_wait_requeue_pi() in
    // kernel/futex/requeue.c): EWOULDBLOCK.
    case SYS_futex:
      return (arguments[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_REQUEUE_PI;
    default:
      return false;
  }
}

}  // namespace poolbugs
