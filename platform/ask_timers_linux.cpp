// Asking a blocked process for its own alarms: ITIMER_REAL and POSIX timers
// show to nobody but itself (getitimer(2), timer_gettime(2)), so one of its
// sleeping threads is made to do these calls by ptrace(2).
//
// The argument. Facts F1 say of a tree that at an instant all its threads
// slept and that nobody can ever run but by a timer of the tree that is armed.
// Each process is asked, and then the caller sees, once more in all threads,
// that the count of times each was put on a CPU is that of F1, or for an asked
// one AskedTimers::switches_after. Claim: if all answers are `none`, then
// nobody ran in between, nothing is armed, and so nobody can run ever again.
// Suppose that somebody ran, and look at the first to leave its call since F1,
// X of process P. By F1 only a timer of P can have let it (a timer signals its
// own process alone), and it expired after F1.
// - X was not asked: its count has grown.
// - X was asked (T). At the end of the call that asked, no timer of P was
//   armed. (While the timer's function runs it counts as armed, and when that
//   is over the signal is there: itimer_get_remtime() in kernel/time/itimer.c;
//   an interval counts as armed, it starts again when the signal is taken.)
//   None was armed since, for nobody ran before X. So it had expired by then,
//   and its signal was
//   - taken by another thread of P: that one's count has grown;
//   - or taken by T before PTRACE_SEIZE: T then ran, which is looked for after
//     it: asleep, in its call, its count as in F1;
//   - or taken by T after it: a traced thread stops for its tracer before it
//     takes a signal (ptrace_signal() in kernel/signal.c), and we gave up.
//     Without a handler by read(2) of a signalfd or the like: such threads are
//     not asked (asking_calls_linux.cpp);
//   - or not taken yet: pending and not blocked, which is looked for at the
//     end, while T is held. While it is blocked it lets nobody run;
//   - or deadly: the process is gone from the second look.
// (A signal from outside may come between let_go() and the second look, and its
// handler set an alarm; that is the same as one that comes a moment later. A
// proof that holds whatever handlers run is not touched by it.)
// At the first stop the count must be that of F1 and one: PTRACE_INTERRUPT has
// woken it, nothing else. This is more than the claim needs.
//
// What T feels. It is interrupted, enters its call anew, and there another call
// takes its place; at its end it is as if its own had been interrupted once
// more (asking_registers_linux.hpp). Its own call is never done twice: it
// returned nothing. 32 bytes below its stack are written and put back, where
// any handler of a signal would write, too (behind the red zone, in the same
// mapping). Signals that come meanwhile are delivered as ever: those that wait
// are taken after we let go, one that T is about to take is handed on. Stops
// by signals: __ptrace_unlink() in kernel/ptrace.c lets them take effect.
//
// When we die. What we hold goes on as it is (exit_ptrace()). Only between
// replace_call() and end_call() that is wrong: T's call would return 0 with
// two arguments that are not its own. That takes about AskedTimers::exposed,
// some 15 to 40 µs (longer if we are not given a CPU). Nothing but SIGKILL can
// end us there: our signals are blocked, and the wait has no end, so that we
// never let go of such a thread ourselves; a SIGSTOP would hold T as long as
// us. Stops are looked at with WNOWAIT: a signal that we took notice of
// without handing it on would be lost with us. PTRACE_O_TRACESYSGOOD makes
// what is left of a stop in a call no signal at all (ptrace_report_syscall(),
// include/linux/ptrace.h).
//
// Wait statuses. A thread that traces is T's parent for wait(2), the rest of
// this process, too: others here must not wait for any child meanwhile without
// __WNOTHREAD. We wait for stops only and never reap; a T that dies goes back
// to its parent when our thread ends. SIGCHLD may come to this process for each
// stop; its real parent hears of none (do_notify_parent_cldstop()).
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <functional>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "platform/ask_timers.hpp"
#include "platform/asking_registers_linux.hpp"
#include "platform/asking_task_linux.hpp"
#include "platform/proc_linux.hpp"

namespace poolbugs::wait {
namespace {

using Answer = AskedTimers::Answer;
using std::chrono::steady_clock;

#ifdef POOLBUGS_CAN_ASK

/// For a stop before anything was changed, and to fall asleep afterwards.
constexpr auto kPatience = std::chrono::seconds(2);
constexpr auto kOnlyYield = std::chrono::microseconds(300);
constexpr std::size_t kMostTimers = 64;
constexpr std::uint64_t kPage = 4096;
using Words = std::array<long, 4>;
static_assert(sizeof(itimerval) == sizeof(Words) &&
              sizeof(itimerspec) == sizeof(Words));

/// Others run until `done`, or the time is over.
template <class Done>
void wait_until(const Done& done) {
  const auto start = steady_clock::now();
  while (!done()) {
    const auto waited = steady_clock::now() - start;
    if (waited > kPatience) return;
    if (waited < kOnlyYield)
      ::sched_yield();
    else
      ::poll(nullptr, 0, 1);
  }
}

enum class Stop { ours, in_call, signal, group, late, ended };

class Asking {
 public:
  Asking(const ProcessFacts& process, const ThreadFacts& thread,
         const CallText& call, Rerun rerun,
         const std::function<void()>& while_held)
      : process_(process),
        while_held_(while_held),
        facts_(thread),
        id_(static_cast<pid_t>(thread.id)),
        call_(call),
        task_(process.id, thread.id),
        thread_(thread.id, call, rerun) {}

