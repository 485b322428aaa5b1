// The processes and files of one run, where nobody adopts orphans.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "platform/libproc_macos.hpp"
#include "platform/sandbox.hpp"

namespace poolbugs::sandbox {

/// A process is the run's if it is in the session of the first one, or its
/// parent was seen to be the run's, or (an orphan) it was started with TMPDIR
/// naming the run's folder. So one escapes that has left the session, lost its
/// parent before it was seen, and was started with another environment, or is
/// one of Apple's own programs.
class RunProcesses {
 public:
  /// `first` is 0 if it is not known. Nobody who was started before `since_us`
  /// (microseconds since 1970) is asked for his environment.
  RunProcesses(pid_t first, const std::filesystem::path& folder,
               std::uint64_t since_us = 0);

  /// Who lives, oldest first.
  std::vector<libproc::Process> living();
  void signal(int number);
  /// Stops and kills until nobody is left; false if somebody is by then.
  bool kill_all(std::chrono::milliseconds patience);

 private:
  [[nodiscard]] bool is_ours(const libproc::Process& process) const;

  pid_t first_;
  std::string mark_;
  std::uint64_t since_us_;
  std::map<pid_t, std::uint64_t> known_;  ///< when each was started
};

/// "file $TMPDIR/…" for everything in the folder, some levels deep.
std::vector<Left> files_left(const std::filesystem::path& folder);
void remove_folder(const std::filesystem::path& folder);

}  // namespace poolbugs::sandbox
