// Waits for the end of somebody who waits for us.
#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>

#include <array>
#include <mutex>
#include <thread>

#include "harness/plants/deadlocks/deadlock.hpp"

namespace poolbugs::deadlocks {
namespace {

/// A child that reads what we, who hold the only write end, never send.
pid_t reader() {
  const Pipe pipe;
  static Checkpoint there;
  const pid_t child = start([&] {
    ::close(pipe.write);
    there.arrive();
    read_byte(pipe.read);
  });
  ::close(pipe.read);
  there.await(1);
  return child;
}

/// A child that writes more than fits into a pipe that we would read later.
pid_t writer() {
  const Pipe pipe;
  static Checkpoint there;
  const pid_t child = start([&] {
    ::close(pipe.read);
    there.arrive();
    write_much(pipe.write);
  });
  ::close(pipe.write);
  there.await(1);
  return child;
}

void wait_before_close() {
  const pid_t child = reader();
  stuck();
  wait_for(child);
}

void wait_before_drain() {
  const auto child = static_cast<id_t>(writer());
  siginfo_t how;
  stuck();
  ::waitid(P_PID, child, &how, WEXITED);
}

void wait_for_any() {
  reader();
  writer();
  stuck();
  ::wait(nullptr);
}

void poll_pidfd() {
  const int child = static_cast<int>(::syscall(SYS_pidfd_open, writer(), 0));
  must(child >= 0, "pidfd_open");
  pollfd one{child, POLLIN, 0};
  stuck();
  ::poll(&one, 1, -1);
}

/// The second worker inherited the first one's write end.
void inherited_by_sibling() {
  const std::vector<Pipe> pipes(2);
  Checkpoint there;
  std::array<pid_t, 2> workers;
  for (int i = 0; i < 2; ++i)
    workers[i] = start([&, i] {
      ::close(pipes[i].write);
      if (i == 0) ::close(pipes[1].write);
      there.arrive();
      read_byte(pipes[i].read);
    });
  ::close(pipes[0].write);
  there.await(2);
  stuck();
  wait_for(workers[0]);  // and then the second
}

/// As above, but the heir's own pipe is open in the heir alone.
void inherited_by_all() {
  const std::vector<Pipe> pipes(2);
  Checkpoint there;
  std::array<pid_t, 2> workers;
  for (int i = 0; i < 2; ++i)
    workers[i] = start([&, i] {
      if (i == 0) keep(pipes, {pipes[0].read});
      there.arrive();
      read_byte(pipes[i].read);
    });
  keep(pipes, {});
  there.await(2);
  stuck();
  wait_for(workers[0]);
}

/// The child of vfork has the parent's memory, and the parent waits for it.
void vfork_child_waits() {
  const Pipe pipe;
  stuck();
  if (::vfork() == 0) {
    ::close(pipe.write);
    char byte;
    ::_exit(::read(pipe.read, &byte, 1) == 1 ? 0 : 1);
  }
}

void join_holding_lock() {
  static std::mutex mutex;
  static Checkpoint there;
  mutex.lock();
  std::thread thread([] {
    there.arrive();
    mutex.lock();
  });
  there.await(1);
  stuck();
  thread.join();
}

/// Of two glibc would say EDEADLK.
void three_join() {
  static std::array<pthread_t, 3> threads;
  static Checkpoint there;
  const auto join_next = [](void* which) -> void* {
    const auto i = reinterpret_cast<std::size_t>(which);
    there.meet(3);
    if (i == 0) stuck();
    ::pthread_join(threads[(i + 1) % 3], nullptr);
    return nullptr;
  };
  threads[0] = ::pthread_self();
  for (std::size_t i = 1; i < 3; ++i)
    ::pthread_create(&threads[i], nullptr, join_next,
                     reinterpret_cast<void*>(i));
  join_next(nullptr);
}

void chain(int depth, Checkpoint& there) {
  if (depth == 0) {
    there.arrive();
    std::mutex mutex;
    mutex.lock();
    mutex.lock();
  }
  const pid_t child = start([&] { chain(depth - 1, there); });
  there.await(1);
  if (depth == 10) stuck();
  wait_for(child);
}

/// Ten processes wait for each other's end; the last one is the culprit.
void chain_of_10() {
  Checkpoint there;
  chain(10, there);
}

}  // namespace

std::vector<Deadlock> joins() {
  return {
      {"wait_before_close", "join-cycle", "wait4", wait_before_close, false, 2},
      {"wait_before_drain", "join-cycle", "waitid", wait_before_drain, false,
       2},
      {"wait_for_any", "join-cycle", "wait4", wait_for_any, false, 2},
      {"poll_pidfd", "join-cycle", "pidfd", poll_pidfd, false, 2},
      {"inherited_by_sibling", "eof-never-comes", "wait4", inherited_by_sibling,
       false, 3},
      {"inherited_by_all", "eof-never-comes", "wait4", inherited_by_all},
      {"vfork_child_waits", "join-cycle", "vfork", vfork_child_waits, false, 2},
      {"join_holding_lock", "join-cycle", "thread-end", join_holding_lock,
       false, 2},
      {"three_join", "join-cycle", "thread-end", three_join, false, 3},
      {"chain_of_10", "self-deadlock", "wait4", chain_of_10}};
}

}  // namespace poolbugs::deadlocks
