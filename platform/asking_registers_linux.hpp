// Registers of a thread that we stopped in a system call: making it enter
// another call instead, and its own again.
//
// x86-64 (arch/x86/kernel/signal.c, arch_do_signal_or_restart()): a call that
// was interrupted has -ERESTART… in rax and its number in orig_rax while the
// thread is stopped for us; going on it looks at both, winds the instruction
// pointer back, or runs a handler and returns EINTR. Whoever puts the same
// there at the end of another call has it done in the same way, for a stop by
// a detach is left through that code (signal_wake_up_state(), kernel/signal.c).
//
// aarch64 (arch/arm64/kernel/signal.c, do_signal()): it is wound back before
// the thread stops for us, and x0, argument and result in one, is taken from a
// place that we cannot write (orig_x0). So the thread is wound back by hand,
// and let go where it enters its own call. A signal that comes in the some
// microseconds before does not make that call return EINTR, but start anew.
#pragma once

#include <sys/ptrace.h>
#include <sys/user.h>

#include <cstdint>
#include <optional>

#include "platform/asking_calls_linux.hpp"
#include "platform/wait_text_linux.hpp"

namespace poolbugs::wait {

#if (defined(__x86_64__) && defined(__LP64__)) || defined(__aarch64__)
#define POOLBUGS_CAN_ASK 1

class AskedThread {
 public:
  /// `call`: as /proc says that it sleeps in.
  AskedThread(long id, const CallText& call, Rerun rerun)
      : id_(static_cast<pid_t>(id)), call_(call), rerun_(rerun) {}

  /// At the first stop: the call was interrupted and is going to be entered
  /// again. False: something else happened, or it is not what we know.
  bool was_interrupted();
  /// Where it enters its own call. False: as above.
  bool enters_its_call();
  /// There: it is to do this call with two arguments. From here on, if true, it
  /// has registers that are not its own …
  bool replace_call(long number, std::uint64_t first, std::uint64_t second);
  /// … until here, at the end of that call, whose result is returned.
  std::optional<long> end_call();

  /// That its own call goes on as if only interrupted when it is let go
  /// after end_call(); else where it enters its call once more.
  static constexpr bool kKernelWindsBack =
#if defined(__x86_64__)
      true;
#else
      false;
#endif
  /// Below it nothing of the thread's own is kept.
  [[nodiscard]] std::uint64_t end_of_stack() const;

 private:
  bool read(user_regs_struct& registers) const;
  bool write(const user_regs_struct& registers) const;
  [[nodiscard]] bool has_arguments(const user_regs_struct& registers) const;
  [[nodiscard]] bool is_call_instruction() const;

  pid_t id_;
  CallText call_;
  Rerun rerun_;
  user_regs_struct own_{};  ///< where it enters its own call
};

#endif

}  // namespace poolbugs::wait
