// The manual page of each call says what wakes it. A signal, /proc/PID/mem or
// ptrace could too, but only from a thread that moves.
#include "platform/wait_calls_linux.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <algorithm>

#include "platform/system_calls_linux.hpp"

namespace poolbugs::wait {
namespace {

/// The first of a pid namespace gets the orphans of those that enter it
/// (setns(2); find_new_reaper() in kernel/exit.c).
bool adopts_strangers(const Objects& objects, int process) {
  const ProcessFacts& own =
      objects.facts().processes[static_cast<std::size_t>(process)];
  return own.inner_id == 1 && own.id != 1 &&
         !objects.facts().around.own_namespaces;
}

Waits model_children(Objects& objects, int process, long wanted) {
  if (wanted == 0 && adopts_strangers(objects, process))
    return Error{"waits for whatever orphan it gets"};
  std::vector<Wait> waits;
  for (const int child : objects.living_children(process, wanted))
    waits.push_back(until_end_of(objects, child));
  // wait(2) of somebody without such a child ends at once, unless it traces.
  if (waits.empty()) return Error{"waits for a process that it traces"};
  return waits;
}

Waits model_wait4(Objects& objects, const ThreadFacts& facts, int process) {
  const auto options = static_cast<unsigned>(facts.arguments[2]);
  if ((options & (__WCLONE | __WNOTHREAD)) != 0)
    return Error{"waits for children of a kind"};
  const int wanted = static_cast<int>(facts.arguments[0]);
  return model_children(objects, process, std::max(wanted, 0));
}

Waits model_waitid(Objects& objects, const ThreadFacts& facts, int process) {
  const auto options = static_cast<unsigned>(facts.arguments[3]);
  if ((options & (__WCLONE | __WNOTHREAD)) != 0 || (options & WEXITED) == 0)
    return Error{"waits for children of a kind"};
  const auto which = static_cast<unsigned>(facts.arguments[0]);
  if (which > 3) return Error{"waits for it is not known whom"};
  return model_children(
      objects, process,
      which == P_PID ? static_cast<int>(facts.arguments[1]) : 0);
}

Waits model_vfork(Objects& objects, const ThreadFacts& facts, int process) {
  if (!facts.vforks) return Error{"starts a process"};
  return model_children(objects, process, 0);
}

Waits model_fcntl(Objects& objects, const ThreadFacts& facts, int process) {
  if (facts.lock) return model_record_lock(objects, facts, process);
  return Error{"is in fcntl"};
}

}  // namespace

Waits model_anybody(Objects& objects, ObjectKind kind) {
  if (!objects.facts().around.own_namespaces)
    return Error{"waits for what others of the machine may do"};
  Wait wait;
  wait.object = objects.nameless(kind, -1);
  wait.processes = objects.all_processes();
  return std::vector<Wait>{wait};
}

Waits model_signal(Objects& objects, int process, std::uint64_t awaited) {
  Wait wait;
  wait.object = objects.nameless(ObjectKind::signal, process);
  wait.processes = objects.all_processes();
  wait.signals = awaited;
  return std::vector<Wait>{wait};
}

Wait until_end_of(Objects& objects, int child) {
  return {objects.child(child), Event::ended, {child}, {}, true};
}

Waits model_call(Objects& objects, const ThreadFacts& facts, int process) {
  if (facts.call < 0) return Error{"does not wait in a system call"};
  const char* name = call_name(facts.call);
  if (name == nullptr)
    return Error{"is in system call " + std::to_string(facts.call)};
  if (is_timed(facts.call, facts.arguments.data()))
    return Error{"waits with a time-out"};
  const int descriptor = static_cast<int>(facts.arguments[0]);
  switch (facts.call) {
    case SYS_read:
    case SYS_readv:
    case SYS_recvfrom:
    case SYS_recvmsg:
      return model_transfer(objects, process, descriptor, Direction::read);
    case SYS_write:
    case SYS_writev:
    case SYS_sendto:
    case SYS_sendmsg:
      return model_transfer(objects, process, descriptor, Direction::write);
    case SYS_futex:
    case SYS_futex_waitv:
      return model_futex(objects, facts, process);
    case SYS_ppoll:
    case SYS_pselect6:
      return model_poll(objects, facts, process);
    case SYS_epoll_pwait:
      return model_epoll(objects, process, descriptor);
    case SYS_wait4:
      return model_wait4(objects, facts, process);
    case SYS_waitid:
      return model_waitid(objects, facts, process);
    case SYS_clone:
    case SYS_clone3:
      return model_vfork(objects, facts, process);
    case SYS_flock:
      return model_flock(objects, facts, process);
    case SYS_fcntl:
      return model_fcntl(objects, facts, process);
    case SYS_semop:
    case SYS_semtimedop:
      return model_anybody(objects, ObjectKind::semaphore);
    case SYS_msgrcv:
    case SYS_msgsnd:
    case SYS_mq_timedreceive:
    case SYS_mq_timedsend:
      return model_anybody(objects, ObjectKind::message_queue);
    case SYS_rt_sigtimedwait:
      return model_signal(objects, process, ~std::uint64_t{0});
    case SYS_rt_sigsuspend:
      return model_signal(objects, process);
#ifdef SYS_poll
    case SYS_poll:
    case SYS_select:
      return model_poll(objects, facts, process);
    case SYS_epoll_wait:
      return model_epoll(objects, process, descriptor);
    case SYS_pause:
      return model_signal(objects, process);
    case SYS_vfork:
      return model_vfork(objects, facts, process);
#endif
    case SYS_accept:
    case SYS_accept4: {
      const Descriptor* file = objects.descriptor(process, descriptor);
      if (file == nullptr || !(file->listens_inside || file->listens_privately))
        return Error{"waits for connections"};
      return model_transfer(objects, process, descriptor, Direction::read);
    }
    default:
      return Error{std::string("is in ") + name};
  }
}

}  // namespace poolbugs::wait
