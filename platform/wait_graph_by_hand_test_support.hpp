// Threads and graphs made by hand, for the tests of the decision.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "platform/wait_graph.hpp"

namespace poolbugs::wait::testing_support {

inline Thread blocked(int process, std::vector<int> processes,
                      std::vector<int> threads = {}) {
  Thread thread;
  thread.process = process;
  thread.motion = Motion::blocked;
  thread.waits = {
      {0, Event::woken, std::move(processes), std::move(threads), false}};
  return thread;
}

inline Thread moving(int process, Motion motion, const char* why = "runs") {
  Thread thread;
  thread.process = process;
  thread.motion = motion;
  thread.why = why;
  return thread;
}

inline Graph graph_of(int processes, std::vector<Thread> threads) {
  Graph graph;
  graph.processes.resize(static_cast<std::size_t>(processes));
  graph.objects.resize(1);
  graph.threads = std::move(threads);
  return graph;
}

}  // namespace poolbugs::wait::testing_support