  AskedTimers ask() {
    if (::ptrace(PTRACE_SEIZE, id_, nullptr, PTRACE_O_TRACESYSGOOD) != 0) {
      if (errno == ESRCH) return disturbed("ended");
      return unknown("may not be traced");
    }
    // What is not let go here is when this thread ends.
    if (task_.asleep() != call_ || task_.switches() != facts_.switches)
      return disturbed("ran meanwhile");
    answer_.thread = id_;
    if (::ptrace(PTRACE_INTERRUPT, id_, nullptr, 0L) != 0 ||
        !reach(Stop::ours) || !thread_.was_interrupted() ||
        task_.switches() != facts_.switches + 1 || !find_room())
      return give_up();
    if (!go_on_to(Stop::in_call)) return give_up();
    if (while_held_) while_held_();
    if (!ask_all()) return give_up();
    if (task_.has_signals()) return give_up();
    let_go();
    if (!sleeps_again()) return disturbed("did not sleep on");
    return answer_;
  }

 private:
  AskedTimers unknown(const char* why) {
    answer_.alarm = answer_.timers = Answer::unknown;
    answer_.why = why;
    return answer_;
  }
  AskedTimers disturbed(const char* why) {
    answer_.alarm = answer_.timers = Answer::disturbed;
    answer_.why = why;
    return answer_;
  }

  AskedTimers give_up() {
    let_go();
    if (!why_unknown_.empty()) return unknown(why_unknown_.c_str());
    return disturbed("did something else meanwhile");
  }

  /// With the signal that it is about to take.
  void let_go() {
    ::ptrace(PTRACE_DETACH, id_, nullptr, static_cast<long>(signal_));
  }

  /// Until it stops; whether in this way.
  bool reach(Stop wanted) {
    Stop stop = Stop::late;
    wait_until([&] {
      if (const auto info = look(WSTOPPED | WNOHANG); info.si_pid != 0)
        stop = kind_of(info.si_status);
      else if (task_.has_ended())
        stop = Stop::ended;
      return stop != Stop::late;
    });
    if (stop == Stop::late) why_unknown_ = "does not stop";
    return stop == wanted;
  }

  /// Takes no notice.
  [[nodiscard]] siginfo_t look(int what) const {
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(id_), &info,
                 what | WNOWAIT | __WALL | __WNOTHREAD) != 0)
      info.si_pid = 0;
    return info;
  }

  Stop kind_of(int status) {
    constexpr int kCall = SIGTRAP | 0x80;
    signal_ = 0;
    if (status == kCall) return Stop::in_call;
    if (status >> 8 == PTRACE_EVENT_STOP)
      return (status & 0xff) == SIGTRAP ? Stop::ours : Stop::group;
    signal_ = status & 0x7f;
    return Stop::signal;
  }

  bool go_on_to(Stop wanted) {
    return ::ptrace(PTRACE_SYSCALL, id_, nullptr, 0L) == 0 && reach(wanted);
  }

  /// Room for an answer, where nothing of the thread's own is.
  bool find_room() {
    constexpr std::uint64_t kAligned = 16;
    room_ = (thread_.end_of_stack() - sizeof(Words)) & ~(kAligned - 1);
    if (room_ / kPage != call_.stack / kPage) {
      constexpr std::size_t kMostMaps = std::size_t{64} << 20;
      const std::string text = proc::read_file(
          ("/proc/" + std::to_string(id_) + "/maps").c_str(), kMostMaps);
      const auto maps = parse_maps(text);
      const Mapping* const mapping = find_mapping(maps, room_);
      if (mapping == nullptr || mapping != find_mapping(maps, call_.stack)) {
        why_unknown_ = "has no room on its stack";
        return false;
      }
    }
    const auto before = peek();
    if (before) before_ = *before;
    return before.has_value();
  }

  [[nodiscard]] std::optional<Words> peek() const {
    Words words{};
    for (std::size_t i = 0; i < words.size(); ++i) {
      errno = 0;
      words[i] =
          ::ptrace(PTRACE_PEEKDATA, id_, room_ + i * sizeof(long), nullptr);
      if (errno != 0) return std::nullopt;
    }
    return words;
  }

  bool put_back() const {
    for (std::size_t i = 0; i < before_.size(); ++i)
      if (::ptrace(PTRACE_POKEDATA, id_, room_ + i * sizeof(long),
                   before_[i]) != 0)
        return false;
    return peek() == before_;
  }

