// One process, many threads.
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include <atomic>
#include <barrier>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

void thread_joins_sleeper() {
  std::thread([] { sleep_for(span()); }).join();
}

/// The first thread is gone, so /proc/PID/fd is empty; another ends it all.
void main_thread_left() {
  std::thread([] {
    sleep_for(span());
    ::_exit(0);
  }).detach();
  ::pthread_exit(nullptr);
}

/// The same, and the other one reads what a child writes late.
void main_thread_left_and_reads() {
  static Pipe pipe = make_pipe();
  static pid_t child = in_child([] { sleep_for(span()), say(pipe.write); });
  std::thread([] {
    hear(pipe.read);
    join(child);
    ::_exit(0);
  }).detach();
  ::pthread_exit(nullptr);
}

/// Others come and go while one waits for the last of them.
void threads_come_and_go() {
  std::promise<void> done;
  std::thread starter([&] {
    while (time_left()) std::thread([] { sleep_for(0.01); }).join();
    done.set_value();
  });
  done.get_future().wait();
  starter.join();
}

/// A chain: each starts the next, sleeps, and ends. Nobody lives long.
void threads_hand_on() {
  static sem_t done;
  must(::sem_init(&done, 0, 0), "sem_init");
  struct Link {
    static void run() {
      rest();
      if (time_left())
        std::thread(run).detach();
      else
        ::sem_post(&done);
    }
  };
  std::thread(Link::run).detach();
  must(::sem_wait(&done), "sem_wait");
}

/// while (!done) sleep(.1): a poller that wakes another thread at last. That
/// one waits without time-out, as in a Python process pool of 3.6.
void poller_sets_event() {
  std::mutex mutex;
  std::condition_variable condition;
  bool set = false;
  std::thread poller([&] {
    while (time_left()) sleep_for(0.02);
    const std::lock_guard lock(mutex);
    set = true;
    condition.notify_all();
  });
  {
    std::unique_lock lock(mutex);
    condition.wait(lock, [&] { return set; });
  }
  poller.join();
}

/// The same by pselect with a time-out, and a pipe.
void poller_writes_pipe() {
  const Pipe pipe = make_pipe(), never = make_pipe();
  std::thread poller([&] {
    while (time_left()) {
      fd_set set;
      FD_ZERO(&set);
      FD_SET(never.read, &set);
      timespec most = in_timespec(0.02);
      must(::pselect(never.read + 1, &set, nullptr, nullptr, &most, nullptr),
           "pselect");
    }
    say(pipe.write);
  });
  hear(pipe.read);
  poller.join();
}

/// The poller is another process.
void poller_wakes_process() {
  int& word = shared<int>();
  const pid_t child = in_child([&] {
    while (time_left()) sleep_for(0.02);
    futex_wake(&word);
  });
  futex_wait(&word, 0);
  join(child);
}

/// One poller leaves a flag that another looks at: both come round and round.
void pollers_in_turn() {
  std::atomic<bool> flag = false;
  std::promise<void> done;
  std::thread first([&] {
    while (time_left()) sleep_for(0.02);
    flag = true;
  });
  std::thread second([&] {
    while (!flag) sleep_for(0.03);
    done.set_value();
  });
  done.get_future().wait();
  first.join(), second.join();
}

/// Threads pass one token round by conditions; one of them has a time-out.
void condition_ring() {
  std::mutex mutex;
  std::condition_variable conditions[3];
  int turn = 0;
  const auto member = [&](int me) {
    std::unique_lock lock(mutex);
    while (true) {
      conditions[me].wait(lock, [&] { return turn % 3 == me; });
      if (!time_left()) break;
      if (me == 0) lock.unlock(), rest(), lock.lock();
      conditions[++turn % 3].notify_one();
    }
    conditions[++turn % 3].notify_one();
  };
  std::thread a(member, 0), b(member, 1), c(member, 2);
  a.join(), b.join(), c.join();
}

void barrier_with_late_party() {
  std::barrier<> barrier(3);
  const auto wait = [&] { barrier.arrive_and_wait(); };
  std::thread a(wait), b(wait);
  sleep_for(span());
  barrier.arrive_and_wait();
  a.join(), b.join();
}

