// Starting a command in our own session and process group, and attending to it
// as if we were not there: its terminal, signals and stops are its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace poolbugs {

/// How the first process of the command ended.
struct CommandEnd {
  std::int64_t code = 0;  ///< exit code, if `signal` is 0
  int signal = 0;         ///< the signal that it died of, or 0
};

/// Why a command was not started, with the status that shells give for it.
struct NotStarted {
  int status = 125;  ///< 126 cannot execute, 127 not found, 125 anything else
  std::string text;
};

/// While it lives, this process is the subreaper of the command's tree (so that
/// nobody in it can leave it), blocks nearly all signals, and takes them from
/// a descriptor. One at a time, in a process with one thread.
///
/// - A signal sent to us by a process outside the tree goes on to the command.
///   What the kernel sends, like the keys of the terminal, has reached the
///   whole process group already, so it goes nowhere. A signal to the group by
///   kill(2) cannot be told from one to us alone: the command gets it twice.
/// - The command stops: we stop by the same signal, so that the shell sees it.
///   Not where no shell with job control is our parent: whoever continues the
///   command then would not continue us.
/// - Somebody continues us: we continue the command if it still does not run;
///   SIGCONT to a command that runs goes nowhere.
///
/// On Windows the tree is a job, which outlives us; Ctrl-C, Ctrl-Break and the
/// end of the console reach all who share it, so they are nothing to us while
/// the command lives; nobody stops or continues. Batch files are not executed:
/// cmd.exe, which reads them, has other rules for arguments.
///
/// On macOS there is no subreaper: who loses its parent has left the tree. And
/// who sent a signal is not told: if we have a terminal, the signals that
/// terminals send are believed to be its own and go nowhere, all others go on.
class Attendance {
 public:
  Attendance();
  ~Attendance();  ///< leaves the tree alone; all as it was before
  Attendance(const Attendance&) = delete;
  Attendance& operator=(const Attendance&) = delete;

  /// Starts command[0], looked for in PATH, with our descriptors, directory,
  /// environment, signal mask and dispositions as they were.
  std::optional<NotStarted> start(const std::vector<std::string>& command);

  /// Attends until the command has ended, at most until `deadline`.
  std::optional<CommandEnd> wait_until(
      std::chrono::steady_clock::time_point deadline);

  /// SIGTERM (and SIGCONT) to all of the tree, SIGKILL to what is left after
  /// `grace`. How many processes did not end even so (stuck in the kernel, or
  /// of somebody else). Windows has nothing to tell the tree alone (Ctrl-Break
  /// would reach all who share the console): there it is terminated at once.
  int end_tree(std::chrono::milliseconds grace);

  [[nodiscard]] long id() const;       ///< of the command
  [[nodiscard]] bool stopped() const;  ///< by a signal, as far as we heard
  /// How long it was stopped altogether: time that does not count.
  [[nodiscard]] std::chrono::steady_clock::duration stopped_for() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Ends this process by the signal, but without a second core file.
[[noreturn]] void die_like(int signal);

}  // namespace poolbugs
