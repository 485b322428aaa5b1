// Why a tracer thread of its own: PTRACE_DETACH wants a stopped tracee, so one
// that does not stop cannot be let go, nor can any if we fail half way. When
// the tracer ends "all tracees are automatically detached and restarted, unless
// they were in group-stop" (ptrace(2), "Attaching and detaching"), and the
// tracer is a thread. That is also the only way to lose a thread that ended
// while it was traced.
//
// Why SEIZE and INTERRUPT: no SIGSTOP is sent that could be taken for a real
// one or stay behind, and a stopped process stays stopped (ptrace(2),
// "Group-stop"). Why waitid: without WEXITED it takes no zombie
// (wait_task_zombie in kernel/exit.c), and __WNOTHREAD leaves out the children
// of our other threads; this thread has none.
#include "platform/stacks_capture_linux.hpp"

#include <elf.h>
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <map>
#include <string_view>
#include <thread>

#include "platform/proc_linux.hpp"
#include "platform/result.hpp"

namespace poolbugs::stacks {
namespace {

using std::chrono::steady_clock;

constexpr auto patience = std::chrono::seconds(1);
/// In uninterruptible sleep a thread seldom wakes by itself.
constexpr auto patience_if_uninterruptible = std::chrono::milliseconds(100);
constexpr std::size_t stack_copied = 64 * 1024;

std::string task_path(long process, long thread, std::string_view file) {
  return "/proc/" + std::to_string(process) + "/task/" +
         std::to_string(thread) + "/" + std::string(file);
}

char state_of(long process, long thread) {
  const std::string stat =
      proc::read_file(task_path(process, thread, "stat").c_str());
  const std::string state = proc::stat_field(stat, 3);
  return state.empty() ? '\0' : state[0];
}

/// The value of a line "NAME:\tvalue" of status, "" if there is none.
std::string status_line(const std::string& status, std::string_view name) {
  const std::string key = "\n" + std::string(name) + ":";
  std::size_t start = status.find(key);
  if (start == std::string::npos) return {};
  start = status.find_first_not_of(" \t", start + key.size());
  if (start == std::string::npos) return {};
  return status.substr(start, status.find('\n', start) - start);
}

/// The last number of NSpid: as the innermost namespace names it.
long inner_id(long process, long thread) {
  const std::string ids = status_line(
      proc::read_file(task_path(process, thread, "status").c_str()), "NSpid");
  return std::atol(ids.c_str() + ids.find_last_of(" \t") + 1);
}

std::string why_not_seized(long process, long thread, int error) {
  const std::string tracer =
      status_line(proc::read_file(task_path(process, thread, "status").c_str()),
                  "TracerPid");
  if (!tracer.empty() && tracer != "0")
    return "process " + tracer + " traces it already";
  return errno_error("ptrace", error).text;
}

#if defined(__x86_64__)
void set_registers(CapturedThread& thread, const user_regs_struct& regs) {
  // System V ABI, AMD64 supplement: DWARF register number mapping.
  thread.registers = {regs.rax, regs.rdx, regs.rcx, regs.rbx, regs.rsi,
                      regs.rdi, regs.rbp, regs.rsp, regs.r8,  regs.r9,
                      regs.r10, regs.r11, regs.r12, regs.r13, regs.r14,
                      regs.r15, regs.rip};
  thread.pc = regs.rip;
  thread.stack_pointer = regs.rsp;
  thread.thread_pointer = regs.fs_base;
}
#elif defined(__aarch64__)
void set_registers(CapturedThread& thread, const user_regs_struct& regs) {
  // DWARF for the Arm 64-bit Architecture: x0 to x30, then sp.
  thread.registers.assign(std::begin(regs.regs), std::end(regs.regs));
  thread.registers.push_back(regs.sp);
  thread.pc = regs.pc;
  thread.stack_pointer = regs.sp;
  std::uint64_t pointer = 0;
  iovec to{&pointer, sizeof pointer};
  if (::ptrace(PTRACE_GETREGSET, static_cast<pid_t>(thread.id), NT_ARM_TLS,
               &to) == 0)
    thread.thread_pointer = pointer;
}
#else
#error "which registers are where?"
#endif

/// Registers and stack of a stopped thread.
void copy_state(CapturedThread& thread) {
  user_regs_struct regs{};
  iovec to{&regs, sizeof regs};
  if (::ptrace(PTRACE_GETREGSET, static_cast<pid_t>(thread.id), NT_PRSTATUS,
               &to) != 0) {
    thread.failure = errno_error("ptrace", errno).text;
    return;
  }
  if (to.iov_len != sizeof regs) {
    thread.failure = "is a 32 bit process";
    return;
  }
  set_registers(thread, regs);
  // A stack seldom ends at the end of a copy, and read(2) of memory is short
  // there: page by page.
  LiveMemory memory(thread.id);
  std::uint64_t at = thread.stack_pointer;
  while (thread.stack.size() < stack_copied) {
    const std::size_t size = 4096 - at % 4096;
    const std::size_t before = thread.stack.size();
    thread.stack.resize(before + size);
    if (!memory.read(at, std::span(thread.stack).subspan(before))) {
      thread.stack.resize(before);
      return;
    }
    at += size;
  }
}

/// What a tracee that we seized does.
struct Tracee {
  bool stopped = false;
  int signal = 0;  ///< to deliver to it when it goes on
  bool gave_up = false;
};

/// All threads of one process, traced by the thread that calls.
class Stop {
 public:
  explicit Stop(long process) : process_(process) {}
  Stop(const Stop&) = delete;
  Stop& operator=(const Stop&) = delete;
  /// What did not stop goes on when the tracer thread ends.
  ~Stop() {
    for (const auto& [id, tracee] : tracees_)
      if (tracee.stopped)
        ::ptrace(PTRACE_DETACH, static_cast<pid_t>(id), nullptr,
                 static_cast<long>(tracee.signal));
  }

