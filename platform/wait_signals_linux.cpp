// A signal that a process catches, and at least one of its threads does not
// block, may come from outside at any time. Its handler may do whatever the
// process could do, and the wait that it interrupts may end with EINTR, by
// siglongjmp or by an exception: whether SA_RESTART was asked for cannot be
// read (proc_pid_status(5) has the set of signals alone).
//
// What a thread blocks is pending for the next that does not; if all block it,
// nobody runs (signal(7)).
#include "platform/wait_signals_linux.hpp"

#include <limits.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>

#include "platform/system_calls_linux.hpp"

namespace poolbugs::wait {
namespace {

/// glibc's own, which its functions do not let programs have (nptl(7)):
/// SIGCANCEL and SIGSETXID, sent within one process.
constexpr int kCancel = 32, kSetId = 33;

constexpr std::uint64_t kExempt =
    // The processor and the kernel send them to the thread that is at fault,
    // and that thread runs then (signal(7), "synchronously generated").
    signal_bit(SIGSEGV) | signal_bit(SIGBUS) | signal_bit(SIGFPE) |
    signal_bit(SIGILL) | signal_bit(SIGTRAP) | signal_bit(SIGSYS) |
    // abort(3) sends it to the thread that calls it.
    signal_bit(SIGABRT) |
    // setitimer(2). What counts CPU time stands still in a process that
    // sleeps; whether an alarm is pending is asked for itself.
    signal_bit(SIGALRM) | signal_bit(SIGVTALRM) | signal_bit(SIGPROF);

/// A thread gets them from others of its process alone (pthread_cancel.c,
/// setxid.c in nptl).
constexpr std::uint64_t kOwn = signal_bit(kCancel) | signal_bit(kSetId);

/// Returns what it has got so far (MSG_WAITALL, recv(2)).
bool receives_all(const ThreadFacts& thread) {
  return (thread.call == SYS_recvfrom &&
          (thread.arguments[3] & MSG_WAITALL) != 0) ||
         (thread.call == SYS_recvmsg &&
          (thread.arguments[2] & MSG_WAITALL) != 0);
}

/// Tells of children that are stopped, or go on.
bool tells_of_stops(const ThreadFacts& thread) {
  if (thread.call == SYS_wait4)
    return (thread.arguments[2] & (WUNTRACED | WCONTINUED)) != 0;
  return thread.call == SYS_waitid &&
         (thread.arguments[3] & (WSTOPPED | WCONTINUED)) != 0;
}

/// After a stop its call begins once more (ERESTARTSYS), and does not wait now:
/// the futex has another value, or the descriptor was made non-blocking.
bool starts_anew(const Objects& objects, const ThreadFacts& thread,
                 int process) {
  if (waits_on_its_descriptor(thread.call)) {
    const Descriptor* file =
        objects.descriptor(process, static_cast<int>(thread.arguments[0]));
    return file != nullptr && file->nonblocking;
  }
  if (thread.call == SYS_futex_waitv) return true;  // its values are not kept
  if (thread.call != SYS_futex || thread.futexes.empty() ||
      !may_be_requeued(thread.call, thread.arguments.data()))
    return false;
  const Futex& futex = thread.futexes.front();
  return !futex.readable ||
         futex.words[0] != static_cast<std::uint32_t>(thread.arguments[2]);
}

}  // namespace

bool is_exempt(int signal) {
  return ((kExempt | kOwn) & signal_bit(signal)) != 0;
}

Signals model_signals(const Objects& objects, const ThreadFacts& thread,
                      int process, const std::vector<Wait>& waits) {
  const Facts& facts = objects.facts();
  const ProcessFacts& own = facts.processes[static_cast<std::size_t>(process)];
  const std::uint64_t handled = own.caught & ~thread.blocked;
  Signals signals;
  signals.stop = ends_by_stop(thread.call, thread.arguments.data()) ||
                 tells_of_stops(thread) || receives_all(thread) ||
                 starts_anew(objects, thread, process);
  signals.cut = (thread.call == SYS_write || thread.call == SYS_sendto) &&
                thread.arguments[2] > PIPE_BUF;
  // Who waits for a signal waits for whichever may come.
  std::uint64_t awaited = 0;
  for (const Wait& wait : waits) {
    const auto& object =
        objects.graph().objects[static_cast<std::size_t>(wait.object)];
    if (object.kind == ObjectKind::signal) awaited |= handled | wait.signals;
  }
  std::uint64_t exempt = handled & kExempt & ~awaited;
  signals.members = exempt;
  const std::uint64_t interrupt = handled & signal_bit(SIGINT) & ~awaited;
  if (interrupt != 0 && own.interrupt != Interrupt::acts &&
      !has_terminal(facts)) {
    // A KeyboardInterrupt, which nobody without a terminal sends by Ctrl-C.
    signals.interrupt_exempt = true;
    exempt |= interrupt;
  }
  if ((handled & signal_bit(SIGCHLD)) != 0) {
    // Sent for the end of a child, its stop and its going on (sigaction(2)),
    // of which the last two may come from outside.
    signals.senders = objects.living_children(process);
    if (signals.senders.empty()) exempt |= signal_bit(SIGCHLD) & ~awaited;
  }
  if ((handled & kOwn) != 0) signals.senders.push_back(process);
  exempt |= handled & kOwn & ~awaited;
  signals.outside = (handled | awaited) & ~exempt;
  return signals;
}

}  // namespace poolbugs::wait
