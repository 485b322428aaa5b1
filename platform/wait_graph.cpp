#include "platform/wait_graph.hpp"

#include <algorithm>
#include <utility>

namespace poolbugs::wait {
namespace {

/// Whom a process, or a single thread, could wake.
struct Woken {
  std::vector<std::vector<int>> by_process, by_thread;
};

Woken who_wakes_whom(const Graph& graph) {
  Woken woken;
  woken.by_process.resize(graph.processes.size());
  woken.by_thread.resize(graph.threads.size());
  for (std::size_t i = 0; i < graph.threads.size(); ++i)
    for (const Wait& wait : graph.threads[i].waits) {
      for (const int process : wait.processes)
        woken.by_process[static_cast<std::size_t>(process)].push_back(
            static_cast<int>(i));
      for (const int thread : wait.threads)
        woken.by_thread[static_cast<std::size_t>(thread)].push_back(
            static_cast<int>(i));
    }
  return woken;
}

/// The may-progress set, as the least fixpoint. Where somebody is free, it may
/// give pollers something to do and let stopped threads go on.
std::vector<bool> may_progress(const Graph& graph) {
  std::vector<bool> may(graph.threads.size(), false);
  std::vector<std::size_t> fresh;
  const bool any_free = std::any_of(
      graph.threads.begin(), graph.threads.end(),
      [](const Thread& thread) { return thread.motion == Motion::free; });
  for (std::size_t i = 0; any_free && i < graph.threads.size(); ++i)
    if (graph.threads[i].motion != Motion::blocked) {
      may[i] = true;
      fresh.push_back(i);
    }
  if (graph.unseen && !fresh.empty()) {
    may.assign(may.size(), true);
    return may;
  }
  Woken woken = who_wakes_whom(graph);
  const auto wake = [&](const std::vector<int>& threads) {
    for (const int thread : threads) {
      const auto index = static_cast<std::size_t>(thread);
      if (may[index] || graph.threads[index].motion != Motion::blocked)
        continue;
      may[index] = true;
      fresh.push_back(index);
    }
  };
  while (!fresh.empty()) {
    const std::size_t mover = fresh.back();
    fresh.pop_back();
    wake(woken.by_thread[mover]);
    // Once a process may act there is nothing new in its next thread.
    auto& process =
        woken
            .by_process[static_cast<std::size_t>(graph.threads[mover].process)];
    wake(std::exchange(process, {}));
  }
  return may;
}

Proof grade(const Graph& graph) {
  const auto any = [&](Motion motion) {
    return std::any_of(
        graph.threads.begin(), graph.threads.end(),
        [&](const Thread& thread) { return thread.motion == motion; });
  };
  if (any(Motion::poller) || any(Motion::stopped)) return Proof::but_pollers;
  return graph.unless.empty() ? Proof::whole : Proof::conditional;
}

}  // namespace

Verdict decide(const Graph& graph) {
  Verdict verdict;
  if (!graph.disturbed.empty() || graph.threads.empty()) {
    verdict.may_move.assign(graph.threads.size(), true);
    verdict.why_not =
        graph.threads.empty() ? "no thread was seen" : graph.disturbed;
    return verdict;
  }
  verdict.may_move = may_progress(graph);
  std::size_t mover = graph.threads.size();
  for (std::size_t i = graph.threads.size(); i-- > 0;) {
    const Thread& thread = graph.threads[i];
    if (!verdict.may_move[i] && thread.motion == Motion::blocked)
      verdict.stuck.push_back(static_cast<int>(i));
    if (thread.motion == Motion::free) mover = i;
  }
  std::reverse(verdict.stuck.begin(), verdict.stuck.end());
  if (mover < graph.threads.size())
    verdict.why_not = graph.threads[mover].why;
  else if (verdict.stuck.empty())
    verdict.why_not = "nobody waits for ever";
  else
    verdict.proof = grade(graph);
  return verdict;
}

}  // namespace poolbugs::wait
