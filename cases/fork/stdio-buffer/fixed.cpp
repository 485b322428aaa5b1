// A report with a header, to which two forked workers add a row each.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"

using namespace poolbugs;

pid_t start_worker(int number) {
  const pid_t pid = check(fork(), "fork");
  if (pid != 0) return pid;
  std::printf("observed: row of worker %d\n", number);
  std::exit(0);  // flushes all that is in its copy of the buffer
}

int main() {
  expected("header");
  expected("row of worker 1");
  expected("row of worker 2");

  std::printf("observed: header\n");  // stays in the buffer: no terminal
  std::fflush(stdout);
  const pid_t first = start_worker(1);
  const pid_t second = start_worker(2);
  for (const pid_t worker : {first, second}) {
    int status = 0;
    check(waitpid(worker, &status, 0), "waitpid");
    if (status != 0) return 1;
  }
  return 0;
}
