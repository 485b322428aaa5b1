// The facts of one run. No opinion.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/examine.hpp"
#include "platform/stacks.hpp"

namespace poolbugs::run {

/// How the program's first process ended, if it did before we ended it.
struct Exit {
  /// Exit code, if `signal` is 0; of Windows the 32 bits, unsigned.
  std::int64_t code = 0;
  int signal = 0;  ///< the signal that it died of, or 0
};

/// Why the run is over.
enum class End {
  by_itself,       ///< the first process ended
  proven,          ///< we ended it: no thread of it could ever run again
  quiescent,       ///< we ended it: nothing ran, or only pollers came round
  deadline,        ///< we ended it: its time was over
  limit,           ///< we ended it: it passed a limit
  interrupted,     ///< we ended it: the harness itself was told to stop
  harness_failed,  ///< it never started, or its sandbox died
};

enum class Limit { processes, memory, disk, output };

constexpr std::string_view to_string(Limit limit) {
  switch (limit) {
    case Limit::processes:
      return "processes";
    case Limit::memory:
      return "memory";
    case Limit::disk:
      return "disk";
    case Limit::output:
      return "output";
  }
  return "?";
}

/// A thing that was there after the first process had ended and the grace for
/// the others was over.
struct Leftover {
  enum class Kind { process, shared_memory, semaphore, file, sysv_ipc };
  Kind kind;
  std::string name;  ///< command line, or the path inside the sandbox
};

/// As in the causes of leaks.
constexpr std::string_view to_string(Leftover::Kind kind) {
  switch (kind) {
    case Leftover::Kind::process:
      return "process";
    case Leftover::Kind::shared_memory:
      return "shared-memory";
    case Leftover::Kind::semaphore:
      return "semaphore";
    case Leftover::Kind::file:
      return "file";
    case Leftover::Kind::sysv_ipc:
      return "sysv-ipc";
  }
  return "?";
}

/// One thread of the tree as it was last seen before we ended the run.
struct ThreadSeen {
  std::string process;   ///< role: "parent", "worker 1", "worker 1.1"
  int thread = 1;        ///< 1 is the first thread of its process
  char state = '?';      ///< as in /proc/PID/stat: R, S, D, T, Z …
  std::string waits_in;  ///< system call, "" if it runs
  long process_id = 0, thread_id = 0;
  /// Innermost first; empty if none was taken, or for a dead thread.
  std::vector<stacks::Frame> native = {}, python = {};
};

/// What the tree did in the last stretch before the run was ended by us.
struct Activity {
  double seconds = 0;         ///< length of the stretch
  double cpu_seconds = 0;     ///< of all threads together
  long long switches = 0;     ///< times that any thread was scheduled
  long long bytes_moved = 0;  ///< read and written by any process
  int births = 0;             ///< processes and threads that appeared
  double queue_seconds = 0;   ///< that threads wanted a CPU, and waited for it
};

struct Observation {
  End end = End::harness_failed;
  std::optional<Exit> exit;
  std::string out;  ///< stdout, at most the output limit, any bytes
  std::string err;  ///< stderr, likewise
  bool truncated = false;
  double seconds = 0;      ///< wall time from start to end
  double cpu_seconds = 0;  ///< of the whole tree, as far as it was seen
  std::vector<Limit> limits;
  std::vector<Leftover> left;
  /// Names that appeared in /dev/shm meanwhile, not known to be the run's
  /// (sandbox `group` only).
  std::vector<std::string> strangers;
  std::vector<ThreadSeen> threads;  ///< filled where we ended the run
  Activity last;                    ///< likewise
  /// The last close look before that, where hangs are proved; may be null.
  std::shared_ptr<const wait::Examined> examined;
  std::string failure;  ///< why, for End::harness_failed
};

}  // namespace poolbugs::run
