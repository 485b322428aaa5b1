// Who comes round again and again by itself: pure.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "platform/wait_reader.hpp"

namespace poolbugs::run {

/// A thread, seen asleep in a system call that ends by itself.
struct TimedWait {
  long process = 0, thread = 0;
  std::uint64_t start_ticks = 0;  ///< of the process; tells reused ids apart
  long call = -1;
  std::array<std::uint64_t, 6> arguments{};
  std::uint64_t switches = 0;  ///< times that it was put on a CPU
};

/// A poller came round at least three times in a second with the same timed
/// system call and arguments. Only what was seen counts: between two sights it
/// may have done anything else, so look at least ten times a second.
class PollerTracker {
 public:
  using Clock = std::chrono::steady_clock;

  /// All timed waits that were seen at one time. Who is not among them (it
  /// ran, or waited for something else) has done something else.
  void see(const std::vector<TimedWait>& waits, Clock::time_point at);

  /// Those who are pollers as of the last see().
  [[nodiscard]] wait::Pollers pollers() const;

 private:
  struct Key {
    std::uint64_t start_ticks;
    long process, thread;
    auto operator<=>(const Key&) const = default;
  };
  struct Track {
    long call;
    std::array<std::uint64_t, 6> arguments;
    std::uint64_t switches;
    std::deque<Clock::time_point> rounds;  ///< when it was seen to have come
  };
  std::map<Key, Track> tracks_;
};

}  // namespace poolbugs::run
