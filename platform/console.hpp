// The person at the terminal: stop, "what is running?", and where to write.
#pragma once

#include <memory>
#include <optional>

namespace poolbugs {

/// While it lives, SIGINT, SIGTERM, SIGHUP and SIGUSR1 arrive through
/// descriptor() instead of ending the process, and keys of a terminal of ours
/// arrive one by one. Destruction restores the terminal and the signals.
class Console {
 public:
  Console();
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// Readable when a request waits; -1 if the system refused one.
  [[nodiscard]] int descriptor() const { return poll_; }

  struct Request {
    bool status = false;      ///< the key `t`, or SIGUSR1
    std::optional<int> stop;  ///< the signal that asks us to stop
  };
  /// What has arrived; never blocks.
  Request take();

 private:
  int poll_ = -1, signals_ = -1;
  bool keys_ = false;  ///< the terminal's mode is changed
  struct Saved;
  std::unique_ptr<Saved> saved_;
};

/// Whether stdout is a terminal.
bool stdout_is_terminal();
/// Columns of the terminal at stdout, 80 if it does not say.
int terminal_width();
/// Ends this process as the signal would have ended it.
[[noreturn]] void die_of_signal(int number);

}  // namespace poolbugs