  Captured run(const std::function<void(Memory&)>& while_stopped) {
    Captured all;
    // A thread that still runs may start others.
    const auto deadline = steady_clock::now() + patience;
    for (bool more = true; more && steady_clock::now() < deadline;) {
      more = seize_new(all);
      wait_until(deadline);
    }
    long stopped = 0;
    for (const auto& [id, tracee] : tracees_) {
      all.threads.push_back(look_at(id, tracee));
      if (tracee.stopped) stopped = id;
    }
    if (stopped != 0) {
      LiveMemory live(stopped);  // the first thread may have ended
      PagedMemory memory(live);
      while_stopped(memory);
    }
    std::ranges::sort(all.threads, {}, &CapturedThread::id);
    if (all.threads.empty()) all.failure = "it has ended";
    return all;
  }

 private:
  /// Whether there were new ones.
  bool seize_new(Captured& all) {
    bool more = false;
    const std::string folder = "/proc/" + std::to_string(process_) + "/task";
    for (const pid_t id : proc::numbered_entries(folder.c_str())) {
      if (tracees_.contains(id) ||
          std::ranges::count(all.threads, id, &CapturedThread::id) != 0)
        continue;
      if (::ptrace(PTRACE_SEIZE, id, nullptr, 0L) == 0) {
        ::ptrace(PTRACE_INTERRUPT, id, nullptr, 0L);
        tracees_[id];
        more = true;
        continue;
      }
      const int error = errno;
      const char state = state_of(process_, id);
      if (error == ESRCH || state == '\0' || state == 'Z' || state == 'X')
        continue;
      CapturedThread& thread = all.threads.emplace_back();
      thread.id = id;
      thread.failure = why_not_seized(process_, id, error);
    }
    return more;
  }

  /// Until all have stopped, ended, or look as if they never would.
  void wait_until(steady_clock::time_point deadline) {
    const auto start = steady_clock::now();
    int pause_ms = 0;
    while (take_stops() && steady_clock::now() < deadline) {
      if (steady_clock::now() - start > patience_if_uninterruptible)
        give_up_on_sleepers();
      // Most stop within 50 µs: first we only let others run.
      if (pause_ms == 0)
        std::this_thread::yield();
      else
        ::poll(nullptr, 0, pause_ms);
      if (steady_clock::now() - start > std::chrono::milliseconds(1))
        pause_ms = std::min(pause_ms + 1, 10);
    }
  }

  /// Whether some are still on their way.
  bool take_stops() {
    siginfo_t info{};
    while (::waitid(P_ALL, 0, &info,
                    WSTOPPED | WNOHANG | __WALL | __WNOTHREAD) == 0 &&
           info.si_pid != 0) {
      Tracee& tracee = tracees_[info.si_pid];
      tracee.stopped = true;
      // "(PTRACE_EVENT_STOP << 8) | signal" where we or a stop signal stopped
      // it, else the signal that was about to be delivered.
      const int event = info.si_status >> 8;
      tracee.signal = event == 0 ? info.si_status & 0x7f : 0;
      info = {};
    }
    return std::ranges::any_of(tracees_, [this](const auto& entry) {
      const auto& [id, tracee] = entry;
      if (tracee.stopped || tracee.gave_up) return false;
      const char state = state_of(process_, id);
      return state != '\0' && state != 'Z' && state != 'X';
    });
  }

  void give_up_on_sleepers() {
    for (auto& [id, tracee] : tracees_)
      if (!tracee.stopped && state_of(process_, id) == 'D')
        tracee.gave_up = true;
  }

  [[nodiscard]] CapturedThread look_at(long id, const Tracee& tracee) const {
    CapturedThread thread;
    thread.id = id;
    if (tracee.stopped) {
      thread.inner_id = inner_id(process_, id);
      copy_state(thread);
      return thread;
    }
    const char state = state_of(process_, id);
    thread.failure = state == 'D'    ? "in uninterruptible sleep"
                     : state == '\0' ? "has ended"
                     : state == 'Z' || state == 'X'
                         ? "has ended"
                         : "did not stop within a second";
    return thread;
  }

  long process_;
  std::map<long, Tracee> tracees_;
};

}  // namespace

Captured capture(long process,
                 const std::function<void(Memory&)>& while_stopped) {
  Captured captured;
  // The handlers of this program run in its other threads.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread tracer([&] { captured = Stop(process).run(while_stopped); });
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  tracer.join();
  return captured;
}

}  // namespace poolbugs::stacks
