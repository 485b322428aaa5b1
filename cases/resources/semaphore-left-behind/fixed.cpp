// Two workers, one after the other, each in one of the two slots that a named
// semaphore counts; the first is killed, as by the OOM killer.
#include <fcntl.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include <string>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

constexpr int kSlots = 2;

std::string name_of_slots(pid_t parent) {
  return "/poolbugs-slots-" + std::to_string(parent);
}

sem_t* open_slots(pid_t parent, int flags) {
  sem_t* slots = sem_open(name_of_slots(parent).c_str(), flags, 0600, kSlots);
  if (slots == SEM_FAILED) check(-1, "sem_open");
  return slots;
}

int work() {
  check(write(3, "w", 1), "write");
  char finish = 0;
  check(read(4, &finish, 1), "read");
  return 0;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  sem_t* slots = open_slots(getpid(), O_CREAT | O_EXCL);
  int finish[2];
  check(pipe2(finish, O_CLOEXEC), "pipe2");

  for (const bool killed : {true, false}) {
    check(sem_wait(slots), "sem_wait");  // the parent's, for its worker
    int working[2];
    check(pipe2(working, O_CLOEXEC), "pipe2");
    const pid_t worker =
        start_worker(method, argv, work, {working[1], finish[0]});
    close(working[1]);
    char byte = 0;
    if (read(working[0], &byte, 1) != 1) return 1;  // now it is in a slot
    if (killed)
      check(kill(worker, SIGKILL), "kill");
    else
      check(write(finish[1], "f", 1), "write");
    if (wait_for(worker) != (killed ? -SIGKILL : 0)) return 1;
    check(sem_post(slots), "sem_post");
  }

  int free_slots = 0;
  check(sem_getvalue(slots, &free_slots), "sem_getvalue");
  expected("free slots at the end: 2");
  observed("free slots at the end: " + std::to_string(free_slots));
  if (free_slots == kSlots)  // nobody is at work: the last one clears up
    check(sem_unlink(name_of_slots(getpid()).c_str()), "sem_unlink");
  return 0;
}
