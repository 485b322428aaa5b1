// A child forked while another thread of the parent was in the middle of
// something: that thread does not exist in the child.
#include <sys/stat.h>

#include <cstdlib>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>

#include "harness/plants/deadlocks/deadlock.hpp"

namespace poolbugs::deadlocks {
namespace {

/// A thread that holds `mutex` from before this returns until `let_go`.
class Holder {
 public:
  explicit Holder(std::mutex& mutex) {
    thread_ = std::thread([&] {
      const std::lock_guard hold(mutex);
      holds_.arrive();
      done_.await(1);
    });
    holds_.await(1);
  }
  void let_go() {
    done_.arrive();
    thread_.join();
  }

 private:
  Checkpoint holds_, done_;
  std::thread thread_;
};

/// A thread that is in glibc's lock around the time zone: its file is a FIFO,
/// and there it waits.
class InTimeZone {
 public:
  InTimeZone() {
    std::string folder = "/tmp/poolbugs-deadlock-XXXXXX";
    must(::mkdtemp(folder.data()) != nullptr, "mkdtemp");
    const std::string fifo = folder + "/zone";
    must(::mkfifo(fifo.c_str(), 0600) == 0, "mkfifo");
    ::setenv("TZ", (":" + fifo).c_str(), 1);
    thread_ = std::thread([] { ::tzset(); });
    // Only when the thread has come to its open(2) there is a reader.
    while ((end_ = ::open(fifo.c_str(), O_WRONLY | O_NONBLOCK)) < 0)
      ::sched_yield();
    ::unlink(fifo.c_str());
    ::rmdir(folder.c_str());
  }
  /// In the child: the FIFO is the parent's affair.
  void forget() const { ::close(end_); }
  void let_go() {
    ::close(end_);
    thread_.join();
  }

 private:
  int end_ = -1;
  std::thread thread_;
};

void ask_the_time() {
  const std::time_t now = 0;
  std::tm local;
  ::localtime_r(&now, &local);
}

void fork_mutex() {
  static std::mutex mutex;
  Holder holder(mutex);
  Checkpoint there;
  const pid_t child = start([&] {
    there.arrive();
    mutex.lock();
  });
  holder.let_go();
  there.await(1);
  stuck();
  wait_for(child);
}

void fork_time_zone() {
  InTimeZone busy;
  Checkpoint there;
  const pid_t child = start([&] {
    busy.forget();
    there.arrive();
    ask_the_time();
  });
  busy.let_go();
  there.await(1);
  stuck();
  wait_for(child);
}

/// One thread of the child waits for each.
void fork_two_locks() {
  static std::mutex mutex;
  Holder holder(mutex);
  InTimeZone busy;
  Checkpoint there;
  const pid_t child = start([&] {
    busy.forget();
    std::thread([&] {
      there.arrive();
      ask_the_time();
    }).detach();
    there.meet(2);
    mutex.lock();
  });
  holder.let_go();
  busy.let_go();
  there.await(2);
  stuck();
  wait_for(child);
}

/// Keeps the zeros of this file off the page on which the program's data ends:
/// libstdc++ waits for a guard as for a word that others might map, and that
/// page is one of the program's file.
alignas(4096) [[gnu::used]] char page_of_zeros[1];

/// The initialisation of a static variable was under way. Its guard, a lock
/// too, does not say by whom; but nobody else is in the child.
void fork_static_guard() {
  static Checkpoint inside, done, there;
  struct Slow {
    Slow() {
      inside.arrive();
      done.await(1);
    }
  };
  const auto once = [] { static Slow slow; };
  std::thread first(once);
  inside.await(1);
  const pid_t child = start([&] {
    there.arrive();
    once();
  });
  there.await(1);
  // The child has got a copy of the guard, but `done` is shared: it goes on
  // only in the parent, the child does not look at it.
  done.arrive();
  first.join();
  stuck();
  wait_for(child);
}

/// The child is a pool's worker: it holds the queue that its parent reads.
void fork_mutex_of_worker() {
  static std::mutex mutex;
  Holder holder(mutex);
  Checkpoint there;
  const Pipe results;
  for (int i = 0; i < 3; ++i)
    start([&] {
      ::close(results.read);
      there.arrive();
      mutex.lock();
    });
  ::close(results.write);
  holder.let_go();
  there.await(3);
  stuck();
  read_byte(results.read);
}

}  // namespace

std::vector<Deadlock> forked() {
  return {{"fork_mutex", "orphaned-lock", "private-futex", fork_mutex},
          {"fork_time_zone", "orphaned-lock", "private-futex", fork_time_zone},
          {"fork_two_locks", "orphaned-lock", "private-futex", fork_two_locks},
          {"fork_static_guard", "orphaned-lock", "private-futex",
           fork_static_guard},
          {"fork_mutex_of_worker", "orphaned-lock", "pipe-read",
           fork_mutex_of_worker}};
}

}  // namespace poolbugs::deadlocks