  /// From where it enters its call to where it may be let go.
  bool ask_all() {
    const auto alarm = ask_one(SYS_getitimer, ITIMER_REAL);
    if (!alarm) return false;
    answer_.alarm = *alarm ? Answer::armed : Answer::none;
    // Without a timer in the facts it has none, or somebody ran.
    const auto timers =
        process_.timers ? listed_timers(process_.id) : std::vector<int>();
    const bool few = timers && timers->size() <= kMostTimers;
    if (!few) answer_.why = "has timers that cannot be listed";
    if (few) answer_.timers = Answer::none;
    for (const int timer : few ? *timers : std::vector<int>()) {
      if (!enter_again()) return false;
      const auto armed =
          ask_one(SYS_timer_gettime, static_cast<std::uint64_t>(timer));
      if (!armed) return false;
      if (*armed) answer_.timers = Answer::armed;
    }
    return AskedThread::kKernelWindsBack || enter_again();
  }

  /// Whether it is armed.
  std::optional<bool> ask_one(long call, std::uint64_t which) {
    if (!thread_.enters_its_call()) return std::nullopt;
    const auto start = steady_clock::now();
    if (!thread_.replace_call(call, which, room_)) return std::nullopt;
    // It gets our CPU if there is no other. It stops soon, or dies.
    const bool goes = ::ptrace(PTRACE_SYSCALL, id_, nullptr, 0L) == 0;
    const siginfo_t info = goes ? look(WSTOPPED | WEXITED) : siginfo_t{};
    const bool there =
        info.si_code == CLD_TRAPPED && kind_of(info.si_status) == Stop::in_call;
    const auto result = thread_.end_call();
    answer_.exposed += steady_clock::now() - start;
    const auto words = peek();
    if (!put_back() || !there || !result || !words) return std::nullopt;
    if (*result != 0) {
      why_unknown_ = "cannot be asked";
      return std::nullopt;
    }
    return *words != Words{};
  }

  /// After one call that asked, to where it enters its own.
  bool enter_again() {
    if (!AskedThread::kKernelWindsBack) return go_on_to(Stop::in_call);
    return ::ptrace(PTRACE_INTERRUPT, id_, nullptr, 0L) == 0 &&
           go_on_to(Stop::ours) && thread_.was_interrupted() &&
           go_on_to(Stop::in_call);
  }

  /// Soon, and in its call, not in another one.
  bool sleeps_again() {
    wait_until([&] {
      const auto before = task_.switches();
      const auto call = task_.asleep();
      if (!call) return task_.has_ended();
      if (*call != call_) return true;
      if (!before || task_.switches() != before) return false;
      answer_.switches_after = *before;
      return true;
    });
    return answer_.switches_after != 0;
  }

  const ProcessFacts& process_;
  const std::function<void()>& while_held_;
  const ThreadFacts& facts_;
  pid_t id_;
  CallText call_;
  AskedTask task_;
  AskedThread thread_;
  AskedTimers answer_;
  std::string why_unknown_;
  int signal_ = 0;
  std::uint64_t room_ = 0;
  Words before_{};
};

AskedTimers ask_by(const ProcessFacts& process, const ThreadFacts& thread,
                   const CallText& call, Rerun rerun,
                   const std::function<void()>& while_held) {
  AskedTimers answer;
  // The handlers of this program run in its other threads. What is still
  // traced when the thread ends is let go then, dead or alive.
  sigset_t all, before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    std::thread tracer([&] {
      answer = Asking(process, thread, call, rerun, while_held).ask();
    });
    tracer.join();
  } catch (const std::system_error&) {
    answer.why = "cannot be asked: no thread could be started for it";
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return answer;
}

bool is_in(const CallText& call, const ThreadFacts& thread) {
  return call.call == thread.call && call.arguments == thread.arguments &&
         call.pc == thread.pc;
}

#endif

/// With its last thread all its timers went (do_exit() in kernel/exit.c).
bool lives(const ProcessFacts& process) {
  return !process.zombie || !process.threads.empty();
}

AskedTimers all(Answer answer, const std::string& why) {
  AskedTimers asked;
  asked.alarm = asked.timers = answer;
  asked.why = why;
  return asked;
}

}  // namespace

std::string why_not_asked(const ProcessFacts& process) {
  if (!lives(process)) return "";
#ifdef POOLBUGS_CAN_ASK
  const auto found = who_may_be_asked(process);
  return found ? "" : found.error().text;
#else
  return "cannot be asked on this kind of processor";
#endif
}

AskedTimers ask_timers(
    const ProcessFacts& process,
    [[maybe_unused]] const std::function<void()>& while_held) {
  if (!lives(process)) return all(Answer::none, "");
#ifdef POOLBUGS_CAN_ASK
  const auto found = who_may_be_asked(process);
  if (!found) return all(Answer::unknown, found.error().text);
  const AskedTask task(process.id, found->thread->id);
  const auto call = task.asleep();
  if (!call || !is_in(*call, *found->thread))
    return all(Answer::disturbed, "ran meanwhile");
  return ask_by(process, *found->thread, *call, found->rerun, while_held);
#else
  return all(Answer::unknown, why_not_asked(process));
#endif
}

}  // namespace poolbugs::wait
