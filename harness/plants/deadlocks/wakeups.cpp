// Waits within one process for a wake-up that never comes.
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>

#include <array>
#include <barrier>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <thread>

#include "harness/plants/deadlocks/deadlock.hpp"

namespace poolbugs::deadlocks {
namespace {

/// The notification comes before the wait, and there is no predicate.
void condition_missed() {
  std::mutex mutex;
  std::condition_variable ready;
  std::thread([&] { ready.notify_one(); }).join();
  std::unique_lock lock(mutex);
  stuck();
  ready.wait(lock);
}

void future_never_set() {
  std::promise<int> promise;
  auto future = promise.get_future();
  stuck();
  future.get();
}

void barrier_dead_party() {
  static std::barrier<> together(3);
  static Checkpoint there;
  std::thread([] {}).join();  // the third one fails before it arrives
  std::thread([] {
    there.arrive();
    together.arrive_and_wait();
  }).detach();
  there.await(1);
  stuck();
  together.arrive_and_wait();
}

void posix_barrier() {
  static pthread_barrier_t together;
  must(::pthread_barrier_init(&together, nullptr, 2) == 0, "barrier");
  stuck();
  ::pthread_barrier_wait(&together);
}

void latch_one_short() {
  std::latch done(2);
  std::thread([&] { done.count_down(); }).join();
  stuck();
  done.wait();
}

void semaphore() {
  sem_t items;
  must(::sem_init(&items, 0, 0) == 0, "sem_init");
  stuck();
  ::sem_wait(&items);
}

void std_semaphore() {
  std::counting_semaphore<8> items(0);
  stuck();
  items.acquire();
}

void raw_futex() {
  int word = 0;
  stuck();
  ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, nullptr);
}

void waitv() {
  std::uint32_t words[2] = {};
  futex_waitv waits[2] = {};
  for (int i = 0; i < 2; ++i) {
    waits[i].uaddr = reinterpret_cast<std::uintptr_t>(&words[i]);
    waits[i].flags = FUTEX_32 | FUTEX_PRIVATE_FLAG;
  }
  stuck();
  ::syscall(SYS_futex_waitv, waits, 2, 0, nullptr, 0);
}

/// 16 threads wait for work; who ends the pool forgets to tell them.
void pool_not_told() {
  static std::mutex mutex;
  static std::condition_variable work;
  static Checkpoint there;
  std::vector<std::thread> pool;
  for (int i = 0; i < 16; ++i)
    pool.emplace_back([] {
      std::unique_lock lock(mutex);
      there.arrive();
      work.wait(lock);
    });
  there.await(16);
  stuck();
  for (std::thread& worker : pool) worker.join();
}

/// A task of a pool of one waits for the result of another task of that pool.
void pool_waits_for_itself() {
  static std::promise<void> second;
  static Checkpoint there;
  std::thread worker([] {
    there.arrive();
    second.get_future().wait();  // it is this thread that would run it
  });
  there.await(1);
  stuck();
  worker.join();
}

}  // namespace

std::vector<Deadlock> wakeups() {
  return {
      {"condition_missed", "lost-wakeup", "private-futex", condition_missed},
      {"future_never_set", "lost-wakeup", "private-futex", future_never_set},
      {"barrier_dead_party", "lost-wakeup", "private-futex",
       barrier_dead_party},
      {"posix_barrier", "lost-wakeup", "private-futex", posix_barrier},
      {"latch_one_short", "lost-wakeup", "private-futex", latch_one_short},
      {"semaphore", "lost-wakeup", "private-futex", semaphore},
      {"std_semaphore", "lost-wakeup", "private-futex", std_semaphore},
      {"raw_futex", "lost-wakeup", "private-futex", raw_futex},
      {"waitv", "lost-wakeup", "futex-waitv", waitv},
      {"pool_not_told", "lost-wakeup", "thread-end", pool_not_told},
      {"pool_waits_for_itself", "lost-wakeup", "thread-end",
       pool_waits_for_itself}};
}

}  // namespace poolbugs::deadlocks
