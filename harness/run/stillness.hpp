// Since when nothing moved between the processes of a run, and who burnt CPU
// time all the while: pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <tuple>

#include "platform/process_tree.hpp"
#include "platform/wait_facts.hpp"

namespace poolbugs::run {

/// A spinner ran or wanted a CPU for a second, whenever it was looked at; it
/// spent some of that time in the kernel, and touched no new memory. So looks
/// a loop of system calls that change nothing. One that only computes is none:
/// a worker that will have a result looks the same.
class Stillness {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kWithin{1};

  /// After each look at the run, at least ten times a second. `output`: bytes
  /// that it wrote so far.
  void see(const TreeSample& tree, std::uint64_t output);

  /// Since when no byte was moved, and nobody came or went.
  [[nodiscard]] Clock::time_point since() const { return since_; }

  /// As of the last see().
  [[nodiscard]] wait::Pollers spinners() const;

  /// Nothing moved since then, and nobody but `movers` ran.
  [[nodiscard]] bool still_since(Clock::time_point then,
                                 const wait::Pollers& movers) const;

  /// The same for the last second.
  [[nodiscard]] bool still_but_for(const wait::Pollers& movers) const;

 private:
  struct Spent {  ///< so far
    Clock::time_point at;
    std::uint64_t wanted_ns = 0, user = 0, system = 0, faults = 0;
  };
  struct Key {
    std::uint64_t start_ticks;
    long process, thread;
    auto operator<=>(const Key&) const = default;
  };
  struct Track {
    std::uint64_t cpu_ns = 0, switches = 0;
    Clock::time_point ran;
    bool runs = false;  ///< at the last look, and since from.at
    Spent from, to;
  };
  static void follow(Track& track, const ThreadSample& thread,
                     Clock::time_point at);
  static bool spins(const Track& track);

  Clock::time_point since_, last_;
  std::map<Key, Track> threads_;
  std::map<std::pair<std::uint64_t, long>, std::uint64_t> bytes_;
  std::uint64_t output_ = 0;
};

}  // namespace poolbugs::run
