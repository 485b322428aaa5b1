// What a forked process has of its parent: who forked it, which lock was there.
#include <pthread.h>
#include <semaphore.h>

#include <bit>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>

#include "platform/wait_graph.hpp"
#include "platform/wait_reader_test_support.hpp"

namespace poolbugs::wait {
namespace {

/// The worker of a parent, once it waits for a futex.
struct Seen {
  Facts facts;
  [[nodiscard]] const ProcessFacts& worker() const {
    return facts.processes.at(1);
  }
  [[nodiscard]] const Futex& futex() const {
    return worker().threads.at(0).futexes.at(0);
  }
  [[nodiscard]] AtFork at_fork() const {
    const Graph graph = build_graph(facts);
    for (const Thread& thread : graph.threads)
      if (thread.process == 1)
        return graph
            .objects[static_cast<std::size_t>(thread.waits.at(0).object)]
            .at_fork;
    return AtFork::not_known;
  }
};

Seen see(const Child& child) {
  return {child.read_when([](const Facts& seen) {
    return seen.processes.size() == 2 && !seen.processes[1].threads.empty() &&
           !seen.processes[1].threads[0].futexes.empty();
  })};
}

/// In a forked process.
void fork_and(const std::function<void()>& work) {
  if (::fork() != 0) return;
  work();
  ::_exit(0);
}

/// Holds a lock for ever, once `held` says so.
class Holder {
 public:
  explicit Holder(std::mutex& lock) {
    std::thread([&lock, this] {
      lock.lock();
      {
        const std::lock_guard guard(mutex_);
        held_ = true;
      }
      told_.notify_all();
      wait_for_ever();
    }).detach();
    std::unique_lock guard(mutex_);
    told_.wait(guard, [this] { return held_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  bool held_ = false;
};

TEST(WaitParents, AnotherThreadHeldIt) {
  const Child child([] {
    auto& lock = *new std::mutex;
    new Holder(lock);
    fork_and([&] { lock.lock(); });
  });
  const Seen seen = see(child);
  EXPECT_EQ(seen.worker().forker, child.pid());
  EXPECT_EQ(seen.at_fork(), AtFork::other_thread);
}

TEST(WaitParents, TheThreadThatForkedHeldIt) {
  for (const bool with_another : {false, true}) {
    const Child child([&] {
      if (with_another) new Holder(*new std::mutex);
      auto& lock = *new std::mutex;
      lock.lock();
      fork_and([&] { lock.lock(); });
    });
    EXPECT_EQ(see(child).at_fork(), AtFork::forking_thread);
  }
}

TEST(WaitParents, ThreadThatForkedIsNotTheFirst) {
  const Child child([] {
    auto& lock = *new std::mutex;
    lock.lock();  // by the first
    std::thread([&] {
      fork_and([&] { lock.lock(); });
      wait_for_ever();
    }).detach();
    wait_for_ever();
  });
  const Seen seen = see(child);
  EXPECT_NE(seen.worker().forker, child.pid());
  EXPECT_NE(seen.worker().forker, 0);
  EXPECT_EQ(seen.at_fork(), AtFork::other_thread);
}

TEST(WaitParents, LockOfItsOwnWasNotThere) {
  const Child child([] {
    new Holder(*new std::mutex);
    fork_and([] {
      // So large that no piece of memory which the parent has freed will do,
      // and not so large that it is no part of the heap.
      struct Large {
        pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
        char rest[100'000] = {};
      };
      auto& large = *new Large;
      ::pthread_mutex_lock(&large.lock);
      ::pthread_mutex_lock(&large.lock);
    });
  });
  EXPECT_EQ(see(child).futex().in_parent, Sameness::other);
}

/// As CPython's lock objects are: what kind it is, and its semaphore.
struct LockObject {
  const void* type;
  sem_t* lock;
};

LockObject* make_lock_object(unsigned value) {
  static const int kind = 0;
  // Not of a size that something else might want.
  auto* lock = static_cast<sem_t*>(std::calloc(1, 3000));
  ::sem_init(lock, 0, value);
  return new LockObject{&kind, lock};
}

[[gnu::noinline]] void acquire(LockObject* given) {
  LockObject* volatile object = given;
  while (true) ::sem_wait(object->lock);
}

TEST(WaitParents, LockWithoutAnOwnerWasHeldByAnotherThread) {
  const Child child([] {
    new Holder(*new std::mutex);
    LockObject* object = make_lock_object(0);
    fork_and([&] { acquire(object); });
  });
  const Seen seen = see(child);
  EXPECT_EQ(seen.futex().parent_words[0], 0U);
  EXPECT_EQ(seen.at_fork(), AtFork::other_thread);
}

TEST(WaitParents, WhatTheParentFreedBesideItDoesNotMatter) {
  const Child child([] {
    new Holder(*new std::mutex);
    // Pieces of the heap, one behind the other; what malloc keeps of a lock
    // says also whether the piece before it is in use (malloc.c, PREV_INUSE).
    void* before = std::malloc(2000);
    LockObject* object = make_lock_object(0);
    fork_and([&] { acquire(object); });
    std::free(before);
  });
  EXPECT_EQ(see(child).at_fork(), AtFork::other_thread);
}

TEST(WaitParents, ZerosThatNothingRefersToTellNothing) {
  const Child child([] {
    new Holder(*new std::mutex);
    // Nothing in the parent looks like a reference to it.
    const auto hidden = ~std::bit_cast<std::uintptr_t>(std::calloc(1, 3000));
    LockObject* object = make_lock_object(0);
    fork_and([&] {
      object->lock = std::bit_cast<sem_t*>(~hidden);
      acquire(object);
    });
  });
  const Seen seen = see(child);
  EXPECT_EQ(seen.futex().in_parent, Sameness::not_known);
  EXPECT_EQ(seen.at_fork(), AtFork::not_known);
}

}  // namespace
}  // namespace poolbugs::wait
