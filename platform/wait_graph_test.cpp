// The decision, by hand. wait_graph_random_test.cpp has graphs made by chance.
#include <gtest/gtest.h>

#include "platform/wait_graph_by_hand_test_support.hpp"

namespace poolbugs::wait {
namespace {

using namespace testing_support;

/// A: never; B: only by a signal; C: may move.
std::string outlooks(const Verdict& verdict) {
  std::string text;
  for (const Outlook one : verdict.outlook)
    text += one == Outlook::never            ? 'A'
            : one == Outlook::only_by_signal ? 'B'
                                             : 'C';
  return text;
}

TEST(Decide, CycleIsProvedWhole) {
  const Verdict verdict =
      decide(graph_of(2, {blocked(0, {1}), blocked(1, {0})}));
  EXPECT_EQ(verdict.proof, Proof::whole);
  EXPECT_EQ(verdict.stuck, (std::vector<int>{0, 1}));
  EXPECT_EQ(outlooks(verdict), "AA");
  EXPECT_EQ(verdict.why_not, "");
}

TEST(Decide, OneFreeThreadIsNoProofButOthersMayBeStuck) {
  const Verdict verdict =
      decide(graph_of(4, {blocked(0, {1}), blocked(1, {0}),
                          moving(2, Motion::free), blocked(3, {2})}));
  EXPECT_EQ(verdict.proof, Proof::none);
  EXPECT_EQ(verdict.stuck, (std::vector<int>{0, 1}));
  EXPECT_EQ(outlooks(verdict), "AACC");
  EXPECT_EQ(verdict.why_not, "runs");
}

TEST(Decide, FreedomSpreadsAlongChains) {
  const Verdict verdict =
      decide(graph_of(4, {moving(0, Motion::free), blocked(1, {0}),
                          blocked(2, {1}), blocked(3, {2})}));
  EXPECT_TRUE(verdict.stuck.empty());
}

TEST(Decide, SecondThreadOfAFreedProcessWakesToo) {
  // Thread 1 is freed last, and only a thread of its own wakes thread 3.
  const Verdict verdict = decide(graph_of(
      3, {moving(0, Motion::free), blocked(1, {0}), blocked(2, {}, {1})}));
  EXPECT_TRUE(verdict.stuck.empty());
}

TEST(Decide, SingleThreadsWake) {
  const Verdict verdict = decide(graph_of(
      1, {moving(0, Motion::free), blocked(0, {}, {0}), blocked(0, {}, {2})}));
  EXPECT_EQ(outlooks(verdict), "CCA");
}

TEST(Decide, AnyOneOfSeveralWaitsSuffices) {
  Thread thread = blocked(1, {1});
  thread.waits.push_back({0, Event::woken, {0}, {}, false});
  EXPECT_TRUE(
      decide(graph_of(2, {moving(0, Motion::free), thread})).stuck.empty());
}

TEST(Decide, UnseenDescriptorsLetFreeThreadsWakeAll) {
  Graph graph = graph_of(2, {blocked(0, {0}), moving(1, Motion::free)});
  EXPECT_EQ(decide(graph).stuck, std::vector<int>{0});
  graph.unseen = true;
  EXPECT_TRUE(decide(graph).stuck.empty());
}

TEST(Decide, PollersAndStoppedThreadsAreNeverAWholeProof) {
  for (const Motion motion : {Motion::poller, Motion::stopped}) {
    const Verdict verdict =
        decide(graph_of(2, {blocked(0, {1}), moving(1, motion)}));
    EXPECT_EQ(verdict.proof, Proof::but_pollers);
    EXPECT_EQ(verdict.stuck, std::vector<int>{0});
  }
}

TEST(Decide, PollersWakeWhereSomebodyIsFree) {
  for (const Motion motion : {Motion::poller, Motion::stopped})
    EXPECT_TRUE(decide(graph_of(3, {blocked(0, {1}), moving(1, motion),
                                    moving(2, Motion::free)}))
                    .stuck.empty());
}

TEST(Decide, PollersAloneAreNotStuck) {
  const Verdict verdict = decide(graph_of(1, {moving(0, Motion::poller)}));
  EXPECT_EQ(verdict.proof, Proof::none);
  EXPECT_EQ(verdict.why_not, "nobody waits for ever");
}

TEST(Decide, AssumptionsMakeItConditional) {
  Graph graph = graph_of(1, {blocked(0, {0})});
  graph.unless = {"an alarm is pending"};
  EXPECT_EQ(decide(graph).proof, Proof::conditional);
  graph.threads.push_back(moving(0, Motion::poller));
  EXPECT_EQ(decide(graph).proof, Proof::but_pollers);
}

TEST(Decide, DisturbedOrEmptyProvesNothing) {
  Graph graph = graph_of(1, {blocked(0, {0})});
  graph.disturbed = "a process ended meanwhile";
  const Verdict verdict = decide(graph);
  EXPECT_EQ(verdict.proof, Proof::none);
  EXPECT_TRUE(verdict.stuck.empty());
  EXPECT_EQ(outlooks(verdict), "C");
  EXPECT_EQ(verdict.why_not, "a process ended meanwhile");
  EXPECT_EQ(decide(Graph{}).why_not, "no thread was seen");
}

/// A parent that waits for the end of its child, which waits for itself.
Graph shell_around_stuck() {
  Graph graph = graph_of(2, {blocked(0, {1}), blocked(1, {1})});
  graph.objects.resize(2);
  graph.objects[1].kind = ObjectKind::child;
  graph.objects[1].process = 1;
  graph.threads[0].waits[0] = {1, Event::ended, {1}, {}, true};
  return graph;
}

constexpr std::uint64_t kTerm = 1 << 14;

TEST(DecideSignals, HandlerIsFree) {
  Graph graph = graph_of(2, {blocked(0, {1}), blocked(1, {0})});
  graph.threads[0].signals.outside = kTerm;
  const Verdict verdict = decide(graph);
  EXPECT_EQ(verdict.proof, Proof::but_signals);
  EXPECT_EQ(outlooks(verdict), "BB");
  EXPECT_EQ(verdict.stuck, (std::vector<int>{0, 1}));
}

TEST(DecideSignals, WhomNoHandlerReachesNeverRunsAgain) {
  Graph graph = graph_of(2, {blocked(0, {0, 1}), blocked(1, {1})});
  graph.threads[0].signals.outside = kTerm;
  const Verdict verdict = decide(graph);
  EXPECT_EQ(verdict.proof, Proof::but_signals);
  EXPECT_EQ(outlooks(verdict), "BA");
}

TEST(DecideSignals, StopAndGoingOnIsFree) {
  Graph graph = graph_of(1, {blocked(0, {0})});
  graph.threads[0].signals.stop = true;
  EXPECT_EQ(decide(graph).proof, Proof::but_signals);
}

TEST(DecideSignals, NobodySendsThemIfThatIsKnown) {
  Graph graph = graph_of(1, {blocked(0, {0})});
  graph.no_signals = true;
  EXPECT_EQ(decide(graph).proof, Proof::whole);
  EXPECT_FALSE(decide(graph).rests_on_no_signals);
  graph.threads[0].signals.outside = kTerm;
  EXPECT_EQ(decide(graph).proof, Proof::whole);
  EXPECT_TRUE(decide(graph).rests_on_no_signals);
}

TEST(DecideSignals, MembersThatMoveMaySendWhatNobodyOutsideDoes) {
  Graph graph = graph_of(2, {blocked(0, {0}), blocked(1, {1})});
  graph.threads[0].signals.members = 1 << 5;
  EXPECT_EQ(outlooks(decide(graph)), "AA");
  graph.threads.push_back(moving(1, Motion::free));
  EXPECT_EQ(outlooks(decide(graph)), "BCC");
  graph.no_signals = true;
  EXPECT_EQ(outlooks(decide(graph)), "BCC");
}

TEST(DecideSignals, ShellWithATrapAroundTheStuckIsProved) {
  Graph graph = shell_around_stuck();
  graph.threads[0].signals.outside = kTerm;
  const Verdict verdict = decide(graph);
  EXPECT_EQ(verdict.proof, Proof::whole);
  EXPECT_EQ(verdict.wrappers, std::vector<int>{0});
  EXPECT_EQ(outlooks(verdict), "BA");
}

TEST(DecideSignals, ShellAroundOneThatHandlesSignalsIsNot) {
  Graph graph = shell_around_stuck();
  graph.threads[0].signals.outside = kTerm;
  graph.threads[1].signals.outside = kTerm;
  EXPECT_EQ(decide(graph).proof, Proof::but_signals);
  EXPECT_TRUE(decide(graph).wrappers.empty());
}

TEST(DecideSignals, ShellWithASecondThreadThatRestsIsNot) {
  Graph graph = shell_around_stuck();
  graph.threads[0].signals.outside = kTerm;
  graph.threads.push_back(blocked(0, {0}));
  const Verdict verdict = decide(graph);
  EXPECT_EQ(verdict.proof, Proof::but_signals);
  EXPECT_EQ(outlooks(verdict), "BAB");
}

TEST(DecideSignals, ShellThatCouldBeWokenOtherwiseIsNot) {
  Graph graph = shell_around_stuck();
  graph.threads[0].signals.outside = kTerm;
  graph.threads[0].waits.push_back({0, Event::woken, {1}, {}, false});
  EXPECT_EQ(decide(graph).proof, Proof::but_signals);
}

TEST(DecideSignals, ShellThatReadsToTheEndOfFileOfTheStuckIsProved) {
  Graph graph = shell_around_stuck();
  graph.threads[0].signals.outside = kTerm;
  graph.objects[1].kind = ObjectKind::pipe;
  graph.objects[1].writers = {1};
  graph.threads[0].waits[0] = {1, Event::readable, {1}, {}, true};
  EXPECT_EQ(decide(graph).proof, Proof::whole);
  graph.objects[1].writers = {0, 1};
  EXPECT_EQ(decide(graph).proof, Proof::whole);
  graph.objects[1].writers = {0};  // it waits for itself alone
  EXPECT_EQ(decide(graph).proof, Proof::but_signals);
}

TEST(DecideSignals, EndOfAChildThatMovesWakesItsParent) {
  Graph graph = graph_of(2, {blocked(0, {0}), moving(1, Motion::free)});
  EXPECT_EQ(outlooks(decide(graph)), "AC");
  graph.threads[0].signals.senders = {1};
  EXPECT_EQ(outlooks(decide(graph)), "CC");
}

}  // namespace
}  // namespace poolbugs::wait
