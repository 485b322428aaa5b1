// A worker is killed in the middle of its task.
#include <string>
#include <thread>

#include "cases/common/say.hpp"
#include "platform/pipe.hpp"
#include "platform/worker.hpp"
#include "platform/worker_kill.hpp"

using namespace poolbugs;

// Takes tasks until it is told to quit.
int work() {
  for (;;) {
    const std::string task = read_some(inherited(3), 1);
    if (task.empty() || task == "q") return 0;
    if (task == "b") kill_this_process();  // as the out-of-memory killer does
    write_all(inherited(4), task);
  }
}

// Until the worker ends; that it was killed is a result too.
void watch(Child worker, Descriptor results) {
  if (wait_for(worker) == kKilled) write_all(results, "!");
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  expected("the result of task a");
  expected("a worker was killed");
  const Pipe tasks_one = make_pipe();
  const Pipe tasks_two = make_pipe();
  const Pipe results = make_pipe();
  const Descriptor answers = results.write.get();
  const Child one =
      start_worker(method, argv, work, {tasks_one.read.get(), answers});
  const Child two =
      start_worker(method, argv, work, {tasks_two.read.get(), answers});

  std::thread first(watch, one, answers);
  std::thread second(watch, two, answers);
  write_all(tasks_one.write.get(), "a");
  write_all(tasks_two.write.get(), "b");
  for (int count = 0; count < 2; ++count) {
    const std::string task = read_some(results.read.get(), 1);
    observed(task == "!" ? "a worker was killed"
                         : "the result of task " + task);
  }
  write_all(tasks_one.write.get(), "q");
  write_all(tasks_two.write.get(), "q");
  first.join();
  second.join();
}
