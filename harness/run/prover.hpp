// When to look closely at a run that does not move, and what came of it.
#pragma once

#include <functional>
#include <memory>

#include "harness/run/pollers.hpp"
#include "harness/run/watch.hpp"
#include "platform/examine.hpp"

namespace poolbugs::run {

class Prover {
 public:
  explicit Prover(bool enabled) : enabled_(enabled) {}

  [[nodiscard]] bool enabled() const { return enabled_; }

  /// After each look: true if no thread of the tree can ever run again.
  /// Examines it when nobody ran between two looks, and not again before
  /// somebody did, unless it was disturbed, or doubts may be gone.
  bool proves(const Watch& watch, const std::function<wait::Tree()>& tree);

  /// Who comes round again and again; to be told all the time from kPolling
  /// before the end on.
  void see(const TreeSample& tree, Clock::time_point at);
  static constexpr std::chrono::milliseconds kPolling{1300};

  /// The time of the run is over: true as proves(), and else last() says who is
  /// stuck if those who only come round wake nobody.
  bool proves_at_last(const wait::Tree& tree);

  /// The last examination found nobody who may move, but is no whole proof.
  [[nodiscard]] bool suspects() const;

  /// May be null.
  [[nodiscard]] std::shared_ptr<const wait::Examined> last() const {
    return last_;
  }

 private:
  bool enabled_;
  std::shared_ptr<const wait::Examined> last_;
  Clock::time_point examined_;  ///< as of what activity
  Clock::time_point at_;
  PollerTracker pollers_;
};

}  // namespace poolbugs::run
