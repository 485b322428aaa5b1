// A worker dies before its task is sent.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/pipe.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

int work() { return 1; }  // it could not load its configuration

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  // What becomes of us if a pipe that we write to has no reader.
  signal(SIGPIPE, SIG_DFL);
  expected("task 1: Broken pipe");
  Pipe tasks = make_pipe();
  const pid_t worker =
      start_worker(start_method(argc, argv), argv, work, {tasks.read.get()});
  tasks.read.reset();
  // The checkpoint: the worker is gone, and nobody has noticed.
  siginfo_t info;
  check(waitid(P_PID, worker, &info, WEXITED | WNOWAIT), "waitid");

  const bool sent = write(tasks.write.get(), "task 1", 6) == 6;
  observed(sent ? "task 1: sent"
                : std::string("task 1: ") + std::strerror(errno));
  wait_for(worker);
}
