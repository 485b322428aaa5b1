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
  Done() {
    const std::string name = "/poolbugs-" + std::to_string(getpid());
    semaphore_ = sem_open(name.c_str(), O_CREAT | O_EXCL, 0600, 0);
    if (semaphore_ == SEM_FAILED) check(-1, "sem_open");
    check(sem_unlink(name.c_str()), "sem_unlink");
  }
  void set() { check(sem_post(semaphore_), "sem_post"); }
  bool wait_for_milliseconds([[maybe_unused]] int time) {
#ifdef __APPLE__
    return sem_wait(semaphore_) == 0;  // there is no sem_timedwait
#else
    timespec until{};
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += time / 1000;
    return sem_timedwait(semaphore_, &until) == 0;
#endif
  }

 private:
  sem_t* semaphore_;
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
