#include "harness/run/roles.hpp"

#include <algorithm>
#include <map>
#include <string>

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

std::map<long, std::string> roles_of(
    const std::vector<ProcessSample>& processes) {
  std::map<long, std::string> roles;
  std::map<long, int> children;
  int orphans = 0;
  for (const ProcessSample& process : processes) {
    const auto parent = roles.find(process.parent);
    if (roles.empty()) {
      roles[process.id] = "parent";
    } else if (parent == roles.end()) {
      roles[process.id] = "orphan " + std::to_string(++orphans);
    } else {
      const std::string number = std::to_string(++children[process.parent]);
      roles[process.id] = parent->second == "parent"
                              ? "worker " + number
                              : parent->second + "." + number;
    }
  }
  return roles;
}

}  // namespace

std::vector<ThreadSeen> threads_seen(const TreeSample& tree) {
  const std::vector<ProcessSample> processes = by_birth(tree);
  const std::map<long, std::string> roles = roles_of(processes);
  std::vector<ThreadSeen> seen;
  for (const ProcessSample& process : processes) {
    int number = 0;
    for (const ThreadSample& thread : process.threads) {
      ThreadSeen one;
      one.process = roles.at(process.id);
      one.thread = ++number;
      one.state = thread.state;
      if (thread.state == 'S' || thread.state == 'D')
        one.waits_in = where_it_waits(process.id, thread.id).call;
      seen.push_back(one);
    }
  }
  return seen;
}

}  // namespace poolbugs::run
