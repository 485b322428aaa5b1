// Who ends the runs when the harness cannot: a process that hears of each run,
// and of the end of the harness, by one socket.
#pragma once

#include <sys/types.h>

#include <filesystem>

#include "platform/result.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs::sandbox {

class Guard {
 public:
  /// Forks it, so in a process with one thread.
  Result<void> start();
  /// It sees the socket close, ends what it knows of, and leaves.
  ~Guard();
  Guard() = default;
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  /// Before the run is started: from here on it ends with us. An error: the
  /// guard is gone, nothing may be started.
  Result<void> add(const std::filesystem::path& folder);
  void started(const std::filesystem::path& folder, pid_t first);
  void remove(const std::filesystem::path& folder);

 private:
  bool tell(char what, pid_t first, const std::filesystem::path& folder);

  UniqueFd socket_;
  pid_t pid_ = -1;
};

}  // namespace poolbugs::sandbox
