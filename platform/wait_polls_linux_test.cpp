// Waits for several descriptors: poll(2), select(2), epoll(7).
#include <gtest/gtest.h>

#include "platform/wait_files_test_support.hpp"

namespace poolbugs::wait {
namespace {

using namespace testing_support;

TEST(WaitPolls, PollNeedsToBeKnown) {
  FactsBuilder tree = pair_of_processes();
  tree.read_end(0, 3, 50);
  tree.write_end(1, 4, 50);
  in_poll(tree, {{3, POLLIN}});
  EXPECT_EQ(tree.outcome(), "whole");
  tree.thread_at(0).polled_known = false;
  EXPECT_EQ(tree.outcome(), "waits for it is not known what");
}

TEST(WaitPolls, OneFreeDescriptorFreesThePoll) {
  FactsBuilder tree = pair_of_processes();
  tree.read_end(0, 3, 50);
  tree.write_end(1, 4, 50);
  tree.open(0, 5, FileKind::other, 51);
  in_poll(tree, {{3, POLLIN}, {5, POLLIN}});
  EXPECT_EQ(tree.outcome(), "waits for something outside");
  in_poll(tree, {{3, POLLIN}, {-1, POLLIN}});
  EXPECT_EQ(tree.outcome(), "whole");
}

TEST(WaitPolls, PollOfNothingWaitsForASignal) {
  FactsBuilder tree = pair_of_processes();
  in_poll(tree, {});
  EXPECT_EQ(tree.outcome(), "whole");  // it handles none
  tree.at(0).caught = 2;
  EXPECT_EQ(tree.outcome(), "but signals");
}

TEST(WaitPolls, EpollNeedsToBeKnown) {
  const char* unknown = "waits for an epoll set that is not known";
  FactsBuilder tree = pair_of_processes();
  tree.read_end(0, 3, 50);
  tree.write_end(1, 4, 50);
  in_epoll(tree, tree.open(0, 4, FileKind::epoll, 60));
  EXPECT_EQ(tree.outcome(), "whole");
  tree.at(0).descriptors[1].watched[0].sure = false;
  EXPECT_EQ(tree.outcome(), unknown);
  tree.at(0).descriptors[1].watched[0].sure = true;
  tree.at(0).descriptors[1].all_watched_known = false;
  EXPECT_EQ(tree.outcome(), unknown);
  tree.thread_at(0).arguments[0] = 3;  // a pipe
  EXPECT_EQ(tree.outcome(), unknown);
  tree.thread_at(0).arguments[0] = 77;
  EXPECT_EQ(tree.outcome(), unknown);
}

TEST(WaitPolls, EpollSetMayBeShared) {
  FactsBuilder tree = pair_of_processes();
  tree.read_end(0, 3, 50);
  tree.write_end(1, 3, 50);
  in_epoll(tree, tree.open(0, 4, FileKind::epoll, 60));
  tree.facts.around.anonymous_outside = {{100, 4}};
  EXPECT_EQ(tree.outcome(), "unless a process outside shares an epoll set");
}

TEST(WaitPolls, EpollOfNothingWaitsForASignal) {
  FactsBuilder tree = pair_of_processes();
  Descriptor& set = tree.open(0, 4, FileKind::epoll, 60);
  in_epoll(tree, set);
  set.watched.clear();
  EXPECT_EQ(tree.graph().threads[0].waits.size(), 1U);
  EXPECT_EQ(tree.outcome(), "but signals");
}

TEST(WaitPolls, EpollSetThatContainsItselfEnds) {
  FactsBuilder tree = pair_of_processes();
  Descriptor& set = tree.open(0, 4, FileKind::epoll, 60);
  in_epoll(tree, set);
  set.watched[0].descriptor = 4;
  EXPECT_EQ(tree.outcome(), "waits for an epoll set that is not known");
}

TEST(WaitPolls, NestedEpollIsModelled) {
  FactsBuilder tree = pair_of_processes();
  tree.read_end(0, 3, 50);
  tree.write_end(1, 4, 50);
  in_epoll(tree, tree.open(0, 4, FileKind::epoll, 60));
  Descriptor& outer = tree.open(0, 5, FileKind::epoll, 61);
  in_epoll(tree, outer);
  outer.watched[0].descriptor = 4;
  EXPECT_EQ(tree.outcome(), "whole");
  EXPECT_EQ(tree.graph().threads[0].waits.size(), 1U);
}

}  // namespace
}  // namespace poolbugs::wait
