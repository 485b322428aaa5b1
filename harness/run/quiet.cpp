#include "harness/run/quiet.hpp"

#include <algorithm>

namespace poolbugs::run {

using std::chrono::nanoseconds;

Quiet::Quiet(const QuietSettings& settings, Clock::time_point start)
    : settings_(settings), next_(start + settings.busy), pause_(0) {}

bool Quiet::glanced(const Glance& glance, Clock::time_point at) {
  if (glance.runs || glance.changed) {
    restless_ = glance.runs ? 0 : restless_ + 1;
    again_ = true;
    outside_ = false;
    pause_ = nanoseconds(0);
    // Twice at rest by chance is rare; a ping-pong is so in every look.
    const nanoseconds time =
        glance.runs
            ? settings_.busy
            : std::min<nanoseconds>(settings_.busy, settings_.soon * restless_);
    // The first look at one that came to rest takes no CPU from anybody.
    pause(time, restless_ == 1 ? nanoseconds(0) : glance.cost, at);
    return false;
  }
  restless_ = 0;
  const nanoseconds most = outside_ ? settings_.idle : settings_.still;
  pause_ = std::clamp<nanoseconds>(pause_ * 2, settings_.busy, most);
  pause(pause_, glance.cost, at);
  return again_;
}

void Quiet::examined(NoProof why, Clock::time_point at, nanoseconds cost) {
  again_ = why != NoProof::inside;
  outside_ = why == NoProof::outside;
  pause(pause_, cost, at);
}

void Quiet::pause(nanoseconds time, nanoseconds cost, Clock::time_point at) {
  const auto dear = std::chrono::duration_cast<nanoseconds>(
      std::chrono::duration<double, std::nano>(
          static_cast<double>(cost.count()) / settings_.share));
  next_ = at + std::max(time, std::min<nanoseconds>(dear, settings_.idle));
}

}  // namespace poolbugs::run
