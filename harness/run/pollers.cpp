#include "harness/run/pollers.hpp"

namespace poolbugs::run {
namespace {

constexpr std::chrono::seconds kWithin{1};
constexpr std::size_t kRounds = 3;

}  // namespace

std::vector<Sight> sights(const TreeSample& tree) {
  std::vector<Sight> seen;
  for (const ProcessSample& process : tree.processes)
    for (const ThreadSample& thread : process.threads) {
      const Wait where = where_it_waits(process.id, thread.id);
      if (where.number < 0) continue;
      seen.push_back({process.id, thread.id, process.start_ticks, where.timed,
                      where.number, where.arguments, thread.switches});
    }
  return seen;
}

void PollerTracker::see(const std::vector<Sight>& seen, Clock::time_point at) {
  for (const Sight& sight : seen) {
    const Key key{sight.start_ticks, sight.process, sight.thread};
    if (!sight.timed) {
      tracks_.erase(key);
      continue;
    }
    const Track fresh{sight.call, sight.arguments, sight.switches, at, {}};
    Track& track = tracks_.try_emplace(key, fresh).first->second;
    if (track.call != sight.call || track.arguments != sight.arguments)
      track = fresh;
    // However often it was put on a CPU meanwhile, it was seen once.
    if (track.switches != sight.switches) track.rounds.push_back(at);
    track.switches = sight.switches;
    track.last = at;
    while (!track.rounds.empty() && track.rounds.front() < at - kWithin)
      track.rounds.pop_front();
  }
  std::erase_if(tracks_, [&](const auto& item) {
    return item.second.last < at - kWithin;
  });
}

wait::Pollers PollerTracker::pollers() const {
  wait::Pollers found;
  for (const auto& [key, track] : tracks_)
    if (track.rounds.size() >= kRounds) found.emplace(key.process, key.thread);
  return found;
}

}  // namespace poolbugs::run
