// Trees whose threads wait for descriptors.
#pragma once

#include <poll.h>
#include <sys/syscall.h>

#include <utility>
#include <vector>

#include "platform/wait_graph_test_support.hpp"

namespace poolbugs::wait::testing_support {

inline constexpr auto kForever = static_cast<std::uint64_t>(-1);

/// Two processes; the second reads its own pipe, for ever.
inline FactsBuilder pair_of_processes() {
  FactsBuilder tree;
  tree.process(tree.process());
  tree.read_end(1, 90, 901);
  tree.write_end(1, 91, 901);
  tree.call(1, SYS_read, {90});
  return tree;
}

inline void in_poll(FactsBuilder& tree, std::vector<PollEntry> entries) {
  ThreadFacts& thread = tree.call(0, SYS_ppoll, {8, entries.size()});
  thread.polled = std::move(entries);
  thread.polled_known = true;
}

inline void in_epoll(FactsBuilder& tree, Descriptor& set) {
  set.watched = {{3, 1, true}};
  set.all_watched_known = true;
  const auto number = static_cast<std::uint64_t>(set.number);
  tree.call(0, SYS_epoll_pwait, {number, 8, 1, kForever});
}

}  // namespace poolbugs::wait::testing_support
