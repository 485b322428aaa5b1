// A worker is killed in the middle of its task.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

// Takes tasks until it is told to quit.
int work() {
  char task = 0;
  while (check(read(3, &task, 1), "read") == 1 && task != 'q') {
    if (task == 'b') raise(SIGKILL);  // as the out-of-memory killer does
    check(write(4, &task, 1), "write");
  }
  return 0;
}

// Until the worker ends; that it was killed is a result too.
void watch(pid_t worker, int results) {
  if (wait_for(worker) < 0) check(write(results, "!", 1), "write");
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  expected("the result of task a");
  expected("a worker was killed");
  int tasks_one[2];
  int tasks_two[2];
  int results[2];
  for (int* ends : {tasks_one, tasks_two, results})
    check(pipe2(ends, O_CLOEXEC), "pipe2");
  const pid_t one =
      start_worker(method, argv, work, {tasks_one[0], results[1]});
  const pid_t two =
      start_worker(method, argv, work, {tasks_two[0], results[1]});

  std::jthread first(watch, one, results[1]);
  std::jthread second(watch, two, results[1]);
  check(write(tasks_one[1], "a", 1), "write");
  check(write(tasks_two[1], "b", 1), "write");
  for (int answers = 0; answers < 2; ++answers) {
    char task = 0;
    check(read(results[0], &task, 1), "read");
    observed(task == '!' ? "a worker was killed"
                         : std::string("the result of task ") + task);
  }
  check(write(tasks_one[1], "q", 1), "write");
  check(write(tasks_two[1], "q", 1), "write");
}
