// Futexes: what they are taken for, and who may reach them from outside.
#include <gtest/gtest.h>
#include <linux/futex.h>
#include <sys/syscall.h>

#include "platform/wait_graph_test_support.hpp"

namespace poolbugs::wait {
namespace {

constexpr std::uint64_t kAddress = 0x7f0000001000;

/// A parent with a worker of two threads; worker 1 waits for a futex, all
/// others read pipes that only they hold.
FactsBuilder tree_of_three() {
  FactsBuilder tree;
  tree.process(tree.process());
  tree.thread(1);
  for (int process = 0; process < 2; ++process) {
    tree.read_end(process, 90, 900 + static_cast<std::uint64_t>(process));
    tree.write_end(process, 91, 900 + static_cast<std::uint64_t>(process));
    tree.call(process, SYS_read, {90});
  }
  tree.call(1, SYS_read, {90}, 1);
  return tree;
}

Futex& wait_for_word(FactsBuilder& tree, int operation, std::uint32_t expected,
                     std::array<std::uint32_t, 6> words) {
  ThreadFacts& thread =
      tree.call(1, SYS_futex,
                {kAddress, static_cast<std::uint64_t>(operation), expected});
  Futex word;
  word.address = kAddress;
  word.process_private = (operation & FUTEX_PRIVATE_FLAG) != 0;
  word.mapped = word.readable = true;
  word.words = words;
  thread.futexes = {word};
  thread.futexes_known = true;
  return thread.futexes[0];
}

Futex& wait_for_shared(FactsBuilder& tree, const std::string& path) {
  Futex& word = wait_for_word(tree, FUTEX_WAIT, 0, {});
  word.shared = true;
  word.file = {9, 80};
  word.path = path;
  word.nameless = path.ends_with(" (deleted)");
  tree.at(0).shared_maps = tree.at(1).shared_maps = {{9, 80}};
  return word;
}

struct Seen {
  Wait wait;
  Object object;
};
Seen seen(const FactsBuilder& tree) {
  const Graph graph = tree.graph();
  Seen found;
  found.wait = graph.threads[1].waits.at(0);
  found.object = graph.objects[static_cast<std::size_t>(found.wait.object)];
  return found;
}

TEST(WaitFutex, PrivateWordIsWokenByItsProcess) {
  FactsBuilder tree = tree_of_three();
  wait_for_word(tree, FUTEX_WAIT_BITSET_PRIVATE, 0, {});
  EXPECT_EQ(tree.outcome(), "whole");
  EXPECT_EQ(seen(tree).object.kind, ObjectKind::futex);
  EXPECT_FALSE(seen(tree).object.shared);
  EXPECT_EQ(seen(tree).wait.processes, std::vector<int>{1});
  EXPECT_FALSE(seen(tree).wait.certain);
}

TEST(WaitFutex, VforkSharesMemory) {
  FactsBuilder tree = tree_of_three();
  wait_for_word(tree, FUTEX_WAIT_PRIVATE, 0, {});
  tree.call(0, SYS_clone3).vforks = true;
  EXPECT_EQ(seen(tree).wait.processes, (std::vector<int>{1, 0}));
}

TEST(WaitFutex, OneThreadThatMayMoveFreesTheWaiter) {
  FactsBuilder tree = tree_of_three();
  wait_for_word(tree, FUTEX_WAIT_PRIVATE, 0, {});
  tree.thread_at(1, 1).asleep = false;
  EXPECT_EQ(decide(tree.graph()).outlook[1], Outlook::may_move);
}

TEST(WaitFutex, UnknownWordIsFree) {
  const char* unknown = "waits for a futex that is not known";
  FactsBuilder tree = tree_of_three();
  wait_for_word(tree, FUTEX_WAIT_PRIVATE, 0, {});
  tree.thread_at(1).futexes_known = false;
  EXPECT_EQ(tree.outcome(), unknown);
  tree.thread_at(1).futexes_known = true;
  tree.thread_at(1).futexes.clear();
  EXPECT_EQ(tree.outcome(), unknown);
}

TEST(WaitFutex, WordWithoutMappingIsFree) {
  FactsBuilder tree = tree_of_three();
  wait_for_word(tree, FUTEX_WAIT_PRIVATE, 0, {}).mapped = false;
  EXPECT_EQ(tree.outcome(), "waits for a futex that is not mapped");
}

TEST(WaitFutex, OtherOperationsAreFree) {
  for (const int operation : {FUTEX_WAKE, FUTEX_REQUEUE, FUTEX_UNLOCK_PI,
                              FUTEX_CMP_REQUEUE_PI, FUTEX_TRYLOCK_PI}) {
    FactsBuilder tree = tree_of_three();
    wait_for_word(tree, operation, 0, {});
    EXPECT_EQ(tree.outcome(), "is in futex, but does not wait there");
  }
  for (const int operation : {FUTEX_WAIT, FUTEX_WAIT_BITSET, FUTEX_LOCK_PI,
                              13 /* LOCK_PI2 */, FUTEX_WAIT_REQUEUE_PI}) {
    FactsBuilder tree = tree_of_three();
    wait_for_word(tree, operation | FUTEX_CLOCK_REALTIME, 0, {});
    EXPECT_EQ(tree.outcome(),
              operation == FUTEX_WAIT_REQUEUE_PI ? "but signals" : "whole")
        << operation;
  }
}

TEST(WaitFutex, SharedWordIsWokenByWhoReachesTheFile) {
  FactsBuilder tree = tree_of_three();
  wait_for_shared(tree, "/dev/zero (deleted)");
  EXPECT_EQ(tree.outcome(), "whole");
  EXPECT_TRUE(seen(tree).object.shared);
  EXPECT_EQ(seen(tree).wait.processes, (std::vector<int>{0, 1}));
  tree.at(0).shared_maps.clear();
  EXPECT_EQ(seen(tree).wait.processes, std::vector<int>{1});
  // Who holds the file can map it.
  tree.open(0, 5, FileKind::regular, 80);
  EXPECT_EQ(seen(tree).wait.processes, (std::vector<int>{0, 1}));
}

TEST(WaitFutex, SharedMappingWithAPrivateFlagIsPrivate) {
  FactsBuilder tree = tree_of_three();
  Futex& word = wait_for_word(tree, FUTEX_WAIT_PRIVATE, 0, {});
  word.shared = true;
  word.path = "/tmp/named";
  EXPECT_EQ(tree.outcome(), "whole");
  EXPECT_FALSE(seen(tree).object.shared);
}

TEST(WaitFutex, SharedWordThatOthersReachIsFree) {
  const char* others = "waits for a futex that others may reach";
  FactsBuilder tree = tree_of_three();
  wait_for_shared(tree, "/memfd:x (deleted)");
  tree.facts.around.held_outside = {{9, 80}};
  EXPECT_EQ(tree.outcome(), others);
  tree.facts.around.held_outside.clear();
  tree.pair_end(0, 7, 70, 71).in_flight = true;
  EXPECT_EQ(tree.graph().threads[1].why, others);
}

TEST(WaitFutex, NamedFileIsFreeOutsideOfOurNamespaces) {
  FactsBuilder tree = tree_of_three();
  wait_for_shared(tree, "/dev/shm/mine");
  EXPECT_EQ(tree.outcome(), "waits for a futex in a file that others may open");
  tree.facts.around.own_namespaces = true;
  EXPECT_EQ(tree.outcome(), "whole");
}

TEST(WaitFutex, SystemVMemoryIsFreeOutsideOfOurNamespaces) {
  FactsBuilder tree = tree_of_three();
  wait_for_shared(tree, "/SYSV00000000 (deleted)");
  EXPECT_EQ(tree.outcome(), "waits for a futex in System V shared memory");
  tree.facts.around.own_namespaces = true;
  EXPECT_EQ(tree.outcome(), "whole");
}

TEST(WaitFutex, SemaphoreOfCpythonIsConditional) {
  FactsBuilder tree = tree_of_three();
  wait_for_shared(tree, "/dev/shm/sem.mp-abc");
  EXPECT_EQ(tree.outcome(),
            "unless somebody outside opens a semaphore of CPython by name");
  tree.facts.around.own_namespaces = true;
  EXPECT_EQ(tree.outcome(), "whole");
}

TEST(WaitFutex, WhoMovesMayOpenAFileWithAName) {
  FactsBuilder tree = tree_of_three();
  wait_for_shared(tree, "/dev/shm/sem.mp-abc");
  tree.at(0).shared_maps.clear();
  EXPECT_EQ(seen(tree).wait.processes, (std::vector<int>{0, 1}));
}

TEST(WaitFutex, WaiterMayHaveBeenMovedToAnotherWord) {
  FactsBuilder tree = tree_of_three();
  wait_for_shared(tree, "/dev/zero (deleted)");
  tree.at(0).shared_maps = {{9, 81}};
  EXPECT_EQ(seen(tree).wait.processes, std::vector<int>{1});
  tree.at(1).requeue_maps = {{9, 80}, {9, 81}};
  EXPECT_EQ(seen(tree).wait.processes, (std::vector<int>{0, 1}));
  tree.facts.around.held_outside = {{9, 81}};
  EXPECT_EQ(tree.outcome(),
            "waits for a futex, or another that others may reach");
  // Private ones stay in their memory.
  tree.thread_at(1).arguments[1] = FUTEX_WAIT_PRIVATE;
  tree.thread_at(1).futexes[0].process_private = true;
  EXPECT_EQ(tree.outcome(), "whole");
}

TEST(WaitFutex, StopBeginsAWaitAnewThatHasAnotherValueNow) {
  FactsBuilder tree = tree_of_three();
  wait_for_word(tree, FUTEX_WAIT_PRIVATE, 2, {2});
  EXPECT_EQ(tree.outcome(), "whole");
  tree.thread_at(1).futexes[0].words[0] = 0;
  EXPECT_EQ(tree.outcome(), "but signals");
}

TEST(WaitFutex, SameWordOfTwoProcessesIsOneObject) {
  FactsBuilder tree = tree_of_three();
  Futex& word = wait_for_shared(tree, "/dev/zero (deleted)");
  ThreadFacts& other = tree.call(0, SYS_futex, {0x5000, FUTEX_WAIT, 0});
  other.futexes = {word};
  other.futexes[0].address = 0x5000;
  other.futexes_known = true;
  Graph graph = tree.graph();
  EXPECT_EQ(graph.threads[0].waits.at(0).object,
            graph.threads[1].waits.at(0).object);
  other.futexes[0].offset = 64;
  graph = tree.graph();
  EXPECT_NE(graph.threads[0].waits.at(0).object,
            graph.threads[1].waits.at(0).object);
}

TEST(WaitFutex, MutexTellsItsOwner) {
  FactsBuilder tree = tree_of_three();
  const auto owner = static_cast<std::uint32_t>(tree.thread_at(1, 1).inner_id);
  wait_for_word(tree, FUTEX_WAIT_PRIVATE, 2, {2, 0, owner, 1, 0});
  const Seen one = seen(tree);
  EXPECT_EQ(one.object.kind, ObjectKind::mutex);
  EXPECT_EQ(one.object.owner, Owner::thread);
  EXPECT_EQ(one.object.owner_thread, 2);
  EXPECT_EQ(one.wait.event, Event::unlocked);
  EXPECT_TRUE(one.wait.certain);
  EXPECT_EQ(tree.outcome(), "whole");
}

TEST(WaitFutex, OwnerThatIsNotThere) {
  FactsBuilder tree = tree_of_three();
  // A thread of the parent is none of the worker's private lock.
  const auto parent = static_cast<std::uint32_t>(tree.thread_at(0).inner_id);
  Futex& word =
      wait_for_word(tree, FUTEX_WAIT_PRIVATE, 2, {2, 0, parent, 1, 0});
  EXPECT_EQ(seen(tree).object.owner, Owner::not_in_process);
  word.words[2] = 4242;
  EXPECT_EQ(seen(tree).object.owner, Owner::not_in_process);
  // Of a shared one, every thread of the tree may be the owner.
  tree.thread_at(1).arguments[1] = FUTEX_WAIT;
  word.process_private = false;
  word.shared = true;
  word.nameless = true;
  EXPECT_EQ(seen(tree).object.owner, Owner::gone);
  word.words[2] = parent;
  EXPECT_EQ(seen(tree).object.owner_thread, 0);
}

TEST(WaitFutex, WordThatIsNoMutexHasNoOwner) {
  const std::vector<std::array<std::uint32_t, 6>> others = {
      {2, 0, 0, 1, 0},           // nobody owns it
      {2, 0, 11, 0, 0},          // nobody uses it
      {2, 0, 1U << 30, 1, 0},    // no id of a thread
      {2, 1U << 20, 11, 1, 0},   // taken too often
      {2, 0, 11, 1, 0x10000},    // no kind of mutex
      {2, 0, 11, 1U << 20, 0}};  // too many users
  for (const auto& words : others) {
    FactsBuilder tree = tree_of_three();
    Futex& word = wait_for_word(tree, FUTEX_WAIT_PRIVATE, 2, words);
    EXPECT_EQ(seen(tree).object.kind, ObjectKind::lock);
    EXPECT_EQ(seen(tree).object.owner, Owner::unknown);
    EXPECT_EQ(tree.outcome(), "whole");
    word.readable = false;
    EXPECT_EQ(seen(tree).object.kind, ObjectKind::futex);
  }
}

TEST(WaitFutex, WordThatChangedTellsNoOwner) {
  FactsBuilder tree = tree_of_three();
  wait_for_word(tree, FUTEX_WAIT_PRIVATE, 2, {0, 0, 12, 1, 0});
  EXPECT_EQ(seen(tree).object.kind, ObjectKind::futex);
}

TEST(WaitFutex, PriorityInheritingLockTellsItsOwner) {
  FactsBuilder tree = tree_of_three();
  const auto owner = static_cast<std::uint32_t>(tree.thread_at(1, 1).inner_id);
  wait_for_word(tree, FUTEX_LOCK_PI_PRIVATE, 0, {FUTEX_WAITERS | owner});
  EXPECT_EQ(seen(tree).object.kind, ObjectKind::mutex);
  EXPECT_EQ(seen(tree).object.owner_thread, 2);
}

TEST(WaitFutex, RobustLockTellsItsOwner) {
  FactsBuilder tree = tree_of_three();
  const auto owner = static_cast<std::uint32_t>(tree.thread_at(1, 1).inner_id);
  const std::uint32_t word = FUTEX_WAITERS | owner;
  Futex& futex = wait_for_word(tree, FUTEX_WAIT, word, {word, 0, owner, 1, 16});
  EXPECT_EQ(seen(tree).object.owner_thread, 2);
  futex.words[2] = owner + 1;  // the two places disagree
  EXPECT_EQ(seen(tree).object.owner, Owner::unknown);
}

TEST(WaitFutex, JoinTellsTheThread) {
  FactsBuilder tree = tree_of_three();
  const auto joined = static_cast<std::uint32_t>(tree.thread_at(1, 1).inner_id);
  wait_for_word(tree, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, joined,
                {joined});
  const Seen one = seen(tree);
  EXPECT_EQ(one.object.kind, ObjectKind::thread);
  EXPECT_EQ(one.object.owner_thread, 2);
  EXPECT_EQ(one.wait.event, Event::ended);
  EXPECT_TRUE(one.wait.certain);
}

// libstdc++'s guard of a static variable waits like a join, for 0x10100.
TEST(WaitFutex, NumberThatIsNoThreadIsNoJoin) {
  FactsBuilder tree = tree_of_three();
  wait_for_word(tree, FUTEX_WAIT, 0x10100, {0x10100});
  EXPECT_EQ(seen(tree).object.kind, ObjectKind::futex);
  EXPECT_EQ(seen(tree).object.owner, Owner::unknown);
  const auto joined = static_cast<std::uint32_t>(tree.thread_at(1, 1).inner_id);
  wait_for_word(tree, FUTEX_WAIT, joined, {joined});
  EXPECT_EQ(seen(tree).object.owner_thread, 2);
}

TEST(WaitFutex, SeveralWords) {
  FactsBuilder tree = tree_of_three();
  Futex word = wait_for_word(tree, FUTEX_WAIT_PRIVATE, 0, {});
  ThreadFacts& thread = tree.call(1, SYS_futex_waitv, {0x6000, 2});
  thread.futexes = {word, word};
  thread.futexes[1].address += 64;
  // The values that it expects are not kept: a stop may begin it anew.
  EXPECT_EQ(tree.outcome(), "but signals");
  EXPECT_EQ(tree.graph().threads[1].waits.size(), 2U);
  thread.futexes[1].mapped = false;
  EXPECT_EQ(tree.outcome(), "waits for a futex that is not mapped");
}

}  // namespace
}  // namespace poolbugs::wait
