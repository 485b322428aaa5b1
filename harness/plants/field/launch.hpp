// Starts a program of program.hpp below this process, and wakes it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/plants/field/program.hpp"
#include "platform/unique_fd.hpp"
#include "platform/wait_reader.hpp"

namespace poolbugs::field {

/// Why it cannot be run here, a phrase; "" if it can.
std::string lacks(const Program& program);

/// A program in a session of its own, in an empty folder, with the default
/// action of every signal. Destroying it ends everything below this process,
/// which is a subreaper from then on.
class Launched {
 public:
  /// `before` is put in front of the command: poolbugs watch …
  Launched(const Program& program, bool on_a_terminal,
           const std::vector<std::string>& before = {});
  ~Launched();
  Launched(const Launched&) = delete;
  Launched& operator=(const Launched&) = delete;

  [[nodiscard]] pid_t id() const { return id_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// As its watcher has it (`ours`), or as anybody else who looks at it.
  [[nodiscard]] wait::Tree tree(bool ours) const;
  /// All that it wrote to its output and error output until now.
  std::string output();
  /// Once it has ended: its status, 128 + signal.
  std::optional<int> ended();

  /// Of the process `id`, which may be somebody's below id().
  void wake(Wake how, pid_t id);
  /// A connection that stays open.
  void request(const std::string& socket);

 private:
  [[noreturn]] void execute(std::vector<std::string> words, int terminal) const;

  std::filesystem::path folder_;
  std::string name_;  ///< {name}
  UniqueFd master_, connection_;
  std::string heard_;  ///< from the terminal
  std::vector<wait::FileId> handed_down_;
  pid_t id_ = 0;
  std::optional<int> status_;
};

}  // namespace poolbugs::field
