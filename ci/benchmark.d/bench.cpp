// What poolbugs is held against, and a stop watch.
//   bench loop N PROGRAM   posix_spawn and wait, two at a time, N times
//   bench loops N PROGRAM  the same by two threads, each one at a time: while
//                          posix_spawn waits for one exec, the other goes on
//   bench measure COMMAND… prints seconds: wall, user and system time of the
//                          command and of all below it that was waited for
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

extern char** environ;

namespace {

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "bench: %s\n", what);
  std::exit(125);
}

pid_t start(char** argv) {
  pid_t pid = 0;
  if (::posix_spawn(&pid, argv[0], nullptr, nullptr, argv, environ) != 0)
    fail("posix_spawn");
  return pid;
}

void wait_for(pid_t pid) {
  int status = 0;
  if (::waitpid(pid, &status, 0) < 0 || status != 0) fail("a program failed");
}

int loop(int runs, char* program) {
  char* argv[] = {program, nullptr};
  for (int i = 0; i < runs; ++i) {
    if (i >= 2) wait_for(-1);
    start(argv);
  }
  for (int i = 0; i < runs && i < 2; ++i) wait_for(-1);
  return 0;
}

int loops(int runs, char* program) {
  char* argv[] = {program, nullptr};
  const auto half = [&] {
    for (int i = 0; i < runs / 2; ++i) wait_for(start(argv));
  };
  std::thread other(half);
  half();
  other.join();
  return 0;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_usec) * 1e-6;
}

int measure(char** argv) {
  const auto begin = std::chrono::steady_clock::now();
  pid_t pid = 0;
  if (::posix_spawnp(&pid, argv[0], nullptr, nullptr, argv, environ) != 0)
    fail("posix_spawnp");
  wait_for(pid);
  const std::chrono::duration<double> wall =
      std::chrono::steady_clock::now() - begin;
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  std::fprintf(stderr, "%.6f %.6f %.6f\n", wall.count(),
               seconds(usage.ru_utime), seconds(usage.ru_stime));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "loop" && argc == 4) return loop(std::atoi(argv[2]), argv[3]);
  if (what == "loops" && argc == 4) return loops(std::atoi(argv[2]), argv[3]);
  if (what == "measure" && argc > 2) return measure(argv + 2);
  fail("loop N PROGRAM, loops N PROGRAM, or measure COMMAND…");
}
