// What poolbugs is held against, and a stop watch.
//   bench loop N PROGRAM   posix_spawn and wait, two at a time, N times
//   bench loops N PROGRAM  the same by two threads, each one at a time: while
//                          posix_spawn waits for one exec, the other goes on
//   bench measure COMMAND… prints seconds: wall, user and system time of the
//                          command and of all below it that was waited for,
//                          CPU time of its first thread alone
//   bench spin N           two threads, N million turns of a loop each
//   bench after MS PROGRAM ARGUMENT…
//                          uses the CPU for so long, then becomes the program
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

/// Of a zombie's first thread, without its children (schedstat).
double own_seconds(pid_t zombie) {
  const std::string path = "/proc/" + std::to_string(zombie) + "/schedstat";
  std::FILE* file = std::fopen(path.c_str(), "r");
  unsigned long long nanoseconds = 0;
  if (!file || std::fscanf(file, "%llu", &nanoseconds) != 1) fail("schedstat");
  std::fclose(file);
  return static_cast<double>(nanoseconds) * 1e-9;
}

int spin(long million) {
  const auto turn = [million] {
    volatile unsigned sum = 0;
    for (long i = 0; i < million * 1'000'000; ++i) sum = sum + 1;
  };
  std::thread other(turn);
  turn();
  other.join();
  return 0;
}

int after(int milliseconds, char** argv) {
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::milliseconds(milliseconds);
  while (std::chrono::steady_clock::now() < end) continue;
  ::execv(argv[0], argv);
  fail("execv");
}

int measure(char** argv) {
  const auto begin = std::chrono::steady_clock::now();
  pid_t pid = 0;
  if (::posix_spawnp(&pid, argv[0], nullptr, nullptr, argv, environ) != 0)
    fail("posix_spawnp");
  siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT);
  const std::chrono::duration<double> wall =
      std::chrono::steady_clock::now() - begin;
  const double own = own_seconds(pid);
  wait_for(pid);
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  std::fprintf(stderr, "%.6f %.6f %.6f %.6f\n", wall.count(),
               seconds(usage.ru_utime), seconds(usage.ru_stime), own);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "loop" && argc == 4) return loop(std::atoi(argv[2]), argv[3]);
  if (what == "loops" && argc == 4) return loops(std::atoi(argv[2]), argv[3]);
  if (what == "measure" && argc > 2) return measure(argv + 2);
  if (what == "spin" && argc == 3) return spin(std::atol(argv[2]));
  if (what == "after" && argc > 3) return after(std::atoi(argv[2]), argv + 3);
  fail("loop, loops, measure, spin, or after; see the source");
}
