#include "harness/run/roles.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolbugs::run {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Ids that no process has (the kernel's most is 2^22), so that the system
/// knows nothing of them.
constexpr long kBase = 1L << 23;

ProcessSample process(long id, long parent, std::uint64_t born,
                      std::vector<ThreadSample> threads = {}) {
  ProcessSample sample;
  sample.id = kBase + id;
  sample.parent = kBase + parent;
  sample.start_ticks = born;
  sample.threads = std::move(threads);
  if (sample.threads.empty()) sample.threads = {{.id = sample.id}};
  return sample;
}

std::vector<std::string> names(const std::vector<ProcessSample>& processes) {
  TreeSample tree;
  tree.processes = processes;
  std::vector<std::string> all;
  for (const ThreadSeen& seen : threads_seen(tree)) all.push_back(seen.process);
  return all;
}

TEST(RunRoles, OfNobodyAreNone) { EXPECT_THAT(names({}), IsEmpty()); }

TEST(RunRoles, AreNumberedByBirthNotById) {
  EXPECT_THAT(names({process(50, 1, 10), process(9, 50, 30),
                     process(70, 50, 20), process(5, 70, 40)}),
              ElementsAre("parent", "worker 1", "worker 2", "worker 1.1"));
}

TEST(RunRoles, IdsDecideWithinATick) {
  TreeSample tree;
  tree.processes = {process(1, 0, 10), process(3, 1, 20, {{.state = 'T'}}),
                    process(2, 1, 20, {{.state = 'Z'}})};
  const auto seen = threads_seen(tree);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[1].process, "worker 1");
  EXPECT_EQ(seen[1].state, 'Z');
}

TEST(RunRoles, OrphansAreNamedAndSoAreTheirChildren) {
  EXPECT_THAT(names({process(1, 0, 10), process(7, 99, 20), process(8, 7, 30),
                     process(9, 98, 40)}),
              ElementsAre("parent", "orphan 1", "orphan 1.1", "orphan 2"));
}

TEST(RunRoles, ThreadsAreNumberedInTheirProcess) {
  TreeSample tree;
  tree.processes = {process(1, 0, 10, {{.state = 'R'}, {.state = 'T'}}),
                    process(2, 1, 20, {{.state = 'Z'}})};
  const auto seen = threads_seen(tree);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[1].thread, 2);
  EXPECT_EQ(seen[1].state, 'T');
  EXPECT_EQ(seen[1].waits_in, "");
  EXPECT_EQ(seen[2].thread, 1);
}

}  // namespace
}  // namespace poolbugs::run
