#include "harness/run/runner.hpp"

#include <algorithm>
#include <list>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/run/prover.hpp"
#include "harness/run/roles.hpp"

namespace poolbugs::run {
namespace {

using sandbox::Finished;
using sandbox::RunId;

struct Going {
  const plan::PlannedRun* planned;
  RunId id;
  Clock::time_point since;
  Watch watch;
  Prover prover;
  bool only_hangs;  ///< whatever is promised of it
  Observation seen;
  bool ended_by_us = false;
  bool was_alive = false;  ///< its first process, when we decided to end it
};

std::vector<Leftover> leftovers(const Finished& finished,
                                std::vector<std::string>& strangers) {
  using Kind = Leftover::Kind;
  std::vector<Leftover> left;
  for (const sandbox::Left& one : finished.left) {
    if (one.kind == "stranger") strangers.push_back(one.name);
    for (const Kind kind : {Kind::process, Kind::shared_memory, Kind::semaphore,
                            Kind::file, Kind::sysv_ipc})
      if (to_string(kind) == one.kind) left.push_back({kind, one.name});
  }
  return left;
}

void add_limit(Observation& seen, bool passed, Limit limit) {
  if (passed && std::find(seen.limits.begin(), seen.limits.end(), limit) ==
                    seen.limits.end())
    seen.limits.push_back(limit);
}

bool is_hang(const catalogue::Promise& promise) {
  return promise.outcome == catalogue::Outcome::hang;
}

/// So many times the usual quiet (then two seconds) is believed.
constexpr int kBelieved = 4;

class Runner {
 public:
  Runner(const std::vector<plan::PlannedRun>& plan, sandbox::Sandbox& sandbox,
         const RunSettings& settings, Observer& observer)
      : plan_(plan),
        sandbox_(sandbox),
        settings_(settings),
        observer_(observer) {}

  void run() {
    while (next_ < plan_.size() || !going_.empty()) {
      start_some();
      if (going_.empty()) continue;
      const auto events =
          sandbox_.wait(next_time(), observer_.wake_descriptor());
      for (const sandbox::Event& event : events) finish(event);
      start_some();  // so that nobody waits for what is done with results
      for (const auto& [planned, seen] : finished_)
        observer_.finished(*planned, seen);
      finished_.clear();
      if (is_descriptor(observer_.wake_descriptor()) && events.empty() &&
          !interrupted_ && !observer_.woken(active()))
        interrupt();
      look_at_due();
      observer_.progress(active());
    }
  }

 private:
  void start_some() {
    while (next_ < plan_.size() && has_room()) {
      const plan::PlannedRun& planned = plan_[next_++];
      if (interrupted_ || !planned.unsupported.empty()) continue;
      start(planned);
    }
  }

  [[nodiscard]] bool has_room() const {
    const auto idle =
        std::count_if(going_.begin(), going_.end(),
                      [](const Going& one) { return one.watch.idle(); });
    const auto busy = static_cast<std::ptrdiff_t>(going_.size()) - idle;
    return busy < settings_.jobs &&
           static_cast<int>(going_.size()) < settings_.jobs + settings_.waiting;
  }

  void start(const plan::PlannedRun& planned) {
    std::vector<std::string> environment = settings_.environment;
    environment.insert(environment.end(), planned.environment.begin(),
                       planned.environment.end());
    const auto id =
        sandbox_.launch({planned.executable, planned.arguments, environment});
    if (!id) {
      Observation seen;
      seen.failure = id.error().text;
      observer_.finished(planned, seen);
      return;
    }
    const auto now = Clock::now();
    going_.push_back({&planned,
                      *id,
                      now,
                      Watch(settings_.watch, now),
                      Prover(prover_settings(planned)),
                      std::ranges::all_of(planned.promised, is_hang),
                      {}});
  }

  [[nodiscard]] ProverSettings prover_settings(
      const plan::PlannedRun& planned) const {
    return {.enabled = settings_.proofs && planned.proof,
            .promised = std::ranges::any_of(planned.promised, is_hang),
            .believes = !settings_.full_time};
  }

  [[nodiscard]] Clock::time_point next_time() const {
    // A second at most, so that the progress line lives.
    auto time = Clock::now() + std::chrono::seconds(1);
    for (const Going& one : going_)
      if (!one.ended_by_us) time = std::min(time, one.watch.next_look());
    return time;
  }

  void look_at_due() {
    const auto now = Clock::now();
    for (Going& one : going_)
      if (!one.ended_by_us && one.watch.next_look() <= now) look_at(one);
  }

  void look_at(Going& one) {
    Look look{sandbox_.sample(one.id), sandbox_.output_size(one.id),
              sandbox_.disk_used(one.id)};
    const Decision decision =
        one.watch.look(look, [&] { return may_move(one, look.tree); });
    const auto tree = [&] { return sandbox_.tree(one.id); };
    if (decision != Decision::limit && one.prover.proves(one.watch, tree)) {
      end(one, End::proven, look.tree);
      return;
    }
    if (one.prover.sees_all() ||
        look.tree.at + Prover::kPolling >= one.since + settings_.watch.deadline)
      one.prover.see(look);
    switch (decision) {
      case Decision::go_on:
        if (one.prover.believes(tree, look.tree.at))
          end(one, End::quiescent, look.tree);
        return;
      case Decision::quiescent:
        end(one, End::quiescent, look.tree);
        return;
      case Decision::deadline:
        end(one,
            one.prover.proves_at_last(tree()) ? End::proven : End::deadline,
            look.tree);
        return;
      case Decision::limit:
        end(one, End::limit, look.tree);
        return;
    }
  }

