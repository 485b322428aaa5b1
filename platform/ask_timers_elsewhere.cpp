#include "platform/ask_timers.hpp"

namespace poolbugs::wait {

std::string why_not_asked(const ProcessFacts&) {
  return "cannot be asked on this system";
}

AskedTimers ask_timers(const ProcessFacts& process,
                       const std::function<void()>&) {
  AskedTimers asked;
  asked.why = why_not_asked(process);
  return asked;
}

}  // namespace poolbugs::wait
