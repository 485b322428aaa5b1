// What makes a thread, a process or a whole tree count as free, whatever it
// waits for; and who the graph says they are.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>

#include "platform/wait_graph_test_support.hpp"

namespace poolbugs::wait {
namespace {

/// The parent waits for worker 1, which reads from a pipe of its own.
FactsBuilder stuck_tree() {
  FactsBuilder tree;
  const int parent = tree.process();
  const int worker = tree.process(parent);
  tree.call(parent, SYS_wait4, {static_cast<std::uint64_t>(-1)});
  tree.read_end(worker, 3, 50);
  tree.write_end(worker, 4, 50);
  tree.call(worker, SYS_read, {3});
  return tree;
}

TEST(WaitGraph, StuckTreeIsProved) {
  EXPECT_EQ(stuck_tree().outcome(), "whole");
}

TEST(WaitGraph, NamesProcessesAndThreads) {
  FactsBuilder tree = stuck_tree();
  tree.thread(1);
  tree.call(1, SYS_read, {3}, 1);
  const Graph graph = tree.graph();
  ASSERT_EQ(graph.processes.size(), 2U);
  EXPECT_EQ(graph.processes[0].role, "parent");
  EXPECT_EQ(graph.processes[1].role, "worker 1");
  EXPECT_EQ(graph.processes[1].parent, 0);
  EXPECT_TRUE(graph.processes[1].forked);
  ASSERT_EQ(graph.threads.size(), 3U);
  EXPECT_EQ(graph.threads[2].process, 1);
  EXPECT_EQ(graph.threads[2].number, 2);
  EXPECT_EQ(graph.threads[2].call, "read");
  // One pipe, not one for each of its readers.
  EXPECT_EQ(graph.threads[1].waits[0].object, graph.threads[2].waits[0].object);
}

TEST(WaitGraph, WhoSpinsIsAPollerThatNeverSleeps) {
  FactsBuilder tree = stuck_tree();
  const int spinner = tree.process(0);
  ThreadFacts& thread = tree.at(spinner).threads.front();
  thread.asleep = false;
  EXPECT_EQ(tree.outcome(), "runs");
  const Pollers who{{tree.at(spinner).id, thread.id}};
  const Graph graph = build_graph(tree.facts, {}, who);
  ASSERT_EQ(graph.threads.size(), 3U);
  EXPECT_EQ(graph.threads[2].motion, Motion::poller);
  EXPECT_TRUE(graph.threads[2].spins);
  EXPECT_FALSE(build_graph(tree.facts, who).threads[2].spins);
  const Verdict verdict = decide(graph);
  EXPECT_EQ(verdict.proof, Proof::but_pollers);
  EXPECT_EQ(verdict.stuck, (std::vector<int>{0, 1}));
}

TEST(WaitGraph, DisturbedTreeIsNotProved) {
  FactsBuilder tree = stuck_tree();
  tree.facts.disturbed = "a thread ran between the readings";
  EXPECT_EQ(tree.outcome(), "a thread ran between the readings");
}

TEST(WaitGraph, TracingOutsideIsNotProved) {
  FactsBuilder tree = stuck_tree();
  tree.facts.around.traces_outside = true;
  EXPECT_EQ(tree.outcome(), "it traces a process outside of the tree");
}

TEST(WaitGraph, EmptyTreeIsNotProved) {
  EXPECT_EQ(FactsBuilder().outcome(), "no thread was seen");
}

TEST(WaitGraph, ProcessThatCannotBeReadIsFree) {
  FactsBuilder tree = stuck_tree();
  tree.at(1).readable = false;
  tree.at(1).why_not = "belongs to another user";
  EXPECT_EQ(tree.outcome(), "belongs to another user");
  EXPECT_TRUE(tree.graph().unseen);
}

TEST(WaitGraph, UnreadableProcessWithoutThreadsIsFree) {
  FactsBuilder tree = stuck_tree();
  const int third = tree.process(0);
  tree.at(third).threads.clear();
  tree.at(third).readable = false;
  tree.at(third).why_not = "belongs to another user";
  EXPECT_EQ(tree.outcome(), "belongs to another user");
}

TEST(WaitGraph, LivingProcessWhoseThreadsWereNotSeenIsFree) {
  FactsBuilder tree = stuck_tree();
  tree.at(tree.process(0)).threads.clear();
  EXPECT_EQ(tree.outcome(), "has threads that were not seen");
}

TEST(WaitGraph, ZombieDoesNothing) {
  FactsBuilder tree = stuck_tree();
  const int dead = tree.process(0);
  tree.at(dead).threads.clear();
  tree.at(dead).zombie = true;
  tree.at(dead).timers = true;  // nobody looked
  EXPECT_EQ(tree.outcome(), "whole");
  EXPECT_FALSE(tree.graph().unseen);
}

TEST(WaitGraph, ForeignProcessIsFree) {
  FactsBuilder tree = stuck_tree();
  tree.at(1).modelled = false;
  tree.at(1).why_not = "is an i386 program";
  EXPECT_EQ(tree.outcome(), "is an i386 program");
}

TEST(WaitGraph, PosixTimerIsFree) {
  FactsBuilder tree = stuck_tree();
  tree.at(1).timers = true;
  EXPECT_EQ(tree.outcome(), "has a POSIX timer");
}

TEST(WaitGraph, SignalsAboutDescriptorsAreFree) {
  FactsBuilder tree = stuck_tree();
  tree.at(1).descriptors[0].signals = true;
  EXPECT_EQ(tree.outcome(), "is sent signals about a descriptor");
}

TEST(WaitGraph, UringIsFree) {
  FactsBuilder tree = stuck_tree();
  tree.open(1, 9, FileKind::io_uring, 0);
  EXPECT_EQ(tree.outcome(), "uses io_uring");
}

TEST(WaitGraph, OneUnseenProcessFreesAll) {
  FactsBuilder tree = stuck_tree();
  tree.at(tree.process(0)).modelled = false;
  const Verdict verdict = decide(tree.graph());
  EXPECT_EQ(verdict.proof, Proof::none);
  EXPECT_TRUE(verdict.stuck.empty());
}

TEST(WaitGraph, WhoHasATimerMovesButWasSeen) {
  FactsBuilder tree = stuck_tree();
  const Verdict before = decide(tree.graph());
  tree.at(tree.process()).timers = true;  // and no end of anything here
  const Verdict verdict = decide(tree.graph());
  EXPECT_EQ(verdict.proof, Proof::none);
  EXPECT_EQ(verdict.stuck, before.stuck);
}

TEST(WaitGraph, WhomATracerHasIsFreeThoughHeSleeps) {
  FactsBuilder tree = stuck_tree();
  tree.thread_at(1).tracer = 4711;
  EXPECT_EQ(tree.outcome(), "is being traced");
}

TEST(WaitGraph, RunningThreadIsFree) {
  FactsBuilder tree = stuck_tree();
  tree.thread_at(1).asleep = false;
  EXPECT_EQ(tree.outcome(), "runs");
}

TEST(WaitGraph, TracedThreadIsFree) {
  FactsBuilder tree = stuck_tree();
  tree.thread_at(1).state = 't';
  EXPECT_EQ(tree.outcome(), "is being traced");
}

TEST(WaitGraph, ThreadThatSleepsElsewhereIsFree) {
  FactsBuilder tree = stuck_tree();
  tree.thread_at(1).elsewhere = true;
  EXPECT_EQ(tree.outcome(), "sleeps, but not in its call");
}

TEST(WaitGraph, ThreadOutsideOfCallsIsFree) {
  FactsBuilder tree = stuck_tree();
  tree.thread_at(1).call = -1;
  EXPECT_EQ(tree.outcome(), "does not wait in a system call");
}

TEST(WaitGraph, StoppedThreadIsNeverProved) {
  FactsBuilder tree = stuck_tree();
  tree.thread_at(1).state = 'T';
  const Graph graph = tree.graph();
  EXPECT_EQ(graph.threads[1].motion, Motion::stopped);
  EXPECT_EQ(tree.outcome(), "but pollers");
  EXPECT_EQ(decide(graph).stuck, std::vector<int>{0});
}

TEST(WaitGraph, StoppedThreadOfAnUnreadableProcessIsFree) {
  FactsBuilder tree = stuck_tree();
  tree.thread_at(1).state = 'T';
  tree.at(1).timers = true;
  EXPECT_EQ(tree.outcome(), "has a POSIX timer");
}

TEST(WaitGraph, PollerIsNeverProved) {
  FactsBuilder tree = stuck_tree();
  tree.thread(0);
  tree.thread_at(0, 1).asleep = false;
  EXPECT_EQ(tree.outcome(), "runs");
  tree.pollers = {{tree.at(0).id, tree.thread_at(0, 1).id}};
  EXPECT_EQ(tree.outcome(), "but pollers");
  // The ids of another thread's process do not count.
  tree.pollers = {{tree.at(1).id, tree.thread_at(0, 1).id}};
  EXPECT_EQ(tree.outcome(), "runs");
}

TEST(WaitGraph, AlarmMakesItConditional) {
  FactsBuilder tree = stuck_tree();
  for (const auto alarm :
       {Surroundings::Alarm::pending_somewhere, Surroundings::Alarm::unknown}) {
    tree.facts.around.alarm = alarm;
    EXPECT_EQ(tree.outcome(), "unless an alarm is pending");
  }
}

TEST(WaitGraph, FoundTreeMayHaveUnseenMembers) {
  FactsBuilder tree = stuck_tree();
  tree.facts.around.saw_everybody = false;
  EXPECT_EQ(tree.outcome(), "whole");
  tree.facts.around.ours = false;
  EXPECT_EQ(tree.outcome(),
            "unless a process that may not be looked into takes part");
}

TEST(WaitGraph, WhoMayNotBeReadMayHaveBeenSentSomething) {
  FactsBuilder tree = stuck_tree();
  tree.facts.around.strange_sockets = true;
  EXPECT_EQ(tree.outcome(), "whole");
  tree.facts.around.saw_everybody = false;
  EXPECT_EQ(tree.outcome(),
            "unless a process that may not be looked into takes part");
  tree.facts.around.own_namespaces = true;
  EXPECT_EQ(tree.outcome(), "whole");
  Descriptor connection;
  connection.kind = FileKind::socket;
  tree.facts.processes.front().descriptors.push_back(connection);
  EXPECT_EQ(tree.outcome(),
            "unless a process that may not be looked into takes part");
  tree.facts.processes.front().descriptors.back().passes_descriptors = false;
  EXPECT_EQ(tree.outcome(), "whole");
}

TEST(WaitGraph, DescriptorsMayLieInASocketOutside) {
  FactsBuilder tree = stuck_tree();
  tree.facts.around.sockets_hold = true;
  EXPECT_EQ(tree.outcome(),
            "unless descriptors are under way in a socket outside");
}

TEST(WaitGraph, UnknownSurroundingsProveNothingWhole) {
  FactsBuilder tree = stuck_tree();
  tree.facts.around = Surroundings{};
  EXPECT_EQ(decide(tree.graph()).proof, Proof::conditional);
}

/// Objects of which the first thread of the tree waits for the end.
int ends_waited_for(const FactsBuilder& tree) {
  const Graph graph = tree.graph();
  return static_cast<int>(
      std::ranges::count_if(graph.threads[0].waits, [&](const Wait& wait) {
        return graph.objects[static_cast<std::size_t>(wait.object)].kind ==
               ObjectKind::child;
      }));
}

TEST(WaitGraph, WhoHearsOfChildrenByItsOwnPipeWaitsForTheirEnd) {
  FactsBuilder tree = stuck_tree();
  tree.read_end(0, 5, 60);
  tree.write_end(0, 6, 60);
  tree.call(0, SYS_read, {5});
  EXPECT_EQ(ends_waited_for(tree), 0);
  tree.at(0).caught = signal_bit(SIGCHLD);
  EXPECT_EQ(ends_waited_for(tree), 1);
  tree.thread_at(0).blocked = signal_bit(SIGCHLD);
  EXPECT_EQ(ends_waited_for(tree), 0);
  tree.thread_at(0).blocked = 0;
  tree.write_end(1, 6, 60);
  EXPECT_EQ(ends_waited_for(tree), 0) << "somebody else may write there";
}

}  // namespace
}  // namespace poolbugs::wait
