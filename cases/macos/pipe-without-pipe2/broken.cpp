// One thread makes the pipe of its worker while another starts a helper.
#include <fcntl.h>
#include <unistd.h>

#include <latch>
#include <mutex>
#include <string>
#include <thread>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

std::latch half_made(1), helper_started(1);
std::mutex starting;  // of those who make pipes or start processes

int work() {  // worker and helper: until their pipe is closed
  int tasks = 0;
  char task = 0;
  while (check(read(3, &task, 1), "read") == 1) ++tasks;
  return tasks;
}

void make_pipe(int* ends, bool others_run) {
  check(pipe(ends), "pipe");
  if (others_run) half_made.count_down();  // here the other thread is let run,
  if (others_run) helper_started.wait();   // as the scheduler may
  for (const int end : {ends[0], ends[1]})
    check(fcntl(end, F_SETFD, FD_CLOEXEC), "fcntl");
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  int to_helper[2], to_worker[2];
  make_pipe(to_helper, false);
  pid_t helper = -1;
  std::thread other([&] {
    half_made.wait();
    helper = start_worker(StartMethod::spawn, argv, work, {to_helper[0]});
    helper_started.count_down();
  });
  make_pipe(to_worker, true);
  other.join();
  const pid_t worker =
      start_worker(StartMethod::spawn, argv, work, {to_worker[0]});
  check(write(to_worker[1], "t", 1), "write");
  close(to_worker[1]);  // no more tasks
  expected("the worker did 1 task");
  observed("the worker did " + std::to_string(wait_for(worker)) + " task");
  close(to_helper[1]);
  return wait_for(helper) == 0 ? 0 : 1;
}
