// A parent is killed while its worker is busy.
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "cases/common/check.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

int ends[2] = {-1, -1};  // the parent's is 1, the worker's is 0

int work() {
  check(write(3, "!", 1), "write");  // at work
  for (;;) pause();                  // a task that takes hours
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
  start_worker(start_method(argc, argv), argv, work, {ends[0]});
  char at_work = 0;
  check(read(ends[1], &at_work, 1), "read");
  raise(SIGKILL);  // as the out-of-memory killer, or kill -9, does
}
