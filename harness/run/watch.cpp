#include "harness/run/watch.hpp"

#include <algorithm>

namespace poolbugs::run {
namespace {

/// For so long a run that gives its slot back used no more of a CPU than this.
constexpr std::chrono::milliseconds kWhile{500};
constexpr double kNextToNothing = 0.02;

/// A counter that cannot be read any more falls to 0.
std::uint64_t growth(std::uint64_t before, std::uint64_t now) {
  return now > before ? now - before : 0;
}

}  // namespace

Watch::Watch(const WatchSettings& settings, Clock::time_point start)
    : settings_(settings),
      start_(start),
      last_active_(start),
      last_look_(start) {
  history_.push_back({.at = start});
}

/// Adds what happened since the last look to the totals; false if nothing did.
/// Counters of a thread that is gone are kept in the totals.
bool Watch::add_activity(const Look& look) {
  Totals totals = history_.back();
  totals.at = look.tree.at;
  bool active = look.output != output_, runs = false, on_disk = false;
  bool ran_uncounted = false;
  seen_running_ = true;
  output_ = look.output;
  decltype(threads_) threads;
  decltype(bytes_) bytes;
  for (const ProcessSample& process : look.tree.processes) {
    const std::pair key(process.start_ticks, process.id);
    const auto known = bytes_.find(key);
    const std::uint64_t before = known == bytes_.end() ? 0 : known->second;
    totals.bytes += growth(before, process.bytes_moved);
    bytes.emplace(key, process.bytes_moved);
    for (const ThreadSample& thread : process.threads) {
      const std::pair thread_key(process.start_ticks, thread.id);
      const auto old = threads_.find(thread_key);
      const Counters last = old == threads_.end() ? Counters{} : old->second;
      if (old == threads_.end()) ++totals.births;
      totals.cpu_ns += growth(last.cpu_ns, thread.cpu_ns);
      totals.queue_ns += growth(last.queue_ns, thread.queue_ns);
      totals.switches += growth(last.switches, thread.switches);
      // Where switches are not counted, who ran shows in its CPU time alone.
      if (thread.switches == 0 && thread.cpu_ns > last.cpu_ns)
        ran_uncounted = true;
      if (thread.state == '?') seen_running_ = false;
      if (thread.state == 'R') runs = true;
      if (thread.state == 'D') on_disk = true;
      threads.emplace(thread_key, Counters{thread.cpu_ns, thread.queue_ns,
                                           thread.switches});
    }
  }
  const Totals& before = history_.back();
  active = active || runs || ran_uncounted ||
           totals.switches != before.switches ||
           totals.births != before.births || totals.bytes != before.bytes ||
           threads.size() != threads_.size();
  at_rest_ = !active;
  busy_ = runs || on_disk;
  threads_ = std::move(threads);
  bytes_ = std::move(bytes);
  totals.threads = threads_.size();
  history_.push_back(totals);
  while (history_.size() > 2 &&
         history_[1].at <= totals.at - settings_.deadline / 2)
    history_.pop_front();
  return active || on_disk;
}

/// Whoever ran was a poller: one that wakes ten times a second uses some
/// thousandths of a CPU. (The history is in order of time.)
bool Watch::only_polls() const {
  if (busy_) return false;
  const Totals& now = history_.back();
  const auto after =
      std::ranges::upper_bound(history_, now.at - kWhile, {}, &Totals::at);
  if (after == history_.begin()) return false;  // too young
  const Totals& then = *std::prev(after);
  using Nanoseconds = std::chrono::duration<double, std::nano>;
  return now.bytes == then.bytes && now.births == then.births &&
         now.threads == then.threads &&
         static_cast<double>(now.cpu_ns - then.cpu_ns) <=
             kNextToNothing * Nanoseconds(now.at - then.at).count();
}

void Watch::check_limits(const Look& look) {
  const auto pass = [&](bool passed, Limit limit) {
    if (passed &&
        std::find(limits_.begin(), limits_.end(), limit) == limits_.end())
      limits_.push_back(limit);
  };
  pass(look.tree.tasks() >= settings_.tasks, Limit::processes);
  pass(look.tree.private_memory() > settings_.memory, Limit::memory);
  pass(look.output > settings_.output, Limit::output);
  pass(look.disk > settings_.disk, Limit::disk);
}

Decision Watch::look(const Look& look, const std::function<bool()>& may_move) {
  last_look_ = look.tree.at;
  const bool active = add_activity(look);
  if (active) last_active_ = look.tree.at;
  idle_ = (!active && seen_running_) || only_polls();
  check_limits(look);
  if (!limits_.empty()) return Decision::limit;
  if (look.tree.at - last_active_ >= settings_.quiet &&
      !look.tree.processes.empty() && !may_move())
    return Decision::quiescent;
  return look.tree.at - start_ >= settings_.deadline ? Decision::deadline
                                                     : Decision::go_on;
}

Clock::time_point Watch::next_look() const {
  using std::chrono::milliseconds;
  // Often while it is young, when most is decided; later it costs too much.
  const auto age =
      std::chrono::duration_cast<milliseconds>(last_look_ - start_);
  const auto pause = std::clamp(age / 4, milliseconds(10), milliseconds(50));
  return std::min(last_look_ + pause, start_ + settings_.deadline);
}

Activity Watch::last_stretch() const {
  const Totals& from = history_.front();
  const Totals& to = history_.back();
  Activity activity;
  activity.seconds = std::chrono::duration<double>(to.at - from.at).count();
  activity.cpu_seconds = static_cast<double>(to.cpu_ns - from.cpu_ns) * 1e-9;
  activity.queue_seconds =
      static_cast<double>(to.queue_ns - from.queue_ns) * 1e-9;
  activity.switches = static_cast<long long>(to.switches - from.switches);
  activity.bytes_moved = static_cast<long long>(to.bytes - from.bytes);
  activity.births = to.births - from.births;
  return activity;
}

}  // namespace poolbugs::run
