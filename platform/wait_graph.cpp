#include "platform/wait_graph.hpp"

#include <algorithm>
#include <utility>

namespace poolbugs::wait {
namespace {

using Mask = std::vector<bool>;  ///< of threads

std::size_t at(int index) { return static_cast<std::size_t>(index); }

/// Whom a process, or a single thread, could wake.
struct Woken {
  std::vector<std::vector<int>> by_process, by_thread;
};

Woken who_wakes_whom(const Graph& graph) {
  Woken woken;
  woken.by_process.resize(graph.processes.size());
  woken.by_thread.resize(graph.threads.size());
  for (std::size_t i = 0; i < graph.threads.size(); ++i) {
    const int waiter = static_cast<int>(i);
    for (const Wait& wait : graph.threads[i].waits) {
      for (const int process : wait.processes)
        woken.by_process[at(process)].push_back(waiter);
      for (const int thread : wait.threads)
        woken.by_thread[at(thread)].push_back(waiter);
    }
    for (const int child : graph.threads[i].signals.senders)
      woken.by_process[at(child)].push_back(waiter);
  }
  return woken;
}

/// The may-progress set, as the least fixpoint from `start`.
Mask may_progress(const Graph& graph, const Mask& start) {
  Mask may = start;
  std::vector<std::size_t> fresh;
  for (std::size_t i = 0; i < may.size(); ++i)
    if (may[i]) fresh.push_back(i);
  if (graph.unseen && !fresh.empty()) {
    may.assign(may.size(), true);
    return may;
  }
  Woken woken = who_wakes_whom(graph);
  const auto wake = [&](const std::vector<int>& threads) {
    for (const int thread : threads) {
      if (may[at(thread)] ||
          graph.threads[at(thread)].motion != Motion::blocked)
        continue;
      may[at(thread)] = true;
      fresh.push_back(at(thread));
    }
  };
  while (!fresh.empty()) {
    const std::size_t mover = fresh.back();
    fresh.pop_back();
    wake(woken.by_thread[mover]);
    // Once a process may act there is nothing new in its next thread.
    wake(std::exchange(woken.by_process[at(graph.threads[mover].process)], {}));
  }
  return may;
}

bool any(const Mask& mask) {
  return std::find(mask.begin(), mask.end(), true) != mask.end();
}

/// Where somebody is free, it may give pollers something to do and let stopped
/// threads go on.
void add_movers(const Graph& graph, Mask& start) {
  if (!any(start)) return;
  for (std::size_t i = 0; i < start.size(); ++i)
    if (graph.threads[i].motion != Motion::blocked) start[i] = true;
}

/// Who may move although nobody sends a signal.
Mask by_themselves(const Graph& graph) {
  Mask start(graph.threads.size(), false);
  for (std::size_t i = 0; i < start.size(); ++i)
    start[i] = graph.threads[i].motion == Motion::free;
  add_movers(graph, start);
  return may_progress(graph, start);
}

/// Who may move if every handler may run at any time. Those that move by
/// themselves may also send what nobody outside does.
Mask with_signals(const Graph& graph, const Mask& movers, bool no_signals) {
  Mask start = movers;
  const bool members_send = any(movers);
  for (std::size_t i = 0; i < start.size(); ++i) {
    const Signals& signals = graph.threads[i].signals;
    const bool outside = !no_signals && (signals.outside != 0 || signals.stop);
    // What is assumed of the outside is not known of those who move.
    const bool inside = members_send && (signals.members != 0 ||
                                         signals.outside != 0 || signals.stop);
    // Whoever is stopped goes on by a signal as well.
    const bool stopped = graph.threads[i].motion == Motion::stopped;
    if (outside || inside || (stopped && !no_signals)) start[i] = true;
  }
  add_movers(graph, start);
  return may_progress(graph, start);
}

/// Finds Verdict::wrappers.
class Wrappers {
 public:
  Wrappers(const Graph& graph, const Mask& dead)
      : graph_(graph), done_(dead), wraps_(dead.size(), false) {}

