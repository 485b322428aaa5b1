// When to look at a tree, and when to look closely: pure decisions.
#pragma once

#include <chrono>

#include "platform/glance.hpp"

namespace poolbugs::run {

struct QuietSettings {
  std::chrono::milliseconds busy{50};    ///< between looks at one that works
  std::chrono::milliseconds soon{10};    ///< after a look that saw nobody run
  std::chrono::milliseconds still{200};  ///< at most, while nothing changes
  std::chrono::milliseconds idle{1000};  ///< at most, if it waits for outside
  /// No look costs more than this part of the time until the next one.
  double share = 0.005;
};

/// Why an examination proved nothing.
enum class NoProof {
  inside,     ///< somebody of the tree may move by itself: a time-out
  outside,    ///< it waits for somebody outside, or on what is believed
  disturbed,  ///< somebody ran meanwhile, or it could not be read
};

/// A tree that works is looked at every `busy`; one in which nobody runs soon
/// again; one in which nobody ran between two looks is examined at once. After
/// an examination without a proof, and as long as nobody runs, looks become
/// rarer and rarer, and only those that the outside could change are examined
/// again.
class Quiet {
 public:
  using Clock = std::chrono::steady_clock;

  Quiet(const QuietSettings& settings, Clock::time_point start);

  /// True: examine now, and tell examined() what came of it.
  bool glanced(const Glance& glance, Clock::time_point at);
  void examined(NoProof why, Clock::time_point at,
                std::chrono::nanoseconds cost);

  [[nodiscard]] Clock::time_point next_look() const { return next_; }

 private:
  void pause(std::chrono::nanoseconds time, std::chrono::nanoseconds cost,
             Clock::time_point at);

  QuietSettings settings_;
  Clock::time_point next_;
  std::chrono::nanoseconds pause_;
  bool again_ = true;  ///< an examination may say something new
  bool outside_ = false;
  int restless_ = 0;  ///< looks in a row with changes, but nobody running
};

}  // namespace poolbugs::run
