// Two workers, one after the other, take a mutex in shared memory; the first
// is killed while it has it, as by the OOM killer.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "platform/worker.hpp"

using namespace poolbugs;

pthread_mutex_t& map_mutex(int memory) {
  void* address = mmap(nullptr, sizeof(pthread_mutex_t), PROT_READ | PROT_WRITE,
                       MAP_SHARED, memory, 0);
  if (address == MAP_FAILED) check(-1, "mmap");
  return *static_cast<pthread_mutex_t*>(address);
}

void init(pthread_mutex_t& mutex) {
  pthread_mutexattr_t attributes;
  check_error(pthread_mutexattr_init(&attributes), "pthread_mutexattr_init");
  check_error(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED),
              "pthread_mutexattr_setpshared");
  check_error(pthread_mutex_init(&mutex, &attributes), "pthread_mutex_init");
}

void lock(pthread_mutex_t& mutex) {
  int error = pthread_mutex_lock(&mutex);
  check_error(error, "pthread_mutex_lock");
}

int work() {
  pthread_mutex_t& mutex = map_mutex(3);
  lock(mutex);
  check(write(4, "l", 1), "write");
  char go = 0;
  check(read(5, &go, 1), "read");
  check_error(pthread_mutex_unlock(&mutex), "pthread_mutex_unlock");
  observed("worker 2 had the lock");
  return 0;
}

int main(int argc, char** argv) {
  if (is_worker(argc, argv)) return work();
  const StartMethod method = start_method(argc, argv);
  const int memory = check(memfd_create("mutex", MFD_CLOEXEC), "memfd_create");
  check(ftruncate(memory, sizeof(pthread_mutex_t)), "ftruncate");
  init(map_mutex(memory));
  int go[2];
  check(pipe2(go, O_CLOEXEC), "pipe2");
  expected("worker 2 had the lock");

  for (const bool killed : {true, false}) {
    int locked[2];
    check(pipe2(locked, O_CLOEXEC), "pipe2");
    const pid_t worker =
        start_worker(method, argv, work, {memory, locked[1], go[0]});
    close(locked[1]);
    char byte = 0;
    if (read(locked[0], &byte, 1) != 1) return 1;  // now it has the lock
    if (killed)
      check(kill(worker, SIGKILL), "kill");
    else
      check(write(go[1], "g", 1), "write");
    if (wait_for(worker) != (killed ? -SIGKILL : 0)) return 1;
  }
  return 0;
}
