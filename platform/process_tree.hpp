// What the processes and threads of a run do right now.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace poolbugs {

struct ThreadSample {
  long id = 0;                 ///< as this process sees it
  char state = '?';            ///< R S D T t Z X I, as in proc(5); ? unknown
  std::uint64_t cpu_ns = 0;    ///< run so far
  std::uint64_t queue_ns = 0;  ///< wanted to run, but others were on the CPUs
  std::uint64_t switches = 0;  ///< times that it was put on a CPU; 0 unknown
  // Of one in the state R only:
  std::uint64_t user_ticks = 0, system_ticks = 0;  ///< of its CPU time
  std::uint64_t faults = 0;  ///< pages that it touched for the first time
};

struct ProcessSample {
  long id = 0;
  long parent = 0;
  std::uint64_t start_ticks = 0;     ///< any clock's; tells reused ids apart
  std::uint64_t bytes_moved = 0;     ///< by read, write and their like
  std::uint64_t private_memory = 0;  ///< resident and not shared, bytes
  std::vector<ThreadSample> threads;
};

/// Not atomic: processes are read one after another.
struct TreeSample {
  std::chrono::steady_clock::time_point at;
  std::vector<ProcessSample> processes;  ///< parents before children

  [[nodiscard]] int tasks() const;
  [[nodiscard]] std::uint64_t private_memory() const;
};

/// Everything below `root` (and root itself, first, if asked for). Of a tree of
/// more than `most` processes only about so many, and their number alone: to
/// look at each takes longer than a fork bomb gives.
TreeSample sample_tree(long root, std::size_t most = 4096,
                       bool with_root = false);

/// Where a thread is in the kernel.
struct Wait {
  std::string call;  ///< "futex", "read"; "" if it runs or is not to be read
  /// It may come back by itself: it waits with a time-out, or it runs, or how
  /// it waits is not known.
  bool timed = false;
  long number = -1;  ///< of the call; -1 if `call` is ""
  std::array<std::uint64_t, 6> arguments{};
};

/// From /proc/PID/task/TID/syscall (needs ptrace rights). Of Windows `call` is
/// the name of the reason for which the thread waits (KWAIT_REASON), where the
/// system tells it. With a time-out or without has the same reason, so it is
/// `timed` with no `number`; only Sleep, which nearly always ends, has one.
Wait where_it_waits(long process, long thread);

}  // namespace poolbugs