void posix_barrier() {
  pthread_barrier_t barrier;
  zero(::pthread_barrier_init(&barrier, nullptr, 2), "pthread_barrier_init");
  std::thread late([&] {
    sleep_for(span());
    ::pthread_barrier_wait(&barrier);
  });
  ::pthread_barrier_wait(&barrier);
  late.join();
}

void latch() {
  std::latch latch(1);
  std::thread late([&] { sleep_for(span()), latch.count_down(); });
  latch.wait();
  late.join();
}

void mutex_of_sleeper() {
  std::mutex mutex;
  std::latch taken(1);
  std::thread owner([&] {
    const std::lock_guard lock(mutex);
    taken.count_down();
    sleep_for(span());
  });
  taken.wait();
  mutex.lock();
  mutex.unlock();
  owner.join();
}

/// Locked by one thread, unlocked by another: the owner in the word is idle.
void mutex_unlocked_by_another() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  zero(::pthread_mutex_lock(&mutex), "pthread_mutex_lock");
  std::thread other([&] {
    sleep_for(span());
    ::pthread_mutex_unlock(&mutex);
  });
  zero(::pthread_mutex_lock(&mutex), "pthread_mutex_lock");
  other.join();
}

/// The owner in the word is a thread that has ended; another will unlock.
void mutex_owner_ended() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  std::thread([&] { ::pthread_mutex_lock(&mutex); }).join();
  std::thread other([&] {
    sleep_for(span());
    ::pthread_mutex_unlock(&mutex);
  });
  zero(::pthread_mutex_lock(&mutex), "pthread_mutex_lock");
  other.join();
}

void reader_writer_lock() {
  std::shared_mutex mutex;
  std::latch taken(1);
  std::thread reader([&] {
    const std::shared_lock lock(mutex);
    taken.count_down();
    sleep_for(span());
  });
  taken.wait();
  std::thread writer([&] { const std::unique_lock lock(mutex); });
  writer.join();
  reader.join();
}

void future_of_sleeper() {
  std::async(std::launch::async, [] { sleep_for(span()); }).wait();
}

void once_by_sleeper() {
  static std::once_flag flag;
  static std::latch inside(1);
  const auto call = [] {
    std::call_once(flag, [] { inside.count_down(), sleep_for(span()); });
  };
  std::thread first(call);
  inside.wait();
  call();
  first.join();
}

void atomic_wait() {
  std::atomic<int> word = 0;
  std::thread waker([&] {
    sleep_for(span());
    word = 1;
    word.notify_all();
  });
  word.wait(0);
  waker.join();
}

/// A crowd in one picture: a hundred wait, one sleeps.
void hundred_wait_for_one() {
  std::latch latch(1);
  std::vector<std::thread> crowd;
  for (int i = 0; i < 100; ++i) crowd.emplace_back([&] { latch.wait(); });
  sleep_for(span());
  latch.count_down();
  for (std::thread& thread : crowd) thread.join();
}

const Table threads{
    {"thread_joins_sleeper", "", thread_joins_sleeper},
    {"main_thread_left", "", main_thread_left},
    {"main_thread_left_and_reads", "", main_thread_left_and_reads},
    {"threads_come_and_go", "", threads_come_and_go},
    {"threads_hand_on", "", threads_hand_on},
    {"poller_sets_event", "", poller_sets_event},
    {"poller_writes_pipe", "", poller_writes_pipe},
    {"poller_wakes_process", "", poller_wakes_process},
    {"pollers_in_turn", "", pollers_in_turn},
    {"condition_ring", "", condition_ring},
    {"barrier_with_late_party", "", barrier_with_late_party},
    {"posix_barrier", "", posix_barrier},
    {"latch", "", latch},
    {"mutex_of_sleeper", "", mutex_of_sleeper},
    {"mutex_unlocked_by_another", "", mutex_unlocked_by_another},
    {"mutex_owner_ended", "", mutex_owner_ended},
    {"reader_writer_lock", "", reader_writer_lock},
    {"future_of_sleeper", "", future_of_sleeper},
    {"once_by_sleeper", "", once_by_sleeper},
    {"atomic_wait", "", atomic_wait},
    {"hundred_wait_for_one", "", hundred_wait_for_one},
};

}  // namespace
}  // namespace poolbugs::look_alikes
