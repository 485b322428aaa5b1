// Programs that are stuck for ever, each for one reason, on every run: a
// checkpoint brings everybody to the call before the last one, and nobody
// sleeps or looks at a clock. Only SIGKILL ends them; children die with their
// parent.
#pragma once

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <initializer_list>
#include <new>
#include <utility>
#include <vector>

namespace poolbugs::deadlocks {

struct Deadlock {
  const char* name;
  const char* cause;  ///< judge::StuckCause::slug
  const char* edge;   ///< the kind of wait that it is there for
  void (*run)();
  /// It can only be proved where the tree has its own namespaces. May leave
  /// System V objects behind if it is run elsewhere.
  bool sandbox = false;
  int core = 1;  ///< threads in judge::StuckCause::core
};

std::vector<Deadlock> locks();       // in one process
std::vector<Deadlock> wakeups();     // in one process
std::vector<Deadlock> shared();      // in shared memory
std::vector<Deadlock> forked();      // inherited by fork
std::vector<Deadlock> pipes();       // and sockets
std::vector<Deadlock> polls();       // poll, select, epoll
std::vector<Deadlock> joins();       // waits for an end
std::vector<Deadlock> file_locks();  // flock, fcntl
std::vector<Deadlock> events();      // eventfd, timerfd, queues, signals

/// `fine`, or ends with 70.
inline void must(bool fine, const char* call) {
  if (fine) return;
  std::perror(call);
  ::_exit(70);
}

/// Tells a benchmark that this is the moment. Called by the first process,
/// when all others are at their last call.
inline void stuck() { must(::write(1, "stuck\n", 6) == 6, "write"); }

/// In memory that all children share.
template <class T>
T& in_shared_memory() {
  void* place = ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  must(place != MAP_FAILED, "mmap");
  return *new (place) T();
}

/// Where threads and processes wait until `many` have come. Leaves no edge
/// behind: it is a number in memory of its own.
class Checkpoint {
 public:
  void arrive() { ++come_; }
  void await(int many) const {
    while (come_ < many) ::sched_yield();
  }
  void meet(int many) {
    arrive();
    await(many);
  }

 private:
  std::atomic<int>& come_ = in_shared_memory<std::atomic<int>>();
};

/// A child that does `body`, which does not return.
template <class Body>
pid_t start(Body body) {
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  must(child >= 0, "fork");
  if (child > 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  body();
  ::_exit(71);
}

/// `many` processes, the first one is ours: all `take(i)`, and when all have,
/// all `wait(i)`, which does not return.
template <class Take, class Wait>
void ring(int many, Take take, Wait wait) {
  Checkpoint taken;
  for (int i = 1; i < many; ++i)
    start([&, i] {
      take(i);
      taken.meet(many);
      wait(i);
    });
  take(0);
  taken.meet(many);
  stuck();
  wait(0);
}

struct Pipe {
  Pipe() {
    int ends[2];
    must(::pipe(ends) == 0, "pipe");
    read = ends[0], write = ends[1];
  }
  int read, write;
};

/// Closes all ends but these.
inline void keep(const std::vector<Pipe>& pipes, std::initializer_list<int> s) {
  for (const Pipe& pipe : pipes)
    for (const int end : {pipe.read, pipe.write}) {
      bool kept = false;
      for (const int one : s) kept |= one == end;
      if (!kept) ::close(end);
    }
}

inline void read_byte(int file) {
  char byte;
  must(::read(file, &byte, 1) == 1, "read");
}

/// More than any pipe or socket holds.
inline void write_much(int file) {
  static char much[4 << 20];
  must(::write(file, much, sizeof much) == sizeof much, "write");
}

inline void wait_for(pid_t child) {
  must(::waitpid(child, nullptr, 0) == child, "waitpid");
}

}  // namespace poolbugs::deadlocks
