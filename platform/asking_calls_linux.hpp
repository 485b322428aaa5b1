// Which blocked threads may be interrupted without their noticing.
#pragma once

#include "platform/result.hpp"
#include "platform/wait_facts.hpp"

namespace poolbugs::wait {

/// What a call returns to the kernel itself when it is interrupted, so that it
/// is entered again unless there is a handler to run (include/linux/errno.h).
enum class Rerun : long {
  unless_no_restart = 512,  ///< ERESTARTSYS: or the handler has no SA_RESTART
  always = 513,             ///< ERESTARTNOINTR
  unless_handled = 514,     ///< ERESTARTNOHAND
};
/// ERESTART_RESTARTBLOCK: goes on as restart_syscall(2).
inline constexpr long kRestartBlock = 516;

struct AskedChoice {
  const ThreadFacts* thread = nullptr;  ///< into the facts
  Rerun rerun{};
};

/// The first thread that may be interrupted; or why there is none, a phrase
/// after the process' name.
Result<AskedChoice> who_may_be_asked(const ProcessFacts& process);

}  // namespace poolbugs::wait
