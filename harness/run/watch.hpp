// When to stop waiting for a run: pure decisions from samples of its tree.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "harness/run/observation.hpp"
#include "platform/process_tree.hpp"

namespace poolbugs::run {

using Clock = std::chrono::steady_clock;

struct WatchSettings {
  /// Nobody ran for this long, and nobody waits with a time-out: quiescent.
  std::chrono::milliseconds quiet{500};
  std::chrono::milliseconds deadline{10'000};
  int tasks = 256;
  std::uint64_t memory = 2ULL << 30;   ///< bytes
  std::uint64_t disk = 256ULL << 20;   ///< bytes
  std::uint64_t output = 16ULL << 20;  ///< bytes
};

/// One look at a run.
struct Look {
  TreeSample tree;
  std::uint64_t output = 0;  ///< bytes
  std::uint64_t disk = 0;    ///< bytes
};

enum class Decision { go_on, quiescent, deadline, limit };

class Watch {
 public:
  Watch(const WatchSettings& settings, Clock::time_point start);

  /// `may_move`: whether the tree may go on by itself although it was quiet
  /// for so long; asked only when everything else says quiescent.
  Decision look(const Look& look, const std::function<bool()>& may_move);

  [[nodiscard]] Clock::time_point next_look() const;
  /// The run needs no CPU now: nobody ran between the last two looks, or those
  /// who only come round used next to nothing of it for a while.
  [[nodiscard]] bool idle() const { return idle_; }
  /// Nobody ran between the last two looks, nor wants to; but somebody may
  /// wait for a disk, or for his child in vfork, which looks the same.
  [[nodiscard]] bool at_rest() const { return at_rest_; }
  /// When somebody was last seen to have run.
  [[nodiscard]] Clock::time_point last_active() const { return last_active_; }
  [[nodiscard]] const std::vector<Limit>& limits() const { return limits_; }
  /// What happened in the last stretch (half the deadline, or all there was).
  [[nodiscard]] Activity last_stretch() const;

 private:
  struct Totals {
    Clock::time_point at;
    std::uint64_t cpu_ns = 0, queue_ns = 0, switches = 0, bytes = 0;
    int births = 0;
    std::size_t threads = 0;  ///< alive
  };
  bool add_activity(const Look& look);
  [[nodiscard]] bool only_polls() const;
  void check_limits(const Look& look);

  WatchSettings settings_;
  Clock::time_point start_, last_active_, last_look_;
  bool idle_ = false, at_rest_ = false;
  bool busy_ = false;  ///< somebody was seen running, or waiting for a disk
  /// Who runs is seen at once, not only when a tick of CPU time is over.
  bool seen_running_ = true;
  std::vector<Limit> limits_;
  std::deque<Totals> history_;
  struct Counters {
    std::uint64_t cpu_ns = 0, queue_ns = 0, switches = 0;
  };
  /// By start of the process and thread.
  std::map<std::pair<std::uint64_t, long>, Counters> threads_;
  std::map<std::pair<std::uint64_t, long>, std::uint64_t> bytes_;
  std::uint64_t output_ = 0;
};

}  // namespace poolbugs::run
