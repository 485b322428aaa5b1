#include "harness/run/prover.hpp"

#include <algorithm>

namespace poolbugs::run {
namespace {

using std::chrono::milliseconds;

/// What was in doubt (the alarm of another program) may be gone by then.
constexpr milliseconds kAgain{250};
/// Between early examinations, while nothing moves.
constexpr milliseconds kSoonest{100}, kLatest{1000};

}  // namespace

bool Prover::proves(const Watch& watch,
                    const std::function<wait::Tree()>& tree) {
  if (!enabled() || !watch.at_rest()) return false;
  const auto now = Clock::now();
  const bool news = last_ == nullptr || watch.last_active() != examined_ ||
                    !last_->facts.disturbed.empty() ||
                    (suspects() && now - at_ >= kAgain);
  if (!news) return false;
  at_ = now;
  last_ = std::make_shared<wait::Examined>(wait::examine(tree()));
  examined_ = watch.last_active();
  return last_->verdict.proof == wait::Proof::whole;
}

void Prover::see(const Look& look) {
  if (!enabled()) return;
  if (settings_.promised) stillness_.see(look.tree, look.output);
  // Where something moves nobody needs to know who polls.
  if (!settings_.promised || stillness_.since() != look.tree.at)
    pollers_.see(sights(look.tree), look.tree.at);
}

bool Prover::believes(const std::function<wait::Tree()>& tree,
                      Clock::time_point at) {
  if (!sees_all()) return false;
  const wait::Pollers pollers = pollers_.pollers();
  const wait::Pollers spinners = stillness_.spinners();
  wait::Pollers movers = pollers;
  movers.insert(spinners.begin(), spinners.end());
  if (movers.empty() || !stillness_.still_but_for(movers)) {
    pause_ = milliseconds(0);
    return false;
  }
  if (pause_.count() > 0 && at < next_) return false;
  pause_ = std::clamp(pause_ * 2, kSoonest, kLatest);
  next_ = at + pause_;
  auto seen = std::make_shared<wait::Examined>(
      wait::examine(tree(), pollers, spinners));
  if (seen->verdict.proof != wait::Proof::but_pollers) return false;
  (settings_.believes ? last_ : kept_) = std::move(seen);
  kept_at_ = at;
  kept_for_ = std::move(movers);
  return settings_.believes;
}

bool Prover::proves_at_last(const wait::Tree& tree) {
  if (!enabled()) return false;
  last_ = std::make_shared<wait::Examined>(
      wait::examine(tree, pollers_.pollers(), stillness_.spinners()));
  // One look may be disturbed, or miss a poller.
  if (!suspects() && kept_ != nullptr &&
      stillness_.still_since(kept_at_, kept_for_))
    last_ = kept_;
  return last_->verdict.proof == wait::Proof::whole;
}

bool Prover::believes_rest() const {
  return settings_.promised && settings_.believes && suspects();
}

bool Prover::suspects() const {
  return last_ != nullptr && last_->verdict.proof != wait::Proof::none;
}

}  // namespace poolbugs::run
