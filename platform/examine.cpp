#include "platform/examine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "platform/examine_timers.hpp"

namespace poolbugs::wait {
namespace {

/// As if nobody else were there.
Surroundings nobody(const Surroundings& known) {
  Surroundings around = known;
  around.saw_everybody = true;
  around.alarm = Surroundings::Alarm::none;
  around.group_events = false;
  around.sockets_hold = false;
  around.strange_sockets = false;
  around.traces_outside = false;
  return around;
}

bool lives(const Facts& facts, long inner_id) {
  return std::any_of(facts.processes.begin(), facts.processes.end(),
                     [&](const ProcessFacts& process) {
                       return process.inner_id == inner_id &&
                              !process.threads.empty();
                     });
}

/// They need not sleep on while others are looked at.
void let_go(Facts& facts, const Pollers& movers) {
  for (ProcessFacts& process : facts.processes)
    for (ThreadFacts& thread : process.threads)
      if (movers.contains({process.id, thread.id})) thread.asleep = false;
}

bool contains(const std::vector<int>& all, int one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// What its threads wait for, and what of it others wait for; no name or number
/// that depends on who was born first.
std::string deed_of(const Graph& graph, int process) {
  std::string deed;
  for (const Thread& thread : graph.threads) {
    if (thread.process != process) continue;
    deed += fmt::format("thread {} {} ", static_cast<int>(thread.motion),
                        thread.call);
    for (const Wait& wait : thread.waits) {
      const Object& object =
          graph.objects[static_cast<std::size_t>(wait.object)];
      deed += fmt::format("{} {} {} {} ", static_cast<int>(wait.event),
                          static_cast<int>(object.kind), object.shared,
                          wait.certain);
    }
  }
  std::multiset<std::string> held;
  for (const Object& object : graph.objects) {
    const auto& threads = graph.threads;
    const int owner =
        object.owner_thread < 0
            ? -1
            : threads[static_cast<std::size_t>(object.owner_thread)].process;
    held.insert(fmt::format(
        "{} {} {} {}", static_cast<int>(object.kind),
        contains(object.readers, process), contains(object.writers, process),
        owner == process || contains(object.owner_processes, process)));
  }
  return deed + fmt::format("{}", fmt::join(held, ", "));
}

/// Who has the same may change places. The first process is like nobody.
std::map<long, std::tuple<long, std::string, bool, std::size_t>> leaves_of(
    const Facts& facts) {
  std::map<long, std::tuple<long, std::string, bool, std::size_t>> leaves;
  for (const ProcessFacts& one : facts.processes)
    if (one.id != facts.root)
      leaves[one.id] = {one.parent, one.name, one.forked, one.threads.size()};
  for (const ProcessFacts& one : facts.processes) leaves.erase(one.parent);
  return leaves;
}

/// Where a thread waits for any of several things, their order says nothing; it
/// may be that of births. Objects are numbered by who waits for them first.
void sort_waits(Graph& graph) {
  constexpr int kUnused = -1;
  std::vector<int> places(graph.objects.size(), kUnused);
  std::vector<Object> objects;
  const auto move = [&](std::size_t object) {
    if (places[object] == kUnused) {
      places[object] = static_cast<int>(objects.size());
      objects.push_back(std::move(graph.objects[object]));
    }
    return places[object];
  };
  for (Thread& thread : graph.threads) {
    // What only one other can do says most.
    const auto rank = [&](const Wait& wait) {
      return std::tuple(wait.event, wait.processes.size(),
                        contains(wait.processes, thread.process),
                        wait.processes, wait.threads);
    };
    std::stable_sort(
        thread.waits.begin(), thread.waits.end(),
        [&](const Wait& a, const Wait& b) { return rank(a) < rank(b); });
    for (Wait& wait : thread.waits)
      wait.object = move(static_cast<std::size_t>(wait.object));
  }
  for (std::size_t i = 0; i < places.size(); ++i) move(i);
  graph.objects = std::move(objects);
}

void build_and_decide(Examined& examined, Surroundings assumed) {
  examined.assumed = std::move(assumed);
  Surroundings known = std::exchange(examined.facts.around, examined.assumed);
  examined.graph =
      build_graph(examined.facts, examined.pollers, examined.spinners);
  examined.verdict = decide(examined.graph);
  examined.facts.around = std::move(known);
}

/// Whether nothing but what can be asked is left to be known.
bool rests_on_timers(Examined& examined, Ask ask) {
  Surroundings hoped = examined.facts.around;
  hoped.alarm = Surroundings::Alarm::none;
  build_and_decide(examined, std::move(hoped));
  const Proof proof = examined.verdict.proof;
  const bool says_more =
      proof == Proof::but_signals || proof == Proof::conditional;
  return proof == Proof::whole || (says_more && ask == Ask::to_say_more);
}

/// Interrupts threads, so only if that makes the difference.
void ask_if_it_helps(TimersToAsk& timers, Ask ask, Examined& examined) {
  examined.asked =
      timers.wanted(examined.facts) && rests_on_timers(examined, ask);
  if (examined.asked)
    examined.not_asked = timers.ask(examined.facts);
  else
    timers.put_back(examined.facts);
}

}  // namespace

Examined examine(const Tree& tree, const Pollers& pollers,
                 const Pollers& spinners) {
  Pollers movers = pollers;
  movers.insert(spinners.begin(), spinners.end());
  Examined examined;
  examined.pollers = pollers;
  examined.spinners = spinners;
  examined.facts = read_facts(tree, movers);
  let_go(examined.facts, movers);
  if (tree.first != 0 && examined.facts.disturbed.empty() &&
      !lives(examined.facts, tree.first))
    examined.facts.disturbed = "its first process has ended";
  TimersToAsk timers(tree, examined.facts);
  build_and_decide(examined, nobody(examined.facts.around));
  // Others move: nobody is asked.
  if (examined.verdict.proof == Proof::none && timers.put_back(examined.facts))
    build_and_decide(examined, nobody(examined.facts.around));
  const bool says_something =
      examined.verdict.proof != Proof::none ||
      (tree.with_parts && !examined.verdict.stuck.empty());
  if (!says_something) return examined;
  look_around(tree, examined.facts);
  ask_if_it_helps(timers, tree.ask, examined);
  build_and_decide(examined, examined.facts.around);
  return examined;
}

Examined numbered_by_deed(const Examined& examined) {
  Examined result = examined;
  const auto& before = examined.facts.processes;
  std::map<decltype(leaves_of(examined.facts))::mapped_type,
           std::vector<std::size_t>>
      alike;
  const auto leaves = leaves_of(examined.facts);
  for (std::size_t i = 0; i < before.size(); ++i)
    if (const auto leaf = leaves.find(before[i].id); leaf != leaves.end())
      alike[leaf->second].push_back(i);
  for (const auto& [what, places] : alike) {
    std::vector<std::pair<std::string, std::size_t>> order;
    for (const std::size_t place : places)
      order.emplace_back(deed_of(examined.graph, static_cast<int>(place)),
                         place);
    std::sort(order.begin(), order.end());
    for (std::size_t i = 0; i < places.size(); ++i)
      result.facts.processes[places[i]] = before[order[i].second];
  }
  build_and_decide(result, examined.assumed);
  sort_waits(result.graph);
  return result;
}

}  // namespace poolbugs::wait
