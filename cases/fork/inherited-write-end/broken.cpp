// Two workers each read tasks from a pipe until the parent closes it.
#include <string>
#include <utility>

#include "cases/common/say.hpp"
#include "platform/pipe.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

UniqueFd first_tasks;  // the write ends, which the parent keeps
UniqueFd second_tasks;

int work() {
  int tasks = 0;
  while (!read_some(inherited(3), 1).empty()) ++tasks;
  observed("a worker did " + std::to_string(tasks) + " task and ended");
  return 0;
}

int first_worker() {
  first_tasks.reset();  // the other end of its own pipe
  return work();
}

int second_worker() {
  second_tasks.reset();  // the other end of its own pipe
  return work();
}

Child start(StartMethod method, char** argv, int (*worker)(), UniqueFd& tasks) {
  Pipe pipe = make_pipe();
  tasks = std::move(pipe.write);
  const Child child = start_worker(method, argv, worker, {pipe.read.get()});
  pipe.read.reset();
  write_all(tasks.get(), "t");
  return child;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  expected("a worker did 1 task and ended");
  expected("a worker did 1 task and ended");
  const Child first = start(method, argv, first_worker, first_tasks);
  const Child second = start(method, argv, second_worker, second_tasks);

  first_tasks.reset();  // no more tasks for worker 1
  const auto one = wait_for(first);
  second_tasks.reset();  // no more tasks for worker 2
  const auto two = wait_for(second);
  return one == 0 && two == 0 ? 0 : 1;
}
