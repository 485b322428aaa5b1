// Waits for locks on files: who holds a lock that conflicts.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include "platform/wait_graph_test_support.hpp"

namespace poolbugs::wait {
namespace {

/// The first wants a lock on a file that the second has open and locked.
FactsBuilder with_lock(FileLock::Kind kind) {
  FactsBuilder tree;
  tree.process(tree.process());
  tree.read_end(1, 90, 901);
  tree.write_end(1, 91, 901);
  tree.call(1, SYS_read, {90});
  tree.open(0, 3, FileKind::regular, 80).path = "/tmp/queue.lock";
  FileLock lock;
  lock.kind = kind;
  lock.write = true;
  lock.last = ~0ULL;
  tree.open(1, 4, FileKind::regular, 80).locks = {lock};
  if (kind == FileLock::Kind::flock) {
    tree.call(0, SYS_flock, {3});
    return tree;
  }
  LockRequest wanted;
  wanted.known = true;
  wanted.lock = lock;
  tree.call(0, SYS_fcntl, {3, F_SETLKW}).lock = wanted;
  return tree;
}

constexpr FileLock::Kind kLocks[] = {
    FileLock::Kind::flock, FileLock::Kind::posix, FileLock::Kind::open_file};

TEST(WaitFileLocks, FileLocksAreModelled) {
  for (const auto kind : kLocks) {
    const FactsBuilder tree = with_lock(kind);
    EXPECT_EQ(tree.outcome(), "whole");
    const Graph graph = tree.graph();
    const Wait& wait = graph.threads[0].waits.at(0);
    const Object& lock = graph.objects[static_cast<std::size_t>(wait.object)];
    EXPECT_EQ(lock.owner, Owner::process);
    EXPECT_EQ(lock.owner_processes, std::vector<int>{1});
    EXPECT_EQ(lock.path, "/tmp/queue.lock");
  }
}

TEST(WaitFileLocks, FileLockThatOthersMayHoldIsFree) {
  for (const auto kind : kLocks) {
    FactsBuilder tree = with_lock(kind);
    tree.facts.around.held_outside = {{9, 80}};
    EXPECT_EQ(tree.outcome(),
              "waits for a lock on a file that others have open");
    tree = with_lock(kind);
    tree.pair_end(1, 7, 70, 71).in_flight = true;
    EXPECT_EQ(tree.outcome(),
              "waits for a lock on a file that others have open");
    tree = with_lock(kind);
    tree.at(1).descriptors.back().locks.clear();
    EXPECT_EQ(tree.outcome(), "waits for a lock that nobody here holds");
    tree = with_lock(kind);
    tree.thread_at(0).arguments[0] = 33;
    EXPECT_EQ(tree.outcome(), "waits for a lock on an unknown file");
  }
}

TEST(WaitFileLocks, RecordLocksThatDoNotConflictAreNotWaitedFor) {
  const char* nobody = "waits for a lock that nobody here holds";
  FactsBuilder tree = with_lock(FileLock::Kind::posix);
  FileLock& held = tree.at(1).descriptors.back().locks[0];
  FileLock& wanted = tree.thread_at(0).lock->lock;
  held.write = wanted.write = false;
  EXPECT_EQ(tree.outcome(), nobody);
  wanted.write = true;
  EXPECT_EQ(tree.outcome(), "whole");
  held.first = 10;
  wanted.last = 9;
  EXPECT_EQ(tree.outcome(), nobody);
  wanted.last = 10;
  EXPECT_EQ(tree.outcome(), "whole");
  // flock and fcntl do not see each other (flock(2)).
  held.kind = FileLock::Kind::flock;
  EXPECT_EQ(tree.outcome(), nobody);
  tree = with_lock(FileLock::Kind::flock);
  tree.at(1).descriptors.back().locks[0].kind = FileLock::Kind::posix;
  EXPECT_EQ(tree.outcome(), nobody);
}

TEST(WaitFileLocks, RecordLockNobodyKnowsWhereIsFree) {
  FactsBuilder tree = with_lock(FileLock::Kind::posix);
  tree.thread_at(0).lock->known = false;
  EXPECT_EQ(tree.outcome(), "waits for a lock it is not known where");
}

}  // namespace
}  // namespace poolbugs::wait
