// The tax rate is read once, at start; a worker computes with it.
#include <cstring>
#include <string>

#include "cases/common/say.hpp"
#include "platform/pipe.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

int tax_percent = 0;

struct Task {
  int net = 0;
  int tax_percent = 0;
};

int work() {
  Task task;
  const std::string bytes = read_some(inherited(3));
  if (bytes.size() != sizeof task) return 1;
  std::memcpy(&task, bytes.data(), sizeof task);
  const int tax = task.net * task.tax_percent / 100;
  observed("100 and the tax is " + std::to_string(task.net + tax));
  return 0;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  tax_percent = 19;  // as from a configuration file
  expected("100 and the tax is 119");

  const Pipe tasks = make_pipe();
  const Child worker = start_worker(method, argv, work, {tasks.read.get()});
  const Task task{100, tax_percent};
  write_all(tasks.write.get(),
            {reinterpret_cast<const char*>(&task), sizeof task});
  return static_cast<int>(wait_for(worker));
}
