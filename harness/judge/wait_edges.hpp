// Who certainly waits for whom, among the threads that are stuck.
#pragma once

#include <algorithm>
#include <vector>

#include "platform/wait_graph.hpp"

namespace poolbugs::judge {

inline const wait::Thread& thread_at(const wait::Graph& graph, int index) {
  return graph.threads[static_cast<std::size_t>(index)];
}
inline const wait::Process& process_of(const wait::Graph& graph,
                                       const wait::Thread& thread) {
  return graph.processes[static_cast<std::size_t>(thread.process)];
}
inline const wait::Object& object_of(const wait::Graph& graph,
                                     const wait::Wait& wait) {
  return graph.objects[static_cast<std::size_t>(wait.object)];
}

/// The processes whose deed is waited for: those at the other end, even where
/// others could end the wait by other means.
std::vector<int> owing(const wait::Object& object, const wait::Wait& wait);

int living_threads(const wait::Graph& graph, int process);
/// In poll, select or epoll.
bool polls(const wait::Thread& thread);
/// Hears by it of the other threads of its process alone: a wake-up among
/// threads, as a condition is. Workers inherit a pair of sockets, and leave it.
bool is_self_pipe(const wait::Graph& graph, const wait::Thread& thread,
                  const wait::Wait& wait);

inline bool contains(const std::vector<int>& all, int one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// `from` waits for a deed of `to`: threads, by index.
struct Edge {
  int from = -1, to = -1;
  int object = -1;
  wait::ObjectKind kind = wait::ObjectKind::pipe;
  wait::Event event = wait::Event::readable;
};

/// It waits for room. Of a socket poll(2) hears both ways, whatever was asked.
bool writes(const wait::Graph& graph, const Edge& edge);

class Edges {
 public:
  Edges(const wait::Graph& graph, const std::vector<int>& stuck);

  /// Strongly connected components, by their first thread; members sorted.
  [[nodiscard]] std::vector<std::vector<int>> components() const;
  /// No edge leaves it.
  [[nodiscard]] bool is_last(const std::vector<int>& component) const;
  [[nodiscard]] std::vector<Edge> within(const std::vector<int>& members) const;
  /// Through one who waits to write, if there is such a cycle: nobody does that
  /// while there is nothing to do. Else through the first member that lies on
  /// one. Begins with its smallest; empty if there is none.
  [[nodiscard]] std::vector<int> shortest_cycle(
      const std::vector<int>& members) const;
  /// `first` and all that it waits for, directly or not, nearest first.
  [[nodiscard]] std::vector<int> reach(int first) const;
  [[nodiscard]] const std::vector<Edge>& from(int thread) const {
    return from_[static_cast<std::size_t>(thread)];
  }

 private:
  void add(const wait::Graph& graph, int from, const wait::Wait& wait);
  /// Of those in `mask`; empty if there is none.
  [[nodiscard]] std::vector<int> cycle_through(
      int start, const std::vector<bool>& mask) const;

  const wait::Graph& graph_;
  std::vector<int> stuck_;
  std::vector<std::vector<Edge>> from_;  ///< by thread
};

}  // namespace poolbugs::judge
