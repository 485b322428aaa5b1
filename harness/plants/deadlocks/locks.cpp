// Locks of one process.
#include <pthread.h>

#include <array>
#include <future>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "harness/plants/deadlocks/deadlock.hpp"

namespace poolbugs::deadlocks {
namespace {

/// Each of `many` threads, the first one is ours, takes its lock and then
/// waits for the next one's.
template <class Locks>
void lock_in_a_ring(Locks& locks) {
  static Checkpoint taken;
  const int many = static_cast<int>(locks.size());
  const auto work = [&locks, many](int i) {
    locks[i].lock();
    taken.meet(many);
    if (i == 0) stuck();
    locks[(i + 1) % many].lock();
  };
  for (int i = 1; i < many; ++i) std::thread(work, i).detach();
  work(0);
}

class PiMutex {
 public:
  PiMutex() {
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    must(::pthread_mutex_init(&mutex_, &attributes) == 0, "pthread_mutex_init");
  }
  void lock() { ::pthread_mutex_lock(&mutex_); }

 private:
  pthread_mutex_t mutex_;
};

void lock_order() {
  std::array<std::mutex, 2> locks;
  lock_in_a_ring(locks);
}

void three_threads() {
  std::array<std::mutex, 3> locks;
  lock_in_a_ring(locks);
}

void self_lock() {
  std::mutex mutex;
  mutex.lock();
  stuck();
  mutex.lock();
}

/// The first lock is in a function far away from the second.
void recursive_callback() {
  static std::mutex mutex;
  const auto for_each = [](auto callback) {
    const std::lock_guard hold(mutex);
    callback();
  };
  for_each([&] {
    stuck();
    for_each([] {});
  });
}

/// In a cycle of PI locks alone the kernel would see it: pi_order.
void pi_and_normal() {
  static PiMutex inherits;
  static std::mutex normal;
  static Checkpoint taken;
  std::thread([] {
    normal.lock();
    taken.meet(2);
    inherits.lock();
  }).detach();
  inherits.lock();
  taken.meet(2);
  stuck();
  normal.lock();
}

/// The kernel says EDEADLK to the last one, and glibc then lets it wait for a
/// word on its stack that nobody else knows: the facts show no cycle.
void pi_order() {
  std::array<PiMutex, 2> locks;
  lock_in_a_ring(locks);
}

void pi_owner_stuck() {
  static PiMutex mutex;
  static Checkpoint taken;
  static std::promise<void> promise;
  std::thread([] {
    mutex.lock();
    taken.arrive();
    promise.get_future().wait();
  }).detach();
  taken.await(1);
  stuck();
  mutex.lock();
}

void hundred_threads() {
  static std::mutex mutex;
  static Checkpoint there;
  mutex.lock();
  for (int i = 0; i < 100; ++i)
    std::thread([] {
      there.arrive();
      mutex.lock();
    }).detach();
  there.await(100);
  stuck();
  mutex.lock();
}

void main_left() {
  static std::array<std::mutex, 2> locks;
  std::thread([] { lock_in_a_ring(locks); }).detach();
  ::pthread_exit(nullptr);
}

void owner_thread_ended() {
  std::mutex mutex;
  std::thread([&] { mutex.lock(); }).join();
  stuck();
  mutex.lock();
}

/// Who waits for a read-write lock does not see who holds it.
void rwlock_upgrade() {
  std::shared_mutex mutex;
  mutex.lock_shared();
  stuck();
  mutex.lock();
}

void rwlock_readers_wait() {
  static std::shared_mutex mutex;
  std::thread([] { mutex.lock(); }).join();
  stuck();
  mutex.lock_shared();
}

}  // namespace

std::vector<Deadlock> locks() {
  return {
      {"lock_order", "lock-cycle", "private-futex", lock_order, false, 2},
      {"three_threads", "lock-cycle", "private-futex", three_threads, false, 3},
      {"self_lock", "self-deadlock", "private-futex", self_lock},
      {"recursive_callback", "self-deadlock", "private-futex",
       recursive_callback},
      {"pi_and_normal", "lock-cycle", "pi-futex", pi_and_normal, false, 2},
      {"pi_order", "lost-wakeup", "pi-futex", pi_order},
      {"pi_owner_stuck", "lost-wakeup", "pi-futex", pi_owner_stuck},
      {"hundred_threads", "self-deadlock", "private-futex", hundred_threads},
      {"main_left", "lock-cycle", "private-futex", main_left, false, 2},
      {"owner_thread_ended", "dead-owner", "private-futex", owner_thread_ended},
      {"rwlock_upgrade", "lost-wakeup", "private-futex", rwlock_upgrade},
      {"rwlock_readers_wait", "lost-wakeup", "private-futex",
       rwlock_readers_wait}};
}

}  // namespace poolbugs::deadlocks
