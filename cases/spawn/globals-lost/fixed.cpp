// The tax rate is read once, at start; a worker computes with it.
#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

int tax_percent = 0;

struct Task {
  int net = 0;
  int tax_percent = 0;
};

int work() {
  Task task;
  if (read(3, &task, sizeof task) != sizeof task) return 1;
  const int tax = task.net * task.tax_percent / 100;
  observed("100 and the tax is " + std::to_string(task.net + tax));
  return 0;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  tax_percent = 19;  // as from a configuration file
  expected("100 and the tax is 119");

  int tasks[2];
  check(pipe2(tasks, O_CLOEXEC), "pipe2");
  const pid_t worker = start_worker(method, argv, work, {tasks[0]});
  const Task task{100, tax_percent};
  check(write(tasks[1], &task, sizeof task), "write");
  return wait_for(worker);
}
