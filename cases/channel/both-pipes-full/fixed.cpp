// The parent hands out every task before it reads the first result.
#include <string>
#include <thread>

#include "cases/common/say.hpp"
#include "platform/pipe.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

constexpr int kTasks = 4096;
constexpr std::size_t kSize = 1024;  // 4 MiB in all: two pipes hold 128 KiB

// Answers each task at once, by a result of the same size.
int work() {
  for (std::size_t done = 0; done < kTasks * kSize;) {
    const std::string task = read_some(inherited(3), kSize);
    if (task.empty()) return 1;
    write_all(inherited(4), task);
    done += task.size();
  }
  return 0;
}

void hand_out(Descriptor tasks) {
  const std::string task(kSize, 't');
  for (int i = 0; i < kTasks; ++i) write_all(tasks, task);
}

void collect(Descriptor results) {
  std::size_t size = 0;
  while (size < kTasks * kSize) size += read_some(results, kSize).size();
  observed(std::to_string(size / kSize) + " results");
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  expected(std::to_string(kTasks) + " results");
  const Pipe tasks = make_pipe();
  const Pipe results = make_pipe();
  const Child worker =
      start_worker(method, argv, work, {tasks.read.get(), results.write.get()});

  std::thread writer(hand_out, tasks.write.get());
  collect(results.read.get());
  writer.join();
  return static_cast<int>(wait_for(worker));
}
