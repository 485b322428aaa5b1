// Locks and more in memory that processes share.
#include <pthread.h>
#include <semaphore.h>

#include <array>

#include "harness/plants/deadlocks/deadlock.hpp"

namespace poolbugs::deadlocks {
namespace {

class SharedMutex {
 public:
  void make(bool robust = false) {
    pthread_mutexattr_t attributes;
    ::pthread_mutexattr_init(&attributes);
    ::pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (robust)
      ::pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    must(::pthread_mutex_init(&mutex, &attributes) == 0, "pthread_mutex_init");
  }
  void lock() { must(::pthread_mutex_lock(&mutex) == 0, "lock"); }

  pthread_mutex_t mutex;
};

SharedMutex& new_mutex() {
  auto& mutex = in_shared_memory<SharedMutex>();
  mutex.make();
  return mutex;
}

template <int kMany, bool kRobust>
void lock_ring() {
  auto& locks = in_shared_memory<std::array<SharedMutex, kMany>>();
  for (SharedMutex& lock : locks) lock.make(kRobust);
  ring(
      kMany, [&](int i) { locks[i].lock(); },
      [&](int i) { locks[(i + 1) % kMany].lock(); });
}

/// A worker dies by SIGKILL with the lock in its hands.
pid_t die_with(SharedMutex& mutex) {
  return start([&] {
    mutex.lock();
    ::raise(SIGKILL);
  });
}

void worker_killed() {
  SharedMutex& mutex = new_mutex();
  wait_for(die_with(mutex));
  stuck();
  mutex.lock();
}

/// As above, and nobody has waited for the dead one.
void worker_killed_zombie() {
  SharedMutex& mutex = new_mutex();
  const auto dead = static_cast<id_t>(die_with(mutex));
  siginfo_t how;
  must(::waitid(P_PID, dead, &how, WEXITED | WNOWAIT) == 0, "waitid");
  stuck();
  mutex.lock();
}

/// The pool's queue lock went with the 17th worker.
void pool_of_16() {
  SharedMutex& mutex = new_mutex();
  wait_for(die_with(mutex));
  Checkpoint there;
  const Pipe results;
  for (int i = 0; i < 16; ++i)
    start([&] {
      ::close(results.read);
      there.arrive();
      mutex.lock();
    });
  ::close(results.write);
  there.await(16);
  stuck();
  read_byte(results.read);
}

void condition_shared() {
  struct Both {
    pthread_mutex_t mutex;
    pthread_cond_t ready;
  };
  auto& both = in_shared_memory<Both>();
  pthread_mutexattr_t mutex;
  ::pthread_mutexattr_init(&mutex);
  ::pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
  ::pthread_mutex_init(&both.mutex, &mutex);
  pthread_condattr_t condition;
  ::pthread_condattr_init(&condition);
  ::pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
  ::pthread_cond_init(&both.ready, &condition);
  ring(
      2,
      [&](int) {
        ::pthread_mutex_lock(&both.mutex), ::pthread_mutex_unlock(&both.mutex);
      },
      [&](int) {
        ::pthread_mutex_lock(&both.mutex);
        ::pthread_cond_wait(&both.ready, &both.mutex);
      });
}

void semaphore_shared() {
  auto& slots = in_shared_memory<sem_t>();
  must(::sem_init(&slots, 1, 0) == 0, "sem_init");
  ring(
      2, [](int) {}, [&](int) { ::sem_wait(&slots); });
}

/// The third party dies before it arrives.
void barrier_shared() {
  auto& together = in_shared_memory<pthread_barrier_t>();
  pthread_barrierattr_t attributes;
  ::pthread_barrierattr_init(&attributes);
  ::pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  ::pthread_barrier_init(&together, &attributes, 3);
  wait_for(start([] { ::raise(SIGKILL); }));
  ring(
      2, [](int) {}, [&](int) { ::pthread_barrier_wait(&together); });
}

void rwlock_shared() {
  auto& lock = in_shared_memory<pthread_rwlock_t>();
  pthread_rwlockattr_t attributes;
  ::pthread_rwlockattr_init(&attributes);
  ::pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  ::pthread_rwlock_init(&lock, &attributes);
  ring(
      2, [&](int) { ::pthread_rwlock_rdlock(&lock); },
      [&](int) { ::pthread_rwlock_wrlock(&lock); });
}

/// The parent waits for a child that wants a lock which the parent holds.
void join_holding_shared() {
  SharedMutex& mutex = new_mutex();
  Checkpoint there;
  mutex.lock();
  const pid_t child = start([&] {
    there.arrive();
    mutex.lock();
  });
  there.await(1);
  stuck();
  wait_for(child);
}

/// The parent reads, with the lock in its hands, what the child writes as soon
/// as it has the lock.
void lock_and_pipe() {
  SharedMutex& mutex = new_mutex();
  const std::vector<Pipe> pipes(1);
  ring(
      2,
      [&](int i) {
        keep(pipes, {i == 0 ? pipes[0].read : pipes[0].write});
        if (i == 0) mutex.lock();
      },
      [&](int i) {
        if (i == 0) read_byte(pipes[0].read);
        mutex.lock();
      });
}

}  // namespace

std::vector<Deadlock> shared() {
  return {{"two_processes", "lock-cycle", "shared-futex", lock_ring<2, false>,
           false, 2},
          {"three_processes", "lock-cycle", "shared-futex", lock_ring<3, false>,
           false, 3},
          {"robust_order", "lock-cycle", "shared-futex", lock_ring<2, true>,
           false, 2},
          {"worker_killed", "dead-owner", "shared-futex", worker_killed},
          {"worker_killed_zombie", "dead-owner", "shared-futex",
           worker_killed_zombie},
          {"pool_of_16", "dead-owner", "shared-futex", pool_of_16},
          {"condition_shared", "lost-wakeup", "shared-futex", condition_shared},
          {"semaphore_shared", "lost-wakeup", "shared-futex", semaphore_shared},
          {"barrier_shared", "lost-wakeup", "shared-futex", barrier_shared},
          {"rwlock_shared", "lost-wakeup", "shared-futex", rwlock_shared},
          {"lock_and_pipe", "wait-cycle", "pipe-read", lock_and_pipe, false, 2},
          {"join_holding_shared", "join-cycle", "wait4", join_holding_shared,
           false, 2}};
}

}  // namespace poolbugs::deadlocks
