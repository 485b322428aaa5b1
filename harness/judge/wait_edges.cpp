#include "harness/judge/wait_edges.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <deque>
#include <map>

namespace poolbugs::judge {
namespace {

using wait::Event;
using wait::Graph;
using wait::Object;
using wait::ObjectKind;
using wait::Owner;
using wait::Wait;

/// For many questions about one set of threads.
std::vector<bool> mask_of(const std::vector<int>& threads, std::size_t size) {
  std::vector<bool> mask(size, false);
  for (const int thread : threads)
    mask[static_cast<std::size_t>(thread)] = true;
  return mask;
}
bool in(const std::vector<bool>& mask, int thread) {
  return mask[static_cast<std::size_t>(thread)];
}

/// A child of it, or a child's child, that was forked: with all that it has.
bool is_fork_of(const Graph& graph, int process, int ancestor) {
  while (process >= 0 && process != ancestor) {
    const wait::Process& one =
        graph.processes[static_cast<std::size_t>(process)];
    if (!one.forked) return false;
    process = one.parent;
  }
  return process == ancestor;
}

}  // namespace

std::vector<int> owing(const Object& object, const Wait& wait) {
  if (wait.event == Event::readable) return object.writers;
  if (wait.event == Event::writable) return object.readers;
  if (object.owner == Owner::process) return object.owner_processes;
  if (object.kind == ObjectKind::child) return {object.process};
  return {};
}

int living_threads(const Graph& graph, int process) {
  return static_cast<int>(
      std::ranges::count(graph.threads, process, &wait::Thread::process));
}

bool polls(const wait::Thread& thread) {
  return thread.call.find("poll") != std::string::npos ||
         thread.call.find("select") != std::string::npos;
}

bool is_self_pipe(const Graph& graph, const wait::Thread& thread,
                  const Wait& wait) {
  const Object& object = object_of(graph, wait);
  const bool socket = object.kind == ObjectKind::socket;
  if ((!socket && object.kind != ObjectKind::pipe) || !polls(thread))
    return false;
  const bool alone = living_threads(graph, thread.process) == 1;
  const std::vector<int> others = owing(object, wait);
  return !alone && contains(others, thread.process) &&
         std::ranges::all_of(others, [&](int one) {
           return one == thread.process ||
                  (socket && is_fork_of(graph, one, thread.process));
         });
}

bool writes(const Graph& graph, const Edge& edge) {
  return edge.event == Event::writable &&
         (edge.kind == ObjectKind::pipe || !polls(thread_at(graph, edge.from)));
}

Edges::Edges(const Graph& graph, const std::vector<int>& stuck)
    : graph_(graph), stuck_(stuck), from_(graph.threads.size()) {
  for (const int thread : stuck)
    for (const Wait& wait : thread_at(graph, thread).waits)
      if (wait.certain && !is_self_pipe(graph, thread_at(graph, thread), wait))
        add(graph, thread, wait);
}

void Edges::add(const Graph& graph, int from, const Wait& wait) {
  const Object& object = object_of(graph, wait);
  auto& edges = from_[static_cast<std::size_t>(from)];
  const auto to = [&](int thread) {
    edges.push_back({from, thread, wait.object, object.kind, wait.event});
  };
  if (object.owner == Owner::thread) {
    if (contains(stuck_, object.owner_thread)) to(object.owner_thread);
    return;
  }
  const std::vector<int> processes = owing(object, wait);
  for (const int thread : stuck_)
    if (contains(processes, thread_at(graph, thread).process) &&
        (thread != from || object.kind == ObjectKind::file_lock))
      to(thread);
}

std::vector<Edge> Edges::within(const std::vector<int>& members) const {
  const std::vector<bool> mask = mask_of(members, from_.size());
  std::vector<Edge> found;
  for (const int member : members)
    for (const Edge& edge : from(member))
      if (in(mask, edge.to)) found.push_back(edge);
  return found;
}

std::vector<std::vector<int>> Edges::components() const {
  boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS> graph(
      from_.size());
  for (const int thread : stuck_)
    for (const Edge& edge : from(thread))
      boost::add_edge(static_cast<std::size_t>(edge.from),
                      static_cast<std::size_t>(edge.to), graph);
  std::vector<int> component(from_.size());
  if (!component.empty()) boost::strong_components(graph, component.data());
  std::map<int, std::vector<int>> members;
  for (const int thread : stuck_)
    members[component[static_cast<std::size_t>(thread)]].push_back(thread);
  std::vector<std::vector<int>> all;
  for (auto& [number, threads] : members) all.push_back(std::move(threads));
  std::sort(all.begin(), all.end());
  return all;
}

bool Edges::is_last(const std::vector<int>& component) const {
  const std::vector<bool> mask = mask_of(component, from_.size());
  return std::all_of(component.begin(), component.end(), [&](int one) {
    return std::all_of(from(one).begin(), from(one).end(),
                       [&](const Edge& edge) { return in(mask, edge.to); });
  });
}

std::vector<int> Edges::cycle_through(int start,
                                      const std::vector<bool>& mask) const {
  std::map<int, int> before;
  std::deque<int> queue{start};
  while (!queue.empty()) {
    const int at = queue.front();
    queue.pop_front();
    for (const Edge& edge : from(at)) {
      if (!in(mask, edge.to)) continue;
      if (edge.to == start) {
        std::vector<int> cycle{at};
        while (cycle.back() != start) cycle.push_back(before.at(cycle.back()));
        std::reverse(cycle.begin(), cycle.end());
        return cycle;
      }
      if (before.emplace(edge.to, at).second) queue.push_back(edge.to);
    }
  }
  return {};
}

std::vector<int> Edges::shortest_cycle(const std::vector<int>& members) const {
  const std::vector<bool> mask = mask_of(members, from_.size());
  std::vector<int> shortest;
  for (const int start : members) {
    const bool waits_for_room = std::ranges::any_of(
        from(start), [&](const Edge& edge) { return writes(graph_, edge); });
    if (!waits_for_room) continue;
    const std::vector<int> cycle = cycle_through(start, mask);
    if (shortest.empty() || (!cycle.empty() && cycle.size() < shortest.size()))
      shortest = cycle;
  }
  for (const int start : members)
    if (shortest.empty()) shortest = cycle_through(start, mask);
  std::ranges::rotate(shortest, std::ranges::min_element(shortest));
  return shortest;
}

std::vector<int> Edges::reach(int first) const {
  std::vector<int> reached{first};
  std::vector<bool> mask = mask_of(reached, from_.size());
  for (std::size_t i = 0; i < reached.size(); ++i)
    for (const Edge& edge : from(reached[i])) {
      if (in(mask, edge.to)) continue;
      mask[static_cast<std::size_t>(edge.to)] = true;
      reached.push_back(edge.to);
    }
  return reached;
}

}  // namespace poolbugs::judge
