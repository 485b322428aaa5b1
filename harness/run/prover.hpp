// When to look closely at a run that does not move, and what came of it.
#pragma once

#include <functional>
#include <memory>

#include "harness/run/pollers.hpp"
#include "harness/run/stillness.hpp"
#include "harness/run/watch.hpp"
#include "platform/examine.hpp"

namespace poolbugs::run {

struct ProverSettings {
  bool enabled = true;  ///< hangs are proved here
  /// The run is to hang.
  bool promised = false;
  /// That is reason enough to believe what is not proved wholly.
  bool believes = false;
};

class Prover {
 public:
  explicit Prover(const ProverSettings& settings) : settings_(settings) {}

  [[nodiscard]] bool enabled() const { return settings_.enabled; }

  /// After each look: true if no thread of the tree can ever run again.
  /// Examines it when nobody ran between two looks, and not again before
  /// somebody did, unless it was disturbed, or doubts may be gone.
  bool proves(const Watch& watch, const std::function<wait::Tree()>& tree);

  /// Who comes round again and again; to be told all the time of a run that is
  /// to hang, of others from kPolling before the end on.
  void see(const Look& look);
  static constexpr std::chrono::milliseconds kPolling{1300};
  [[nodiscard]] bool sees_all() const {
    return settings_.enabled && settings_.promised;
  }

  /// The early verdict, after see(): for a second nothing moved between
  /// processes, pollers and spinners alone ran, and last() says that everybody
  /// else is stuck, if those wake nobody. What they will do after that second
  /// nobody can know: one who comes round a hundred times and then wakes
  /// somebody looks the same. So only what was promised to hang is believed,
  /// and where nothing is to be believed the verdict is kept for the last look.
  bool believes(const std::function<wait::Tree()>& tree, Clock::time_point at);

  /// The last examination found nobody who may move, and though it is no whole
  /// proof that is enough here.
  [[nodiscard]] bool believes_rest() const;

  /// The time of the run is over: true as proves(), and else last() says who is
  /// stuck if those who only come round wake nobody.
  bool proves_at_last(const wait::Tree& tree);

  /// May be null.
  [[nodiscard]] std::shared_ptr<const wait::Examined> last() const {
    return last_;
  }

 private:
  [[nodiscard]] bool suspects() const;

  ProverSettings settings_;
  std::shared_ptr<const wait::Examined> last_, kept_;
  Clock::time_point kept_at_;
  wait::Pollers kept_for_;      ///< who then went on
  Clock::time_point examined_;  ///< as of what activity
  Clock::time_point at_;
  PollerTracker pollers_;
  Stillness stillness_;
  Clock::time_point next_;  ///< not before that the next early examination …
  std::chrono::milliseconds pause_{0};  ///< … so long after the last one
};

}  // namespace poolbugs::run
