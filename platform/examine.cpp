#include "platform/examine.hpp"

#include <algorithm>

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

}  // namespace

Examined examine(const Tree& tree, const Pollers& pollers,
                 const Pollers& spinners) {
  Pollers movers = pollers;
  movers.insert(spinners.begin(), spinners.end());
  Examined examined;
  examined.facts = read_facts(tree, movers);
  let_go(examined.facts, movers);
  if (tree.first != 0 && examined.facts.disturbed.empty() &&
      !lives(examined.facts, tree.first))
    examined.facts.disturbed = "its first process has ended";
  const Surroundings unknown = examined.facts.around;
  examined.facts.around = nobody(unknown);
  examined.graph = build_graph(examined.facts, pollers, spinners);
  examined.verdict = decide(examined.graph);
  examined.facts.around = unknown;
  if (examined.verdict.proof == Proof::none) return examined;
  look_around(tree, examined.facts);
  examined.graph = build_graph(examined.facts, pollers, spinners);
  examined.verdict = decide(examined.graph);
  return examined;
}

}  // namespace poolbugs::wait
