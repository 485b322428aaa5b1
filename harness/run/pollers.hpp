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

#include "platform/process_tree.hpp"
#include "platform/wait_reader.hpp"

namespace poolbugs::run {

/// A thread, seen asleep in a system call.
struct Sight {
  long process = 0, thread = 0;
  std::uint64_t start_ticks = 0;  ///< of the process; tells reused ids apart
  bool timed = false;             ///< the call ends by itself
  long call = -1;
  std::array<std::uint64_t, 6> arguments{};
  std::uint64_t switches = 0;  ///< times that the thread was put on a CPU
};

/// Where every thread of the sample that sleeps now is. Asks the system.
std::vector<Sight> sights(const TreeSample& tree);

/// A poller came round at least three times in a second with the same timed
/// system call and arguments. Only what was seen counts: between two sights it
/// may have done anything else, so look at least ten times a second.
class PollerTracker {
 public:
  using Clock = std::chrono::steady_clock;

  /// What was seen at one time. Who is not among them just ran.
  void see(const std::vector<Sight>& seen, Clock::time_point at);

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
    Clock::time_point last;
    std::deque<Clock::time_point> rounds;  ///< when it was seen to have come
  };
  std::map<Key, Track> tracks_;
};

}  // namespace poolbugs::run
