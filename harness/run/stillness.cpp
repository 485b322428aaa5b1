#include "harness/run/stillness.hpp"

#include <utility>

namespace poolbugs::run {
namespace {

/// On a busy machine the time in the queue is counted when it is over.
constexpr double kAllTheTime = 0.85;
/// One tick may hit anybody in an interrupt.
constexpr std::uint64_t kSystemTicks = 3;
constexpr double kSystemShare = 0.05;

}  // namespace

void Stillness::see(const TreeSample& tree, std::uint64_t output) {
  decltype(threads_) threads;
  decltype(bytes_) bytes;
  bool same = output == output_;
  for (const ProcessSample& process : tree.processes) {
    bytes.emplace(std::pair(process.start_ticks, process.id),
                  process.bytes_moved);
    for (const ThreadSample& thread : process.threads) {
      const Key key{process.start_ticks, process.id, thread.id};
      const auto known = threads_.find(key);
      same = same && known != threads_.end();
      Track track = known == threads_.end() ? Track{} : known->second;
      follow(track, thread, tree.at);
      threads.emplace(key, track);
    }
  }
  if (!same || threads.size() != threads_.size() || bytes != bytes_)
    since_ = tree.at;
  threads_ = std::move(threads);
  bytes_ = std::move(bytes);
  output_ = output;
  last_ = tree.at;
}

void Stillness::follow(Track& track, const ThreadSample& thread,
                       Clock::time_point at) {
  const bool runs = thread.state == 'R';
  if (runs || track.cpu_ns != thread.cpu_ns ||
      track.switches != thread.switches)
    track.ran = at;
  track.cpu_ns = thread.cpu_ns;
  track.switches = thread.switches;
  track.to = {at, thread.cpu_ns + thread.queue_ns, thread.user_ticks,
              thread.system_ticks, thread.faults};
  if (!runs || !track.runs || track.from.faults != track.to.faults)
    track.from = track.to;
  track.runs = runs;
}

bool Stillness::spins(const Track& track) {
  const auto time = track.to.at - track.from.at;
  if (!track.runs || time < kWithin) return false;
  const auto wanted =
      static_cast<double>(track.to.wanted_ns - track.from.wanted_ns);
  const std::uint64_t system = track.to.system - track.from.system;
  const std::uint64_t user = track.to.user - track.from.user;
  using Nanoseconds = std::chrono::duration<double, std::nano>;
  return wanted >= kAllTheTime * Nanoseconds(time).count() &&
         system >= kSystemTicks &&
         static_cast<double>(system) >=
             kSystemShare * static_cast<double>(system + user);
}

wait::Pollers Stillness::spinners() const {
  wait::Pollers found;
  for (const auto& [key, track] : threads_)
    if (spins(track)) found.emplace(key.process, key.thread);
  return found;
}

bool Stillness::still_since(Clock::time_point then,
                            const wait::Pollers& movers) const {
  if (threads_.empty() || since_ > then) return false;
  for (const auto& [key, track] : threads_)
    if (track.ran > then && !movers.contains({key.process, key.thread}))
      return false;
  return true;
}

bool Stillness::still_but_for(const wait::Pollers& movers) const {
  return still_since(last_ - kWithin, movers);
}

}  // namespace poolbugs::run
