// What reading a tree costs: both readings and all that is read between them.
//   snapshot REPEATS    one line for each: SHAPE THREADS CPU WALL, seconds, and
//                       "disturbed" if the two readings did not agree
// Two shapes: threads of one process that wait for a lock, processes of one
// thread that read from a pipe.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "platform/wait_reader.hpp"

namespace {

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "snapshot: %s\n", what);
  std::exit(125);
}

/// Asleep, or about to be, all of them.
void say_ready(int pipe) {
  if (::write(pipe, "r", 1) != 1) fail("write");
}

[[noreturn]] void wait_in_threads(int many, int ready) {
  std::mutex mutex;
  std::condition_variable never;
  const auto wait = [&] {
    std::unique_lock lock(mutex);
    say_ready(ready);
    never.wait(lock, [] { return false; });
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < many; ++i) threads.emplace_back(wait);
  wait();
  std::abort();
}

[[noreturn]] void read_for_ever(int ready) {
  int ends[2];
  if (::pipe(ends) != 0) fail("pipe");
  char byte;
  say_ready(ready);
  if (::read(ends[0], &byte, 1) == 1) fail("read");
  std::abort();
}

[[noreturn]] void wait_in_processes(int many, int ready) {
  const pid_t parent = ::getpid();
  for (int i = 1; i < many; ++i)
    if (::fork() == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(0);
      read_for_ever(ready);
    }
  read_for_ever(ready);
}

double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) * 1e-9;
}

void measure(const std::string& shape, int threads, int repeats) {
  int ready[2];
  if (::pipe(ready) != 0) fail("pipe");
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);
    if (shape == "threads") wait_in_threads(threads, ready[1]);
    wait_in_processes(threads, ready[1]);
  }
  char byte;
  for (int i = 0; i < threads; ++i)
    if (::read(ready[0], &byte, 1) != 1) fail("read");
  ::close(ready[0]);
  ::close(ready[1]);
  poolbugs::wait::Tree tree;
  tree.above = parent;
  tree.ours = true;
  for (int i = 0; i < 1000; ++i)  // until the last of them sleeps
    if (poolbugs::wait::read_facts(tree).disturbed.empty()) break;
  for (int i = 0; i < repeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const double before = cpu_seconds();
    const poolbugs::wait::Facts facts = poolbugs::wait::read_facts(tree);
    const double cpu = cpu_seconds() - before;
    const std::chrono::duration<double> wall =
        std::chrono::steady_clock::now() - begin;
    std::size_t seen = 0;
    for (const auto& process : facts.processes) seen += process.threads.size();
    if (facts.disturbed.empty() && seen != static_cast<std::size_t>(threads))
      fail("it did not see all threads");
    std::printf("%s %d %.9f %.9f%s\n", shape.c_str(), threads, cpu,
                wall.count(), facts.disturbed.empty() ? "" : " disturbed");
  }
  ::kill(child, SIGKILL);
  while (::waitpid(-1, nullptr, 0) > 0) continue;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) fail("snapshot REPEATS");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (int i = 0; i < std::atoi(argv[1]); ++i)
    for (const int threads : {1, 10, 100, 1000})
      for (const char* shape : {"threads", "processes"})
        measure(shape, threads, 6000 / (threads + 10) + 2);
  return 0;
}
