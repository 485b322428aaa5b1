// Whether an alarm is pending can be asked of a process itself, by one of its
// own sleeping threads (ask_timers_linux.cpp has the argument): for everybody
// who may trace it, where /proc/timer_list is not to be read.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "platform/wait_facts.hpp"

namespace poolbugs::wait {

struct AskedTimers {
  enum class Answer {
    none,       ///< none is armed, and none was since the facts
    armed,      ///< at least one
    unknown,    ///< it cannot be asked: `why`
    disturbed,  ///< somebody ran since the facts: ask again with new ones
  };
  Answer alarm = Answer::unknown;   ///< setitimer(ITIMER_REAL), alarm
  Answer timers = Answer::unknown;  ///< timer_create
  std::string why;  ///< for the last two, a phrase after the process' name
  long thread = 0;  ///< that was asked; 0: nobody was interrupted
  /// ThreadFacts::switches of it once it slept again in its call.
  std::uint64_t switches_after = 0;
  /// How long, of all that time, it had other registers than its own.
  std::chrono::nanoseconds exposed{};
};

/// Why the process cannot be asked, a phrase after its name; "" if it can, as
/// far as is to be seen without interrupting anybody.
std::string why_not_asked(const ProcessFacts& process);

/// Asks a process of whose threads `process` says what they wait in. One of
/// them is interrupted some microseconds, and sleeps on in the same call.
/// `while_held`: what a test has come just then; not for others.
AskedTimers ask_timers(const ProcessFacts& process,
                       const std::function<void()>& while_held = {});

}  // namespace poolbugs::wait
