// Golden sentences: what a tired engineer reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/judge/cause.hpp"
#include "harness/judge/graph_fixture.hpp"

namespace poolbugs::judge {
namespace {

using ::testing::ElementsAre;
using wait::AtFork;
using wait::Motion;
using wait::ObjectKind;
using wait::Owner;

TEST(Explain, OrphanedLock) {
  GraphBuilder built = pool(1);
  const int lock = built.ownerless(Owner::not_in_process);
  built.at(lock).at_fork = AtFork::other_thread;
  built.locks(1, lock);
  built.waits_for_child(0, 1);
  EXPECT_THAT(
      said(built),
      ElementsAre("Worker 1 waits for a lock whose owner does not exist in it: "
                  "another thread of the parent held it when worker 1 was "
                  "forked, and that thread was not copied.",
                  "So nobody can release it.",
                  "The parent waits for the end of worker 1."));
}

TEST(Explain, OrphanedLockOfOneThreadOfSeveral) {
  GraphBuilder built = pool(1);
  built.thread(1);
  const int lock = built.ownerless(Owner::not_in_process);
  built.at(lock).at_fork = AtFork::other_thread;
  built.locks(1, lock);
  built.joins(2, 1);
  built.waits_for_child(0, 1);
  EXPECT_THAT(
      said(built),
      ElementsAre(
          "Thread 1 of worker 1 waits for a lock whose owner does not "
          "exist in worker 1: another thread of the parent held it when "
          "worker 1 was forked, and that thread was not copied.",
          "So nobody can release it.",
          "The parent waits for the end of worker 1.",
          "Thread 2 of worker 1 waits for the end of thread 1."));
}

TEST(Explain, WhatLooksLikeALock) {
  GraphBuilder built = pool(1);
  const int lock = built.object(ObjectKind::lock);
  built.at(lock).at_fork = AtFork::other_thread;
  built.locks(1, lock);
  built.waits_for_child(0, 1);
  EXPECT_EQ(
      said(built)[0],
      "Worker 1 waits for what looks like a lock in its own memory, and "
      "has no other thread: whoever was to release it was not copied when "
      "worker 1 was forked from the parent.");
}

TEST(Explain, HeldByTheThreadThatForked) {
  GraphBuilder built = pool(1);
  const int lock = built.ownerless(Owner::not_in_process);
  built.at(lock).at_fork = AtFork::forking_thread;
  built.locks(1, lock);
  built.waits_for_child(0, 1);
  EXPECT_EQ(said(built)[0],
            "Worker 1 waits for a lock that was held when worker 1 was forked, "
            "by the thread of the parent that forked it: inside its own "
            "critical section.");
}

TEST(Explain, ItsOwnDoing) {
  GraphBuilder built = pool(1);
  const int lock = built.object(ObjectKind::futex);
  built.at(lock).at_fork = AtFork::nobody;
  built.waits(1, lock);
  built.waits_for_child(0, 1);
  EXPECT_EQ(said(built)[0],
            "Worker 1 waits for a lock, semaphore or event in its own memory, "
            "and has no other thread: its parent has something else there, so "
            "it made that itself (or its parent has freed it since), and only "
            "it could signal it.");
}

TEST(Explain, HeldByItselfOrAtTheFork) {
  GraphBuilder built = pool(1);
  built.waits(1, built.object(ObjectKind::futex));
  built.waits_for_child(0, 1);
  EXPECT_EQ(said(built)[0],
            "Worker 1 waits for a wake-up (of a condition, semaphore or the "
            "like) in its own memory, and has no other thread that could do "
            "it: it holds that itself, or it was held when it was forked.");
}

TEST(Explain, OrphanedThread) {
  GraphBuilder built = pool(1);
  built.joins(1, -1);
  built.waits_for_child(0, 1);
  EXPECT_THAT(
      said(built),
      ElementsAre("Worker 1 waits for the end of a thread that does not exist "
                  "in it: it was a thread of the parent when worker 1 was "
                  "forked, and was not copied.",
                  "So its end never comes.",
                  "The parent waits for the end of worker 1."));
}

TEST(Explain, DeadOwnerAndAPoolBehindIt) {
  GraphBuilder built = pool(16);
  const int lock = built.ownerless(Owner::gone);
  for (int i = 1; i <= 16; ++i) built.locks(i, lock);
  built.waits_for_child(0, 1);
  EXPECT_THAT(
      said(built),
      ElementsAre("Worker 1 waits for a lock in shared memory whose owner does "
                  "not exist any more: it ended without releasing the lock.",
                  "So nobody can release it.",
                  "The parent waits for the end of worker 1.",
                  "Workers 2 to 16 wait for the same lock."));
}

TEST(Explain, DeadOwnerThread) {
  GraphBuilder built = threads(1);
  built.locks(0, built.ownerless(Owner::not_in_process));
  EXPECT_EQ(said(built)[0],
            "The parent waits for a lock whose owner is no thread of it any "
            "more: it ended without releasing the lock.");
}

TEST(Explain, LockCycle) {
  GraphBuilder built = threads(3);
  built.locks(1, built.lock(2));
  built.locks(2, built.lock(1));
  built.joins(0, 1);
  EXPECT_THAT(
      said(built),
      ElementsAre(
          "Thread 2 of the parent waits for a lock that thread 3 holds; "
          "thread 3 waits for a lock that thread 2 holds.",
          "So neither can ever go on.",
          "Thread 1 of the parent waits for the end of thread 2."));
}

TEST(Explain, SelfDeadlock) {
  GraphBuilder built = threads(1);
  built.locks(0, built.lock(0));
  EXPECT_THAT(said(built),
              ElementsAre("The parent waits for a lock that it holds itself.",
                          "So it can never come to release it."));
}

TEST(Explain, FileLocks) {
  GraphBuilder built = pool(1);
  built.locks(0, built.file_lock({1}, "/var/lock/queue.lock"));
  built.locks(1, built.file_lock({0}, "/tmp/tmpab3x_9k/x7Qz"));
  EXPECT_EQ(said(built)[0],
            "The parent waits for the file lock on queue.lock that worker 1 "
            "holds; worker 1 waits for a file lock that the parent holds.");
}

TEST(Explain, LongCyclesAreCutShort) {
  GraphBuilder built = pool(9);
  for (int i = 0; i < 10; ++i) built.locks(i, built.lock((i + 1) % 10, true));
  const std::vector<std::string> sentences = said(built);
  ASSERT_EQ(sentences.size(), 2U);
  EXPECT_THAT(sentences[0], ::testing::EndsWith(
                                "; worker 5 waits for a lock in shared memory "
                                "that worker 6 holds; and so on through 4 "
                                "more, round to the parent."));
  EXPECT_EQ(sentences[1], "So none of them can ever go on.");
}

TEST(Explain, PipeCycle) {
  GraphBuilder built = pool(1);
  built.writes(0, built.channel({1}, {0}));
  built.writes(1, built.channel({0, 1}, {1}));
  EXPECT_EQ(
      said(built)[0],
      "The parent writes to a full pipe that only worker 1 can read from; "
      "worker 1 writes to a full pipe that the parent can read from.");
}

TEST(Explain, WritesToItself) {
  GraphBuilder built = threads(1);
  built.writes(0, built.channel({0}, {0}));
  EXPECT_THAT(said(built), ElementsAre("The parent writes to a full pipe that "
                                       "only it can read from.",
                                       "So it can never go on."));
}

TEST(Explain, EndOfFileThatItKeepsFromItself) {
  GraphBuilder built = pool(2);
  built.reads(1, built.channel({1}, {1, 2}));
  built.waits_for_child(0, 1);
  built.reads(2, built.channel({2}, {0}));
  EXPECT_THAT(
      said(built),
      ElementsAre("Worker 1 reads from a pipe whose write end it still holds "
                  "itself, as worker 2 does, so the end of file never comes.",
                  "Worker 2 reads from an empty pipe that only the parent can "
                  "write to; the parent waits for the end of worker 1."));
}

TEST(Explain, ReadsItsOwnPipe) {
  GraphBuilder built = pool(0);
  built.reads(0, built.channel({0}, {0}));
  EXPECT_THAT(said(built),
              ElementsAre("The parent reads from a pipe whose write end it "
                          "still holds itself, so the end of file never "
                          "comes."));
}

TEST(Explain, EndOfFileThatASiblingKeeps) {
  GraphBuilder built = pool(2);
  built.waits_for_child(0, 1);
  built.reads(1, built.channel({1}, {2}));
  built.reads(2, built.channel({2}, {0}));
  EXPECT_THAT(
      said(built),
      ElementsAre("Worker 1 reads from a pipe whose write end worker 2 still "
                  "holds, so the end of file never comes.",
                  "Worker 2 reads from an empty pipe that only the parent can "
                  "write to; the parent waits for the end of worker 1."));
}

TEST(Explain, JoinCycle) {
  GraphBuilder built = pool(1);
  built.waits_for_child(0, 1);
  built.writes(1, built.channel({0}, {1}));
  EXPECT_THAT(said(built),
              ElementsAre("The parent waits for the end of worker 1; worker 1 "
                          "writes to a full pipe that only the parent can read "
                          "from.",
                          "So neither can ever go on."));
}

TEST(Explain, AnyChild) {
  GraphBuilder built = pool(3);
  for (int i = 1; i <= 3; ++i) built.waits_for_child(0, i);
  const int pipe = built.channel({1, 2, 3}, {0});
  for (int i = 1; i <= 3; ++i) built.reads(i, pipe);
  EXPECT_THAT(
      said(built),
      ElementsAre("The parent waits for the end of any of workers 1 to 3; "
                  "worker 1 reads from an empty pipe that only the parent can "
                  "write to.",
                  "So neither can ever go on.",
                  "Workers 2 and 3 read from the same pipe."));
}

TEST(Explain, PollOfSeveralThings) {
  GraphBuilder built = pool(2);
  for (int i = 1; i <= 2; ++i) {
    built.reads(0, built.channel({0}, {i}));
    built.reads(i, built.channel({i}, {0}));
  }
  built.call(0, "poll");
  EXPECT_EQ(said(built)[0],
            "The parent waits for any of several things, one of them data in "
            "an empty pipe that only worker 1 can write to; worker 1 reads "
            "from an empty pipe that only the parent can write to.");
}

TEST(Explain, LostWakeup) {
  GraphBuilder built = threads(2);
  built.waits(1, built.object(ObjectKind::futex));
  built.joins(0, 1);
  EXPECT_THAT(
      said(built),
      ElementsAre("Thread 2 of the parent waits for a wake-up (of a condition, "
                  "semaphore or the like) in its own memory.",
                  "Everybody who could do that waits for ever as well.",
                  "Thread 1 of the parent waits for the end of thread 2."));
}

TEST(Explain, LostWakeupOfALonelyThread) {
  GraphBuilder built = pool(1, false);
  built.waits(1, built.object(ObjectKind::futex));
  built.waits_for_child(0, 1);
  EXPECT_EQ(said(built)[0],
            "Worker 1 waits for a wake-up (of a condition, semaphore or the "
            "like) in its own memory, and has no other thread that could do "
            "it.");
}

TEST(Explain, HundredThreads) {
  GraphBuilder built = threads(100);
  built.locks(0, built.lock(1));
  built.locks(1, built.lock(0));
  for (int i = 2; i < 100; ++i) built.locks(i, 0);
  const std::vector<std::string> sentences = said(built);
  ASSERT_EQ(sentences.size(), 3U);
  EXPECT_EQ(sentences[2],
            "Threads 3 to 100 of the parent wait for the same lock.");
}

TEST(Explain, NeverMoreThanSixSentences) {
  GraphBuilder built = pool(12);
  for (int i = 1; i <= 12; ++i) built.waits_for_child(0, i);
  built.locks(1, built.ownerless(Owner::not_in_process));
  // A chain, each link with words of its own.
  for (int i = 2; i <= 12; ++i) built.reads(i, built.channel({i}, {i - 1}));
  built.thread(12, Motion::poller);
  built.graph.unless = {"an alarm is pending"};
  const std::vector<std::string> sentences = said(built);
  EXPECT_EQ(sentences.size(), 6U);
  EXPECT_EQ(sentences[3], "11 more wait in turn for others that are stuck.");
}

TEST(Explain, NamesOfProgramsWhereTheyDiffer) {
  GraphBuilder built = pool(3, false);
  for (int i = 1; i <= 3; ++i) built.processes(i).name = "python3";
  built.processes(0).name = "ba\nsh";
  built.locks(1, built.lock(1, true));
  built.waits_for_child(0, 1);
  const int lock = built.lock(1, true);
  built.locks(2, lock);
  built.locks(3, lock);
  EXPECT_THAT(
      said(built),
      ElementsAre("Worker 1 (python3) waits for a lock in shared memory that "
                  "it holds itself.",
                  "So it can never come to release it.",
                  "The parent (ba sh) waits for the end of worker 1.",
                  "Workers 2 and 3 (python3) wait for a lock in shared memory "
                  "that worker 1 holds."));
}

TEST(Explain, SameWordsWhateverTheIds) {
  GraphBuilder built = pool(3);
  const int lock = built.ownerless(Owner::gone);
  built.at(lock).path = "/dev/shm/psm_1a2b3c4d";
  for (int i = 1; i <= 3; ++i) built.locks(i, lock);
  built.waits_for_child(0, 2);
  const std::vector<std::string> before = said(built);
  for (auto& process : built.graph.processes) process.id += 12345;
  for (auto& thread : built.graph.threads) {
    thread.id += 54321;
    thread.pc = 0xdeadbeef;
  }
  built.at(lock).path = "/dev/shm/psm_9f8e7d6c";
  EXPECT_EQ(said(built), before);
  for (const std::string& sentence : before)
    EXPECT_THAT(sentence, ::testing::Not(::testing::HasSubstr("psm_")));
}

}  // namespace
}  // namespace poolbugs::judge
