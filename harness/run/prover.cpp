#include "harness/run/prover.hpp"

namespace poolbugs::run {
namespace {

/// What was in doubt (the alarm of another program) may be gone by then.
constexpr std::chrono::milliseconds kAgain{250};

}  // namespace

bool Prover::proves(const Watch& watch,
                    const std::function<wait::Tree()>& tree) {
  if (!enabled_ || !watch.at_rest()) return false;
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

void Prover::see(const TreeSample& tree, Clock::time_point at) {
  if (enabled_) pollers_.see(sights(tree), at);
}

bool Prover::proves_at_last(const wait::Tree& tree) {
  if (!enabled_) return false;
  last_ =
      std::make_shared<wait::Examined>(wait::examine(tree, pollers_.pollers()));
  return last_->verdict.proof == wait::Proof::whole;
}

bool Prover::suspects() const {
  return last_ != nullptr && last_->verdict.proof != wait::Proof::none;
}

}  // namespace poolbugs::run
