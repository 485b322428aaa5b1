// Two workers send a long line each through the same pipe.
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

constexpr ssize_t kLine = 4 << 20;  // a pipe holds 64 KiB

int work() {
  char letter = 0;
  check(read(3, &letter, 1), "read");
  std::string line(kLine, letter);
  line.back() = '\n';
  check(write(4, line.data(), kLine), "write");
  return 0;
}

// The checkpoint. A worker that has its task sleeps for one reason only: it
// cannot send its line.
void wait_until_it_cannot_send(pid_t worker, int tasks) {
  const std::string stat = "/proc/" + std::to_string(worker) + "/stat";
  for (char state = 'R'; state != 'S'; sched_yield()) {
    int waiting = 0;
    check(ioctl(tasks, FIONREAD, &waiting), "ioctl");
    std::ifstream(stat).ignore(std::numeric_limits<int>::max(), ')') >> state;
    if (state == 'Z') std::_Exit(1);
    if (waiting > 0) state = 'R';
  }
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  int tasks[2];
  int results[2];
  check(pipe2(tasks, O_CLOEXEC), "pipe2");
  check(pipe2(results, O_CLOEXEC), "pipe2");
  check(write(tasks[1], "ab", 2), "write");

  const std::vector<int> ends{tasks[0], results[1]};
  const pid_t one = start_worker(method, argv, work, ends);
  const pid_t two = start_worker(method, argv, work, ends);
  close(results[1]);
  wait_until_it_cannot_send(one, tasks[0]);
  wait_until_it_cannot_send(two, tasks[0]);

  expected("a whole line");
  expected("a whole line");
  std::FILE* lines = fdopen(results[0], "r");
  char* line = nullptr;
  size_t room = 0;
  for (ssize_t size; (size = getline(&line, &room, lines)) > 0;) {
    const std::string_view letters(line, size - 1);
    const bool same = letters.find_first_not_of(line[0]) == letters.npos;
    observed(size == kLine && same ? "a whole line" : "pieces of two lines");
  }
  return wait_for(one) + wait_for(two);
}