  std::vector<int> find() {
    for (bool more = true; more;) {
      more = false;
      for (std::size_t i = 0; i < done_.size(); ++i)
        if (!done_[i] && waits_for_the_end(graph_.threads[i]))
          more = done_[i] = wraps_[i] = true;
    }
    std::vector<int> found;
    for (std::size_t i = 0; i < wraps_.size(); ++i)
      if (wraps_[i]) found.push_back(static_cast<int>(i));
    return found;
  }

 private:
  [[nodiscard]] bool is_done(int process) const {
    bool any_thread = false;
    for (std::size_t i = 0; i < done_.size(); ++i) {
      if (graph_.threads[i].process != process) continue;
      if (!done_[i]) return false;
      any_thread = true;
    }
    return any_thread;
  }

  [[nodiscard]] bool waits_for_the_end(const Thread& thread) const {
    return thread.motion == Motion::blocked && !thread.waits.empty() &&
           std::all_of(thread.waits.begin(), thread.waits.end(),
                       [&](const Wait& wait) {
                         return wait.certain && is_end(thread.process, wait);
                       });
  }

  [[nodiscard]] bool is_end(int process, const Wait& wait) const {
    const Object& object = graph_.objects[at(wait.object)];
    if (wait.event == Event::ended && object.kind == ObjectKind::child)
      return is_done(object.process);
    if (wait.event == Event::ended && object.kind == ObjectKind::thread)
      return object.owner_thread >= 0 && done_[at(object.owner_thread)];
    if (wait.event != Event::readable) return false;
    // Its own process may hold that end as well: a shell that has not closed
    // it yet. Only its handler could write there.
    bool others = false;
    for (const int writer : object.writers) {
      if (writer == process) continue;
      if (!is_done(writer)) return false;
      others = true;
    }
    return others;
  }

  const Graph& graph_;
  Mask done_, wraps_;
};

Proof grade(const Graph& graph, const Verdict& verdict) {
  const auto any_thread = [&](Motion motion) {
    return std::any_of(
        graph.threads.begin(), graph.threads.end(),
        [&](const Thread& thread) { return thread.motion == motion; });
  };
  if (any_thread(Motion::poller) || any_thread(Motion::stopped))
    return Proof::but_pollers;
  if (!graph.unless.empty()) return Proof::conditional;
  const auto dead = static_cast<std::size_t>(std::count(
      verdict.outlook.begin(), verdict.outlook.end(), Outlook::never));
  return dead > 0 && dead + verdict.wrappers.size() == graph.threads.size()
             ? Proof::whole
             : Proof::but_signals;
}

/// `no_signals`: whether that is assumed, whatever the graph says.
Verdict decide_if(const Graph& graph, bool no_signals) {
  Verdict verdict;
  if (!graph.disturbed.empty() || graph.threads.empty()) {
    verdict.outlook.assign(graph.threads.size(), Outlook::may_move);
    verdict.why_not =
        graph.threads.empty() ? "no thread was seen" : graph.disturbed;
    return verdict;
  }
  const Mask movers = by_themselves(graph);
  const Mask reached = with_signals(graph, movers, no_signals);
  Mask dead(movers.size(), false);
  std::size_t mover = graph.threads.size();
  for (std::size_t i = 0; i < graph.threads.size(); ++i) {
    const Motion motion = graph.threads[i].motion;
    const bool waits = motion == Motion::blocked && !movers[i];
    dead[i] = waits && !reached[i];
    verdict.outlook.push_back(dead[i] ? Outlook::never
                              : waits ? Outlook::only_by_signal
                                      : Outlook::may_move);
    if (waits) verdict.stuck.push_back(static_cast<int>(i));
    if (motion == Motion::free && mover == graph.threads.size()) mover = i;
  }
  verdict.wrappers = Wrappers(graph, dead).find();
  if (mover < graph.threads.size())
    verdict.why_not = graph.threads[mover].why;
  else if (verdict.stuck.empty())
    verdict.why_not = "nobody waits for ever";
  else
    verdict.proof = grade(graph, verdict);
  return verdict;
}

}  // namespace

Verdict decide(const Graph& graph) {
  Verdict verdict = decide_if(graph, graph.no_signals);
  if (verdict.proof == Proof::whole && graph.no_signals)
    verdict.rests_on_no_signals = decide_if(graph, false).proof != Proof::whole;
  return verdict;
}

}  // namespace poolbugs::wait
