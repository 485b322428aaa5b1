// A worker that runs a helper process is terminated.
#include <signal.h>
#include <unistd.h>

#include <string>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/pipe.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

int work() {
  check(setpgid(0, 0), "setpgid");  // it and all that it starts
  // A compiler, a shell command, a pool of its own.
  const pid_t helper = check(fork(), "fork");
  if (helper == 0) check(write(3, "!", 1), "write");  // at work
  for (;;) pause();
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  expected("worker terminated");
  const Pipe ready = make_pipe();
  const pid_t worker =
      start_worker(start_method(argc, argv), argv, work, {ready.write.get()});
  char at_work = 0;
  check(read(ready.read.get(), &at_work, 1), "read");

  check(kill(-worker, SIGTERM), "kill");
  if (wait_for(worker) == -SIGTERM) observed("worker terminated");
}
