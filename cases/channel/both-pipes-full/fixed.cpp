// The parent hands out every task before it reads the first result.
#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

constexpr int kTasks = 4096;
struct Message {
  char bytes[1024];  // 4 MiB in all: two pipes hold 128 KiB
};

// Answers each task at once, by a result of the same size.
int work() {
  Message message{};
  for (int i = 0; i < kTasks; ++i) {
    check(read(3, &message, sizeof message), "read");
    check(write(4, &message, sizeof message), "write");
  }
  return 0;
}

void hand_out(int tasks) {
  const Message task{};
  for (int i = 0; i < kTasks; ++i)
    check(write(tasks, &task, sizeof task), "write");
}

void collect(int results) {
  Message result;
  int count = 0;
  while (count < kTasks &&
         check(read(results, &result, sizeof result), "read") == sizeof result)
    ++count;
  observed(std::to_string(count) + " results");
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  expected(std::to_string(kTasks) + " results");
  int tasks[2];
  int results[2];
  check(pipe2(tasks, O_CLOEXEC), "pipe2");
  check(pipe2(results, O_CLOEXEC), "pipe2");
  const pid_t worker = start_worker(method, argv, work, {tasks[0], results[1]});

  std::jthread writer(hand_out, tasks[1]);
  collect(results[0]);
  return wait_for(worker);
}
