#include "harness/run/roles.hpp"

#include <algorithm>
#include <memory>
#include <set>
#include <string>

#include "platform/process_roles.hpp"

namespace poolbugs::run {
namespace {

/// Processes by birth; ids decide between births in one clock tick, which is
/// right unless the ids wrapped around in that tick.
std::vector<ProcessSample> by_birth(const TreeSample& tree) {
  std::vector<ProcessSample> processes = tree.processes;
  std::stable_sort(processes.begin(), processes.end(),
                   [](const ProcessSample& a, const ProcessSample& b) {
                     return std::pair(a.start_ticks, a.id) <
                            std::pair(b.start_ticks, b.id);
                   });
  return processes;
}

}  // namespace

std::vector<ThreadSeen> threads_seen(const TreeSample& tree) {
  const std::vector<ProcessSample> processes = by_birth(tree);
  std::vector<Kinship> kin;
  for (const ProcessSample& process : processes)
    kin.push_back({process.id, process.parent});
  const std::vector<std::string> roles = role_names(kin);
  std::vector<ThreadSeen> seen;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const ProcessSample& process = processes[i];
    int number = 0;
    for (const ThreadSample& thread : process.threads) {
      ThreadSeen one;
      one.process = roles[i];
      one.thread = ++number;
      one.state = thread.state;
      one.process_id = process.id;
      one.thread_id = thread.id;
      if (thread.state == 'S' || thread.state == 'D')
        one.waits_in = where_it_waits(process.id, thread.id).call;
      seen.push_back(one);
    }
  }
  return seen;
}

void number_by_deed(Observation& seen) {
  if (!seen.examined) return;
  auto examined =
      std::make_shared<wait::Examined>(wait::numbered_by_deed(*seen.examined));
  const auto& processes = examined->graph.processes;
  const auto place_of = [&](const ThreadSeen& thread) {
    return std::ranges::find(processes, thread.process_id, &wait::Process::id) -
           processes.begin();
  };
  std::set<std::ptrdiff_t> places;
  for (const ThreadSeen& thread : seen.threads) places.insert(place_of(thread));
  const auto all = static_cast<std::ptrdiff_t>(processes.size());
  if (places.contains(all) || places.size() != processes.size()) return;
  std::ranges::stable_sort(seen.threads, {}, place_of);
  for (ThreadSeen& thread : seen.threads)
    thread.process = processes[static_cast<std::size_t>(place_of(thread))].role;
  seen.examined = std::move(examined);
}

void add_stacks(std::vector<ThreadSeen>& threads) {
  std::vector<long> processes;
  for (const ThreadSeen& thread : threads)
    if (processes.empty() || processes.back() != thread.process_id)
      processes.push_back(thread.process_id);
  for (stacks::ProcessStacks& process : stacks::take_stacks(processes))
    for (stacks::ThreadStack& stack : process.threads)
      for (ThreadSeen& thread : threads)
        if (thread.process_id == process.process &&
            thread.thread_id == stack.thread) {
          thread.native = std::move(stack.native);
          thread.python = std::move(stack.python);
        }
}

}  // namespace poolbugs::run
