// Two workers each read tasks from a pipe until the parent closes it.
#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

int first_tasks = -1;  // the write ends, which the parent keeps
int second_tasks = -1;

int work() {
  int tasks = 0;
  char task = 0;
  while (check(read(3, &task, 1), "read") == 1) ++tasks;
  observed("a worker did " + std::to_string(tasks) + " task and ended");
  return 0;
}

int first_worker() {
  close(first_tasks);  // the other end of its own pipe
  return work();
}

int second_worker() {
  close(second_tasks);  // the other end of its own pipe
  return work();
}

pid_t start(StartMethod method, char** argv, int (*worker)(), int& tasks) {
  int ends[2];
  check(pipe2(ends, O_CLOEXEC), "pipe2");
  tasks = ends[1];
  const pid_t pid = start_worker(method, argv, worker, {ends[0]});
  close(ends[0]);
  check(write(tasks, "t", 1), "write");
  return pid;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  expected("a worker did 1 task and ended");
  expected("a worker did 1 task and ended");
  const pid_t first = start(method, argv, first_worker, first_tasks);
  const pid_t second = start(method, argv, second_worker, second_tasks);

  close(first_tasks);  // no more tasks for worker 1
  const int one = wait_for(first);
  close(second_tasks);  // no more tasks for worker 2
  const int two = wait_for(second);
  return one == 0 && two == 0 ? 0 : 1;
}
