// A pool's reader thread hands each result to the user's callback.
#include <fcntl.h>
#include <unistd.h>

#include <latch>
#include <stdexcept>
#include <string>
#include <thread>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

std::latch unanswered(3);

int work() {
  int task = 0;
  while (check(read(3, &task, sizeof task), "read") > 0 && task != 0) {
    const int square = task * task;
    check(write(4, &square, sizeof square), "write");
  }
  return 0;
}

void on_result(int square) {
  if (square == 4) throw std::runtime_error("no room for 4");
  observed("result " + std::to_string(square));
}

// What a callback throws must not end the program.
void read_results(int results) try {
  for (int square = 0; read(results, &square, sizeof square) > 0;) {
    on_result(square);
    unanswered.count_down();
  }
} catch (const std::exception& error) {
  observed(std::string("callback failed: ") + error.what());
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  expected("result 1");
  expected("callback failed: no room for 4");
  expected("result 9");
  int tasks[2];
  int results[2];
  check(pipe2(tasks, O_CLOEXEC), "pipe2");
  check(pipe2(results, O_CLOEXEC), "pipe2");
  const pid_t worker = start_worker(method, argv, work, {tasks[0], results[1]});
  close(results[1]);

  std::jthread reader(read_results, results[0]);
  const int three_tasks[] = {1, 2, 3};
  check(write(tasks[1], three_tasks, sizeof three_tasks), "write");
  unanswered.wait();
  const int quit = 0;
  check(write(tasks[1], &quit, sizeof quit), "write");
  return wait_for(worker);
}
