// Runs programs so that nothing of them can escape or stay behind.
//
// `full`: user, pid, mount and ipc namespaces; private /tmp and /dev/shm of
// limited size, the rest of the file system read-only. `group`: own session,
// and a guard that adopts and ends every descendant; the file system is
// everybody's. Both keep their word when the harness dies by SIGKILL.
//
// Windows has `group` alone: a job object that nobody can leave and that ends
// its processes with its last handle, which is ours; so with us, however we
// die. The file system is everybody's.
//
// macOS has `group` alone, and a weaker one: there is neither a subreaper nor a
// pid namespace, so who is whose is found out by looks (sandbox_run_macos.hpp
// says who can escape), names of shared memory and semaphores cannot be listed,
// and between the death of the harness and that of the runs there is a guard
// process that something else could kill first.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/process_tree.hpp"
#include "platform/result.hpp"
#include "platform/unique_fd.hpp"
#include "platform/wait_reader.hpp"

namespace poolbugs::sandbox {

enum class Mode { full, group };

struct Limits {
  int tasks = 256;                     ///< processes and threads
  std::uint64_t memory = 2ULL << 30;   ///< bytes, of the whole tree
  std::uint64_t disk = 256ULL << 20;   ///< bytes in /tmp, in /dev/shm
  std::uint64_t output = 16ULL << 20;  ///< bytes each of stdout, stderr
  /// For others to end too; up to ten times that while one of them runs.
  std::chrono::milliseconds leak_grace{200};
};

struct Settings {
  std::filesystem::path helper;  ///< the program poolbugs-jail
  std::optional<Mode> mode;      ///< absent: full if it works, else group
  Limits limits;
  /// Folders that runs must see even if they lie below /tmp.
  std::vector<std::filesystem::path> visible;
  /// Folders that they may write besides their own.
  std::vector<std::filesystem::path> writable;
  /// For the helper to answer; one that does not is killed, its run failed.
  std::chrono::milliseconds patience{10'000};
};

/// What is in use, for people.
struct Ability {
  Mode mode = Mode::full;
  std::string why_not_full;   ///< the call that failed; empty in full
  std::string process_limit;  ///< the first mechanism that works
  std::string memory_limit;
};

struct Command {
  std::filesystem::path executable;  ///< absolute
  std::vector<std::string> arguments;
  /// NAME=VALUE; HOME, TMPDIR and PWD are the run's own folder.
  std::vector<std::string> environment;
};

struct Left {
  std::string kind;  ///< process shared-memory semaphore file sysv-ipc stranger
  std::string name;
};

/// What is known when all of a run is gone.
struct Finished {
  std::string failure;  ///< our own fault, and nothing else below is set
  bool exited = false;  ///< the first process ended before end() was called
  /// If it exited and was not killed. 32 bits of Windows are unsigned here:
  /// 3221225477 is 0xC0000005.
  std::int64_t exit_code = 0;
  int signal = 0;  ///< that it died of, or 0
  bool process_limit = false, memory_limit = false, disk_limit = false;
  bool output_limit = false;
  double seconds = 0;  ///< until the first process ended
  double cpu_seconds = 0;
  std::vector<Left> left;
  std::string out, err;  ///< at most Limits::output each
};

/// Names a run while it goes on.
using RunId = int;

struct Event {
  RunId run;
  Finished finished;
};

/// Starts runs in jails (a small helper program, one run at a time each) and
/// tells when they are over. One thread only.
class Sandbox {
 public:
  /// Opens the first jail and tries it with a run of nothing. With a mode
  /// given, an Error if that mode does not work here.
  static Result<std::unique_ptr<Sandbox>> open(const Settings& settings);
  virtual ~Sandbox() = default;

  [[nodiscard]] virtual const Ability& ability() const = 0;

  /// Starts a run, in a free jail or a new one.
  virtual Result<RunId> launch(const Command& command) = 0;

  /// Waits for runs that end, until `deadline` at the latest; returns early if
  /// `wake_descriptor` (kNoDescriptor: none) becomes readable, is signalled on
  /// Windows.
  virtual std::vector<Event> wait(
      std::chrono::steady_clock::time_point deadline,
      Descriptor wake_descriptor) = 0;

  /// A look at the run's processes and threads, oldest first.
  virtual TreeSample sample(RunId run) = 0;
  /// The same processes, for a proof that they can never move again.
  virtual wait::Tree tree(RunId run) = 0;
  /// Bytes that stdout and stderr hold now, the larger of the two.
  [[nodiscard]] virtual std::uint64_t output_size(RunId run) const = 0;
  /// Bytes in its working folder (sandbox `group`), else 0: there the kernel
  /// limits them.
  [[nodiscard]] virtual std::uint64_t disk_used(RunId run) const = 0;
  /// What the run has written so far; finished.out is this, if it was called.
  virtual void keep_output(RunId run) = 0;

  /// SIGTERM to all of the run, SIGKILL after `grace`; its event follows.
  /// Windows knows no such request: there the run goes on for `grace`, and is
  /// then terminated.
  virtual void end(RunId run, std::chrono::milliseconds grace) = 0;
};

}  // namespace poolbugs::sandbox
