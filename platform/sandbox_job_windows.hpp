// What a run on Windows consists of: a job object, a folder, output files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "platform/result.hpp"
#include "platform/sandbox.hpp"
#include "platform/snapshot_windows.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs::sandbox {

/// At most so many processes at a time: 48 of 256 tasks. Wine starts some fifty
/// a second where it has the machine for itself, and a storm must pass the
/// limit in the time that a run has.
int most_processes(const Limits& limits);

/// A job that nobody can leave (no breakaway), and that ends with its handle,
/// which is not inherited.
/// https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-jobobject_basic_limit_information
class Job {
 public:
  /// `port` hears of the job's events under `key`, as far as the system sends
  /// them: "messages are intended only as notifications and their delivery to
  /// the completion port is not guaranteed"
  /// (https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-jobobject_associate_completion_port).
  static Result<Job> create(const Limits& limits, Descriptor port,
                            std::uintptr_t key);

  Result<void> add(Descriptor process);
  /// Ends all its processes, some of which may be there for a moment more.
  void terminate();
  /// Whether one of them is there. Wine also counts one whose creator was ended
  /// before it had given it a thread, and never stops counting it.
  [[nodiscard]] bool lives() const;

  /// Those of `all` that are in it, without the hosts of their consoles.
  [[nodiscard]] std::vector<SeenProcess> of(
      const std::vector<SeenProcess>& all) const;
  [[nodiscard]] int active() const;  ///< how many there are, hosts included
  /// Of all that it ever had; 0 if the system does not count (Wine 8).
  [[nodiscard]] double cpu_seconds() const;

 private:
  UniqueFd job_;
};

/// Which limits of a job this system enforces (Wine 8: none).
struct JobLimits {
  bool processes = false, memory = false;
};

/// Tries: two processes that never run, in a job for one.
Result<JobLimits> try_job_limits();

/// Removes the absolute path `folder` with all that is in it, but for what
/// somebody still has open; whether it is gone. Not
/// std::filesystem::remove_all: that of libstdc++ 12 tries for ever while one
/// file stays (measured with a file that was removed and still open, under Wine
/// 8).
bool remove_tree(const std::filesystem::path& folder);

/// A folder of our own that goes with us: whoever opens the next one removes
/// what others left that were killed.
class Folder {
 public:
  static Result<Folder> create();
  Folder(Folder&&) = default;
  Folder& operator=(Folder&&) = default;
  ~Folder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  Folder() = default;
  std::filesystem::path path_;
  UniqueFd owner_;  ///< a file that is there as long as we are
};

/// A file that grows at its end, whoever writes, and goes with its last handle.
class Output {
 public:
  static Result<Output> create(const std::filesystem::path& file);
  /// For one child; the caller closes it when the child has it.
  [[nodiscard]] Result<UniqueFd> for_child() const;
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] std::string read(std::uint64_t most) const;

 private:
  std::filesystem::path path_;
  UniqueFd file_;
};

/// Starts the command in the job, with NUL for stdin and these two outputs, in
/// `folder`, which its HOME, USERPROFILE, TEMP and TMP name too. It inherits
/// no other handle, and its console has no window. The handle of its process.
Result<UniqueFd> start_in_job(const Command& command,
                              const std::filesystem::path& folder, Job& job,
                              const Output& out, const Output& err);

}  // namespace poolbugs::sandbox