  /// Where hangs are proved, quiet alone is none: somebody may have set an
  /// alarm. One that was promised is believed without that last step.
  ///
  /// Where they are not proved, one in which nobody waits with a time-out is
  /// stuck. Where a system does not tell time-outs (Windows, macOS) a hang and
  /// a nap look the same, so quiet lasts until the deadline there, but for runs
  /// of which nothing but a hang is promised: they are believed after a longer
  /// quiet. So no run that may be healthy is ever called hung before its time;
  /// and with --full-time none at all.
  [[nodiscard]] bool may_move(const Going& one, const TreeSample& tree) const {
    if (one.prover.enabled()) return !one.prover.believes_rest();
    switch (time_outs(tree)) {
      case TimeOuts::none:
        return false;
      case TimeOuts::some:
        return true;
      case TimeOuts::unknown:
        break;
    }
    return !one.only_hangs || settings_.full_time ||
           tree.at - one.watch.last_active() <
               kBelieved * settings_.watch.quiet;
  }

  enum class TimeOuts { none, some, unknown };

  /// The stopped and the dead wait for nothing.
  static TimeOuts time_outs(const TreeSample& tree) {
    constexpr std::string_view kStill = "TtZX";
    TimeOuts found = TimeOuts::none;
    for (const ProcessSample& process : tree.processes)
      for (const ThreadSample& thread : process.threads) {
        if (kStill.find(thread.state) != kStill.npos) continue;
        const Wait where = where_it_waits(process.id, thread.id);
        if (where.timed && where.number >= 0) return TimeOuts::some;
        if (where.timed) found = TimeOuts::unknown;
      }
    return found;
  }

  /// Taking stacks and SIGTERM change what it does (an interrupted write is a
  /// short one): nothing of what it does or says from here on is evidence.
  void end(Going& one, End why, const TreeSample& tree) {
    one.ended_by_us = true;
    one.seen.end = why;
    one.seen.last = one.watch.last_stretch();
    one.was_alive = why == End::limit || first_lives(one, tree);
    if (one.was_alive) sandbox_.keep_output(one.id);
    if (why != End::limit && why != End::interrupted) {
      one.seen.threads = threads_seen(tree);
      one.seen.examined = one.prover.last();
      number_by_deed(one.seen);
      add_stacks(one.seen.threads);
    }
    // A runaway gets no time to run on.
    sandbox_.end(one.id, why == End::limit ? std::chrono::milliseconds(0)
                                           : settings_.grace);
  }

  bool first_lives(const Going& one, const TreeSample& tree) {
    if (tree.processes.empty()) return true;  // of no interest
    const TreeSample now = sandbox_.sample(one.id);
    return std::ranges::any_of(now.processes, [&](const ProcessSample& some) {
      return some.id == tree.processes.front().id &&
             std::ranges::any_of(some.threads, [](const ThreadSample& thread) {
               return thread.state != 'Z' && thread.state != 'X';
             });
    });
  }

  void interrupt() {
    interrupted_ = true;
    for (Going& one : going_)
      if (!one.ended_by_us) end(one, End::interrupted, {});
  }

  void finish(const sandbox::Event& event) {
    const auto it =
        std::find_if(going_.begin(), going_.end(),
                     [&](const Going& one) { return one.id == event.run; });
    if (it == going_.end()) return;
    Observation& seen = it->seen;
    const Finished& finished = event.finished;
    seen.out = finished.out;
    seen.err = finished.err;
    seen.truncated = finished.output_limit;
    seen.limits = it->watch.limits();
    add_limit(seen, finished.process_limit, Limit::processes);
    add_limit(seen, finished.memory_limit, Limit::memory);
    add_limit(seen, finished.disk_limit, Limit::disk);
    add_limit(seen, finished.output_limit, Limit::output);
    seen.cpu_seconds = finished.cpu_seconds;
    if (!finished.failure.empty()) {
      seen.end = End::harness_failed;
      seen.failure = finished.failure;
    } else if (!it->ended_by_us && !finished.exited) {
      seen.end = End::limit;  // the sandbox did not wait for us to look
    } else if (!it->ended_by_us || (finished.exited && !it->was_alive)) {
      // It may have ended by itself just before we told it to.
      seen.end = End::by_itself;
      seen.threads.clear();
      seen.examined.reset();
      seen.exit = Exit{finished.exit_code, finished.signal};
      seen.left = leftovers(finished, seen.strangers);
    }
    seen.seconds =
        seen.end != End::by_itself
            ? std::chrono::duration<double>(Clock::now() - it->since).count()
            : finished.seconds;
    finished_.emplace_back(it->planned, std::move(seen));
    going_.erase(it);
  }

  [[nodiscard]] std::vector<Active> active() const {
    std::vector<Active> all;
    for (const Going& one : going_)
      all.push_back({one.planned, one.since, one.watch.idle()});
    return all;
  }

  const std::vector<plan::PlannedRun>& plan_;
  sandbox::Sandbox& sandbox_;
  const RunSettings& settings_;
  Observer& observer_;
  std::size_t next_ = 0;
  std::list<Going> going_;
  std::vector<std::pair<const plan::PlannedRun*, Observation>> finished_;
  bool interrupted_ = false;
};

}  // namespace

void run_all(const std::vector<plan::PlannedRun>& plan,
             sandbox::Sandbox& sandbox, const RunSettings& settings,
             Observer& observer) {
  Runner(plan, sandbox, settings, observer).run();
}

}  // namespace poolbugs::run
