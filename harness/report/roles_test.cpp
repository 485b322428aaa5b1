#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "harness/report/normalise.hpp"

namespace poolbugs::report {
namespace {

using testing::ElementsAre;

TEST(GroupByRole, OrdersTheSpeakersAndKeepsTheirLinesInOrder) {
  EXPECT_THAT(group_by_role({"worker 10: a", "worker 2: b", "parent: c",
                             "worker 10: d", "worker 2.1: e", "worker 2: f"}),
              ElementsAre("parent: c", "worker 2: b", "worker 2: f",
                          "worker 2.1: e", "worker 10: a", "worker 10: d"));
}

TEST(GroupByRole, LinesThatNobodySignedComeFirstInTheirOrder) {
  EXPECT_THAT(group_by_role({"zebra", "worker 1: x", "apple", "parent: y",
                             "workers are many", "parent was here"}),
              ElementsAre("zebra", "apple", "workers are many",
                          "parent was here", "parent: y", "worker 1: x"));
}

TEST(GroupByRole, IndentedLinesStayBelowTheirLine) {
  EXPECT_THAT(group_by_role({"worker 1: what():", "  it broke", "parent: a"}),
              ElementsAre("parent: a", "worker 1: what():", "  it broke"));
}

TEST(GroupByRole, ItemsComeFirstAndSorted) {
  EXPECT_THAT(
      group_by_role({"plain", "observed: worker 10 saw 7", "expected: b",
                     "observed: worker 2 saw 9", "expected: a", "parent: x"}),
      ElementsAre("expected: a", "expected: b", "observed: worker 2 saw 9",
                  "observed: worker 10 saw 7", "plain", "parent: x"));
}

TEST(GroupByRole, NotesStayBelowTheirItem) {
  EXPECT_THAT(
      group_by_role({"observed: b", "… and 3 times more", "observed: a"}),
      ElementsAre("observed: a", "observed: b", "… and 3 times more"));
}

TEST(GroupByRole, AnyInterleavingGivesOneText) {
  // Each process' own lines stay in order, as writes of one process do.
  const std::vector<std::vector<std::string>> processes = {
      {"parent: 1", "parent: 2", "parent: 3"},
      {"worker 1: b", "worker 1: a"},
      {"worker 2: same", "worker 2: same", "worker 2: x"}};
  std::mt19937 random(11);
  std::vector<std::string> first;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::size_t> next(processes.size()), turns;
    for (std::size_t p = 0; p < processes.size(); ++p)
      turns.insert(turns.end(), processes[p].size(), p);
    std::shuffle(turns.begin(), turns.end(), random);
    std::vector<std::string> lines;
    for (const auto p : turns) lines.push_back(processes[p][next[p]++]);
    lines = group_by_role(std::move(lines));
    if (first.empty()) first = lines;
    ASSERT_EQ(lines, first);
  }
}

TEST(NaturalLess, ComparesNumbersAsNumbers) {
  EXPECT_TRUE(natural_less("worker 2", "worker 10"));
  EXPECT_FALSE(natural_less("worker 10", "worker 2"));
  EXPECT_TRUE(natural_less("a", "b"));
  EXPECT_TRUE(natural_less("a", "a1"));
  EXPECT_FALSE(natural_less("a", "a"));
  EXPECT_TRUE(natural_less("x007", "x7") != natural_less("x7", "x007"));
}

}  // namespace
}  // namespace poolbugs::report
