// The person at the terminal: stop, "what is running?", and where to write.
#pragma once

#include <memory>
#include <optional>

#include "platform/unique_fd.hpp"

namespace poolbugs {

/// While it lives, SIGINT, SIGTERM, SIGHUP and SIGUSR1 arrive through
/// descriptor() instead of ending the process, and keys of a terminal of ours
/// arrive one by one. Destruction restores the terminal and the signals. On
/// Windows Ctrl-C and Ctrl-Break take the place of SIGINT, and the end of the
/// console that of SIGTERM, for which Windows leaves us some seconds.
class Console {
 public:
  Console();
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// Readable (signalled) when a request waits; kNoDescriptor if the system
  /// refused one.
  [[nodiscard]] Descriptor descriptor() const;

  struct Request {
    bool status = false;      ///< the key `t`, or SIGUSR1
    std::optional<int> stop;  ///< the signal that asks us to stop
  };
  /// What has arrived; never blocks.
  Request take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Whether stdout is a terminal.
bool stdout_is_terminal();
/// Columns of the terminal at stdout, 80 if it does not say.
int terminal_width();
/// Ends this process as the signal would have ended it; on Windows, where
/// nobody dies of signals, with the status that Ctrl-C leaves (0xC000013A).
[[noreturn]] void die_of_signal(int number);

}  // namespace poolbugs
