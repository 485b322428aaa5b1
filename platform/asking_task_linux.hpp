// A thread that is asked, as /proc shows it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/wait_text_linux.hpp"

namespace poolbugs::wait {

class AskedTask {
 public:
  AskedTask(long process, long thread);

  [[nodiscard]] bool has_ended() const;
  /// As ThreadFacts::switches.
  [[nodiscard]] std::optional<std::uint64_t> switches() const;
  /// Where it sleeps, if it does.
  [[nodiscard]] std::optional<CallText> asleep() const;
  /// Why it must not be asked, a phrase, or null.
  [[nodiscard]] const char* why_not() const;
  /// Signals wait for it, or its process, that it does not block.
  [[nodiscard]] bool has_signals() const;

 private:
  [[nodiscard]] std::string read(const char* file) const;
  [[nodiscard]] char state() const;

  std::string folder_;
};

/// The POSIX timers that a process has; nothing if that is not to be known.
std::optional<std::vector<int>> listed_timers(long process);

}  // namespace poolbugs::wait
