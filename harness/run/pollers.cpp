#include "harness/run/pollers.hpp"

namespace poolbugs::run {
namespace {

constexpr std::chrono::seconds kWithin{1};
constexpr std::size_t kRounds = 3;

}  // namespace

void PollerTracker::see(const std::vector<TimedWait>& waits,
                        Clock::time_point at) {
  decltype(tracks_) now;
  for (const TimedWait& wait : waits) {
    const Key key{wait.start_ticks, wait.process, wait.thread};
    const auto known = tracks_.find(key);
    const bool same = known != tracks_.end() &&
                      known->second.call == wait.call &&
                      known->second.arguments == wait.arguments &&
                      known->second.switches <= wait.switches;
    Track track = same ? std::move(known->second)
                       : Track{wait.call, wait.arguments, wait.switches, {}};
    // However often it was put on a CPU meanwhile, it was seen once.
    if (track.switches != wait.switches) track.rounds.push_back(at);
    track.switches = wait.switches;
    while (!track.rounds.empty() && track.rounds.front() < at - kWithin)
      track.rounds.pop_front();
    now.emplace(key, std::move(track));
  }
  tracks_ = std::move(now);
}

wait::Pollers PollerTracker::pollers() const {
  wait::Pollers found;
  for (const auto& [key, track] : tracks_)
    if (track.rounds.size() >= kRounds) found.emplace(key.process, key.thread);
  return found;
}

}  // namespace poolbugs::run
