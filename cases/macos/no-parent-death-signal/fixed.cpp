// A parent is killed while its worker, which wants to die with it, is busy.
#include <signal.h>
#include <unistd.h>

#include <thread>

#ifdef __linux__
#include <sys/prctl.h>
#else
#include <sys/event.h>
#endif

#include "cases/common/check.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

pid_t parent = -1;  // noted before the fork
int at_work[2];

void die_with_parent() {
#ifdef __linux__
  check(prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
#else
  const int queue = check(kqueue(), "kqueue");
  struct kevent end {};
  EV_SET(&end, parent, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, nullptr);
  if (kevent(queue, &end, 1, nullptr, 0, nullptr) != 0) _exit(1);
  std::thread([queue] {
    struct kevent event {};
    check(kevent(queue, nullptr, 0, &event, 1, nullptr), "kevent");
    _exit(1);
  }).detach();
#endif
  if (getppid() != parent) _exit(1);
}

int work() {
  die_with_parent();
  check(write(at_work[1], "!", 1), "write");
  for (;;) pause();  // a task that takes hours
}

int main(int argc, char** argv) {
  parent = getpid();
  check(pipe(at_work), "pipe");
  start_worker(start_method(argc, argv), argv, work);
  char byte = 0;
  check(read(at_work[0], &byte, 1), "read");
  raise(SIGKILL);  // as the out-of-memory killer, or kill -9, does
}
