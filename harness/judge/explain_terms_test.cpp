// Golden sentences on what terms it is proved, or why it is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/judge/cause.hpp"
#include "harness/judge/graph_fixture.hpp"

namespace poolbugs::judge {
namespace {

using ::testing::ElementsAre;
using wait::Motion;
using wait::ObjectKind;
using wait::Owner;

TEST(ExplainTerms, Terms) {
  GraphBuilder built = threads(1);
  built.locks(0, built.lock(0));
  built.graph.unless = {"an alarm is pending", "somebody opens it"};
  EXPECT_EQ(said(built).back(),
            "This is proved unless an alarm is pending, or somebody opens it.");
  built.thread(0, Motion::poller);
  built.thread(0, Motion::poller);
  const std::vector<std::string> polled = said(built);
  ASSERT_EQ(polled.size(), 4U);
  EXPECT_EQ(polled[2],
            "Threads 2 and 3 of the parent come round again and "
            "again.");
  EXPECT_EQ(polled[3],
            "All this is proved only if they wake nobody, and unless an alarm "
            "is pending, or somebody opens it.");
}

TEST(ExplainTerms, StoppedThreadsAreSaid) {
  GraphBuilder built = pool(2);
  built.locks(0, built.lock(0, true));
  built.threads(1).motion = Motion::stopped;
  built.threads(2).motion = Motion::poller;
  EXPECT_THAT(said(built),
              ::testing::Contains(
                  "Worker 2 comes round again and again, and worker 1 is "
                  "stopped by a signal."));
  EXPECT_EQ(said(built).back(), "All this is proved only if they wake nobody.");
}

TEST(ExplainTerms, SpinnersAreNoPollers) {
  GraphBuilder built = pool(3);
  built.locks(0, built.lock(0, true));
  for (const int i : {1, 2}) built.threads(i).motion = Motion::poller;
  built.threads(2).spins = true;
  EXPECT_THAT(said(built),
              ::testing::Contains("Worker 1 comes round again and again, and "
                                  "worker 2 burns CPU time in a loop that "
                                  "moves nothing."));
  EXPECT_EQ(said(built).back(), "All this is proved only if they wake nobody.");
  built.threads(1).spins = true;
  built.threads(3).motion = Motion::stopped;
  EXPECT_THAT(said(built),
              ::testing::Contains("Workers 1 and 2 burn CPU time in loops that "
                                  "move nothing, and worker 3 is stopped by a "
                                  "signal."));
}

TEST(ExplainTerms, APollerThatCouldDoItIsNoneOfThoseWhoWait) {
  GraphBuilder built = threads(3);
  built.threads(2).motion = Motion::poller;
  const int word = built.object(ObjectKind::futex);
  built.waits(0, word);
  built.waits(1, word);
  EXPECT_EQ(said(built)[1],
            "Everybody who could do that waits for ever as well, except thread "
            "3 of the parent.");
}

TEST(ExplainTerms, WaitsForAStoppedWorker) {
  GraphBuilder built = pool(1);
  built.threads(1).motion = Motion::stopped;
  built.waits_for_child(0, 1);
  EXPECT_THAT(said(built),
              ElementsAre("The parent waits for the end of worker 1.",
                          "Worker 1 is stopped by a signal.",
                          "All this is proved only if it wakes nobody."));
}

TEST(ExplainTerms, LockThatAPollerHolds) {
  GraphBuilder built = threads(2);
  built.threads(0).motion = Motion::poller;
  built.locks(1, built.lock(0));
  EXPECT_EQ(said(built)[0],
            "Thread 2 of the parent waits for a lock that thread 1 holds.");
}

TEST(ExplainTerms, NotStuck) {
  GraphBuilder built = pool(2);
  for (const int i : {0, 1}) {
    built.threads(i).motion = Motion::free;
    built.threads(i).why = "waits with a time-out";
  }
  built.waits(2, built.object(ObjectKind::futex, true));
  EXPECT_THAT(said(built),
              ElementsAre("Not stuck: the parent waits with a time-out, and 1 "
                          "more thread may move too."));
}

TEST(ExplainTerms, NotStuckButPartOfItIs) {
  GraphBuilder built = pool(1);
  built.thread(1, Motion::free, "runs");
  built.thread(1);
  built.locks(1, built.lock(3));
  built.locks(3, built.lock(1));
  for (auto& thread : built.graph.threads)
    for (auto& wait : thread.waits) {
      wait.processes.clear();
      wait.threads = {built.at(wait.object).owner_thread};
    }
  built.waits_for_child(0, 1);
  EXPECT_THAT(
      said(built),
      ElementsAre("Not stuck: thread 2 of worker 1 runs.",
                  "Thread 1 of worker 1 waits for a lock that thread 3 holds; "
                  "thread 3 waits for a lock that thread 1 holds.",
                  "So neither can ever go on.",
                  "A signal from those who may move, or their end, may still "
                  "change that."));
}

TEST(ExplainTerms, NobodyIsSaidToWaitForEverWhereOthersMove) {
  GraphBuilder built = pool(2);
  built.threads(0).motion = Motion::free;
  built.threads(0).why = "runs";
  built.waits(1, built.object(ObjectKind::semaphore));
  built.threads(1).waits[0].processes = {2};
  built.waits(2, 0);
  built.threads(2).waits[0].processes = {1};
  EXPECT_THAT(
      said(built),
      ElementsAre("Not stuck: the parent runs.",
                  "Worker 1 waits for a semaphore (System V).",
                  "Worker 2 waits for the same semaphore.",
                  "A signal from those who may move, or their end, may still "
                  "change that."));
}

TEST(ExplainTerms, NothingCanBeProved) {
  GraphBuilder built = threads(1);
  built.locks(0, built.lock(0));
  built.graph.disturbed = "a thread ran between the two readings";
  EXPECT_THAT(said(built),
              ElementsAre("Nothing can be proved: a thread ran between the two "
                          "readings."));
  EXPECT_THAT(said(GraphBuilder()),
              ElementsAre("Nothing can be said: no thread was seen."));
}

}  // namespace
}  // namespace poolbugs::judge
