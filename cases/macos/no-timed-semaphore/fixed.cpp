// A parent waits for its worker's result, for a limited time; the worker is
// killed before it has one.
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <string>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

class Done {
 public:
  Done() { check(pipe(ends_), "pipe"); }
  void set() { check(write(ends_[1], "d", 1), "write"); }
  bool wait_for_milliseconds(int time) {
    pollfd polled{ends_[0], POLLIN, 0};
    return check(poll(&polled, 1, time), "poll") > 0;
  }

 private:
  int ends_[2];
};

Done* done = nullptr;

int work() {
  raise(SIGKILL);  // as the out-of-memory killer does
  done->set();
  return 0;
}

int main(int argc, char** argv) {
  done = new Done;
  const pid_t worker = start_worker(start_method(argc, argv), argv, work);
  expected("no result in time");
  observed(done->wait_for_milliseconds(1000) ? "a result"
                                             : "no result in time");
  return wait_for(worker) == -SIGKILL ? 0 : 1;
}
