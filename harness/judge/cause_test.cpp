// Each cause from a graph by hand: the smallest, and what it is told from.
#include "harness/judge/cause.hpp"

#include <gtest/gtest.h>

#include "harness/judge/graph_fixture.hpp"

namespace poolbugs::judge {
namespace {

using wait::AtFork;
using wait::Motion;
using wait::ObjectKind;
using wait::Owner;
using Core = std::vector<int>;

StuckCause cause(const GraphBuilder& built) {
  return cause_of(built.graph, wait::decide(built.graph));
}
std::string slug(const GraphBuilder& built) { return cause(built).slug; }

TEST(Cause, OrphanedLock) {
  GraphBuilder built = pool(1);
  const int lock = built.ownerless(Owner::not_in_process);
  built.locks(1, lock);
  built.waits_for_child(0, 1);
  EXPECT_EQ(slug(built), "dead-owner");  // it may be of its own
  built.at(lock).at_fork = AtFork::other_thread;
  EXPECT_EQ(slug(built), "orphaned-lock");
  EXPECT_EQ(cause(built).core, Core{1});
  built.at(lock).at_fork = AtFork::forking_thread;
  EXPECT_EQ(slug(built), "self-deadlock");
}

TEST(Cause, LockOfALonelyForkedThreadIsOrphanedOnlyIfThatIsKnown) {
  for (const ObjectKind kind : {ObjectKind::futex, ObjectKind::lock}) {
    GraphBuilder built = pool(1);
    const int lock = built.object(kind);
    built.waits(1, lock);
    built.waits_for_child(0, 1);
    EXPECT_EQ(slug(built), "lost-wakeup");
    built.at(lock).at_fork = AtFork::other_thread;
    EXPECT_EQ(slug(built), "orphaned-lock");
    for (const AtFork own : {AtFork::forking_thread, AtFork::nobody}) {
      built.at(lock).at_fork = own;
      EXPECT_EQ(slug(built), "self-deadlock");
    }
  }
}

TEST(Cause, FutexIsNotOrphanedWhereAnyoneIsLeft) {
  GraphBuilder built = pool(1);
  built.thread(1);
  const int futex = built.object(ObjectKind::futex);
  built.waits(1, futex);
  built.waits(2, futex);
  built.waits_for_child(0, 1);
  EXPECT_EQ(slug(built), "lost-wakeup");
}

TEST(Cause, FutexIsNotOrphanedWithoutFork) {
  GraphBuilder built = pool(1, false);
  built.waits(1, built.object(ObjectKind::futex));
  built.waits_for_child(0, 1);
  EXPECT_EQ(slug(built), "lost-wakeup");
}

TEST(Cause, SharedFutexIsNotOrphaned) {
  GraphBuilder built = pool(1);
  built.waits(1, built.object(ObjectKind::futex, true));
  built.waits_for_child(0, 1);
  EXPECT_EQ(slug(built), "lost-wakeup");
}

TEST(Cause, DeadOwner) {
  GraphBuilder built = pool(2);
  const int lock = built.ownerless(Owner::gone);
  built.locks(1, lock);
  built.locks(2, lock);
  built.waits_for_child(0, 1);
  EXPECT_EQ(slug(built), "dead-owner");
  EXPECT_EQ(cause(built).core, Core{1});
}

TEST(Cause, DeadOwnerThread) {
  GraphBuilder built = threads(2);
  built.locks(1, built.ownerless(Owner::not_in_process));
  built.joins(0, 1);
  EXPECT_EQ(slug(built), "dead-owner");
}

TEST(Cause, OneOfSeveralWordsWithoutOwnerIsNotEnough) {
  GraphBuilder built = pool(1);
  built.locks(1, built.ownerless(Owner::gone));
  built.waits(1, built.object(ObjectKind::futex, true));
  built.waits_for_child(0, 1);
  EXPECT_EQ(slug(built), "lost-wakeup");
}

TEST(Cause, LockCycle) {
  GraphBuilder built = threads(3);
  built.locks(1, built.lock(2));
  built.locks(2, built.lock(1));
  built.joins(0, 1);
  EXPECT_EQ(slug(built), "lock-cycle");
  EXPECT_EQ(cause(built).core, (Core{1, 2}));
}

TEST(Cause, LockCycleOfThreeKeepsItsOrder) {
  GraphBuilder built = pool(2);
  built.locks(0, built.lock(2, true));
  built.locks(2, built.lock(1, true));
  built.locks(1, built.lock(0, true));
  EXPECT_EQ(slug(built), "lock-cycle");
  EXPECT_EQ(cause(built).core, (Core{0, 2, 1}));
}

TEST(Cause, ShortestLockCycleIsTheCore) {
  GraphBuilder built = threads(4);
  built.locks(0, built.lock(1));
  built.locks(1, built.lock(0));
  for (const int other : {2, 3}) built.locks(other, 0);
  EXPECT_EQ(cause(built).core, (Core{0, 1}));
}

TEST(Cause, SelfDeadlock) {
  GraphBuilder built = threads(1);
  built.locks(0, built.lock(0));
  EXPECT_EQ(slug(built), "self-deadlock");
  EXPECT_EQ(cause(built).core, Core{0});
}

TEST(Cause, FileLocksMakeLockCycles) {
  GraphBuilder built = pool(1);
  built.locks(0, built.file_lock({1}));
  built.locks(1, built.file_lock({0}));
  EXPECT_EQ(slug(built), "lock-cycle");
  GraphBuilder alone = threads(1);
  alone.locks(0, alone.file_lock({0}));
  EXPECT_EQ(slug(alone), "self-deadlock");
}

TEST(Cause, PipeCycle) {
  GraphBuilder built = pool(1);
  built.writes(0, built.channel({1}, {0}));
  built.writes(1, built.channel({0}, {1}));
  EXPECT_EQ(slug(built), "pipe-cycle");
}

TEST(Cause, PipeCycleThroughAReader) {
  GraphBuilder built = pool(1);
  built.writes(0, built.channel({1}, {0}));
  built.reads(1, built.channel({1}, {0}, ObjectKind::socket));
  EXPECT_EQ(slug(built), "pipe-cycle");
}

TEST(Cause, WritesToItself) {
  GraphBuilder built = threads(1);
  built.writes(0, built.channel({0}, {0}));
  EXPECT_EQ(slug(built), "pipe-cycle");
}

TEST(Cause, ReadsItsOwnPipe) {
  GraphBuilder built = threads(1);
  built.reads(0, built.channel({0}, {0}));
  EXPECT_EQ(slug(built), "eof-never-comes");
}

TEST(Cause, ReaderHoldsTheWriteEnd) {
  GraphBuilder built = pool(1);
  built.reads(1, built.channel({1}, {1}));
  built.waits_for_child(0, 1);
  EXPECT_EQ(slug(built), "eof-never-comes");
  EXPECT_EQ(cause(built).core, Core{1});
}

TEST(Cause, ReaderOnACycleComesFirst) {
  GraphBuilder built = pool(1);
  built.reads(0, built.channel({0}, {1}));
  built.reads(1, built.channel({1}, {0, 1}));
  EXPECT_EQ(slug(built), "eof-never-comes");
  EXPECT_EQ(cause(built).core, (Core{1, 0}));
}

TEST(Cause, SiblingHoldsTheWriteEnd) {
  // The parent closed its own and waits; worker 2 waits for the parent.
  GraphBuilder built = pool(2);
  built.waits_for_child(0, 1);
  built.reads(1, built.channel({1}, {2}));
  built.reads(2, built.channel({2}, {0}));
  EXPECT_EQ(slug(built), "eof-never-comes");
}

TEST(Cause, JoinerHoldsTheWriteEnd) {
  GraphBuilder built = pool(1);
  built.waits_for_child(0, 1);
  built.reads(1, built.channel({1}, {0}));
  EXPECT_EQ(slug(built), "join-cycle");
  EXPECT_EQ(cause(built).core, (Core{0, 1}));
}

TEST(Cause, JoinerShouldHaveRead) {
  GraphBuilder built = pool(1);
  built.waits_for_child(0, 1);
  built.writes(1, built.channel({0}, {1}));
  EXPECT_EQ(slug(built), "join-cycle");
}

/// As below CPython's fork server: it tells the parent when a worker ends, and
/// ends when the parent closes a pipe.
TEST(Cause, JoinerByAServerShouldHaveRead) {
  GraphBuilder built;
  built.single();
  built.single(0);
  built.single(1);
  const int ends = built.channel({0}, {1});
  built.reads(0, ends);
  built.reads(1, built.channel({1}, {0, 2}));
  built.reads(1, built.channel({1}, {1}));
  built.waits_for_child(1, 2);
  built.writes(2, built.channel({0}, {2}));
  EXPECT_EQ(slug(built), "join-cycle");
  EXPECT_EQ(cause(built).core, (Core{0, 1, 2}));
}

TEST(Cause, ServerAtRestAboveAStuckWorkerIsNotWhy) {
  GraphBuilder built;
  built.single();
  built.single(0);
  built.single(1);
  built.reads(0, built.channel({0}, {1}));
  built.reads(1, built.channel({1}, {0, 2}));
  built.reads(1, built.channel({1}, {1}));
  built.waits_for_child(1, 2);
  built.waits(2, built.object(ObjectKind::futex));
  EXPECT_EQ(slug(built), "lost-wakeup");
  EXPECT_EQ(cause(built).core, (Core{2}));
}

/// As asyncio beside an executor: each could be woken by the other thread.
TEST(Cause, ThreadsThatWakeEachOtherByPipesHaveLostAWakeUp) {
  GraphBuilder built = threads(2);
  built.reads(0, built.channel({0}, {0}, ObjectKind::socket));
  built.reads(1, built.channel({0}, {0}));
  built.graph.threads[0].call = "epoll_wait";
  built.graph.threads[1].call = "poll";
  EXPECT_EQ(slug(built), "lost-wakeup");
}

TEST(Cause, JoinerHoldsTheLock) {
  GraphBuilder built = pool(1);
  built.waits_for_child(0, 1);
  built.locks(1, built.lock(0, true));
  EXPECT_EQ(slug(built), "join-cycle");
  GraphBuilder inside = threads(2);
  inside.joins(0, 1);
  inside.locks(1, inside.lock(0));
  EXPECT_EQ(slug(inside), "join-cycle");
}

TEST(Cause, ReadCycle) {
  GraphBuilder built = pool(1);
  built.reads(0, built.channel({0}, {1}));
  built.reads(1, built.channel({1}, {0}));
  EXPECT_EQ(slug(built), "read-cycle");
}

TEST(Cause, WaitCycle) {
  GraphBuilder built = pool(1);
  built.reads(0, built.channel({0}, {1}));
  built.locks(1, built.lock(0, true));
  EXPECT_EQ(slug(built), "wait-cycle");
}

TEST(Cause, LostWakeup) {
  for (const ObjectKind kind :
       {ObjectKind::futex, ObjectKind::eventfd, ObjectKind::signal,
        ObjectKind::timer, ObjectKind::semaphore, ObjectKind::message_queue,
        ObjectKind::listener}) {
    GraphBuilder built = threads(2);
    built.waits(1, built.object(kind));
    built.joins(0, 1);
    EXPECT_EQ(slug(built), "lost-wakeup");
    EXPECT_EQ(cause(built).core, Core{1});
  }
}

TEST(Cause, WhoeverMightWakeMakesNoCycle) {
  GraphBuilder built = threads(2);
  built.waits(0, built.object(ObjectKind::futex));
  built.waits(1, built.object(ObjectKind::futex));
  EXPECT_EQ(slug(built), "lost-wakeup");
  EXPECT_EQ(cause(built).core, Core{0});
}

TEST(Cause, WaitingForAPollerIsNoCause) {
  GraphBuilder reader = pool(1);
  reader.threads(0).motion = Motion::poller;
  reader.reads(1, reader.channel({1}, {0}));
  EXPECT_EQ(slug(reader), "");
  GraphBuilder joiner = pool(1);
  joiner.threads(1).motion = Motion::stopped;
  joiner.waits_for_child(0, 1);
  EXPECT_EQ(slug(joiner), "");
  EXPECT_EQ(cause(joiner).core, Core{0});
  GraphBuilder locker = threads(2);
  locker.threads(0).motion = Motion::poller;
  locker.locks(1, locker.lock(0));
  EXPECT_EQ(slug(locker), "");
}

TEST(Cause, PollerBesideAWaiterIsStillALostWakeup) {
  GraphBuilder built = threads(2);
  built.threads(0).motion = Motion::poller;
  built.waits(1, built.object(ObjectKind::futex));
  EXPECT_EQ(slug(built), "lost-wakeup");
}

// Several components.

TEST(Cause, LockWithoutOwnerBeatsAnIdlePool) {
  GraphBuilder built = pool(2);
  built.reads(1, built.channel({1}, {1}));
  built.waits_for_child(0, 1);
  built.locks(2, built.ownerless(Owner::gone));
  EXPECT_EQ(slug(built), "dead-owner");
}

TEST(Cause, LockCycleBeatsTheFirstThreadsWait) {
  GraphBuilder built = pool(3);
  built.waits(0, built.object(ObjectKind::futex, true));
  built.locks(2, built.lock(3, true));
  built.locks(3, built.lock(2, true));
  built.waits(1, built.object(ObjectKind::futex, true));
  EXPECT_EQ(slug(built), "lock-cycle");
}

TEST(Cause, OtherwiseTheFirstThreadsWaitCounts) {
  GraphBuilder built = pool(3);
  built.waits_for_child(0, 3);
  built.reads(1, built.channel({1}, {1}));
  built.reads(2, built.channel({2}, {2}));
  built.waits(3, built.object(ObjectKind::futex, true));
  EXPECT_EQ(slug(built), "lost-wakeup");
  EXPECT_EQ(cause(built).core, Core{3});
}

TEST(Cause, CycleBeforeAnotherCauseIsNotTheCause) {
  // The parent and worker 1 wait for each other, and worker 1 for a lock too.
  GraphBuilder built = pool(1);
  built.waits_for_child(0, 1);
  built.reads(1, built.channel({1}, {0, 1}));
  built.thread(1);
  const int lock = built.ownerless(Owner::not_in_process);
  built.locks(2, lock);
  built.at(lock).at_fork = AtFork::other_thread;
  EXPECT_EQ(slug(built), "orphaned-lock");
}

TEST(Cause, NobodyStuckIsNoCause) {
  GraphBuilder built = pool(0);
  built.threads(0).motion = Motion::free;
  EXPECT_EQ(slug(built), "");
  EXPECT_TRUE(cause(built).core.empty());
}

TEST(Cause, PartOfATreeHasACauseToo) {
  GraphBuilder built = pool(2);
  built.threads(0).motion = Motion::free;
  built.locks(1, built.lock(2, true));
  built.locks(2, built.lock(1, true));
  for (auto& thread : built.graph.threads)
    for (auto& wait : thread.waits) wait.processes = {1, 2};
  EXPECT_EQ(slug(built), "lock-cycle");
}

}  // namespace
}  // namespace poolbugs::judge
