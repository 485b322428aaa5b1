// Leaves something behind: a semaphore NAME, memory NAME, file, sysv.
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

#include <string>

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  const char* name = argc > 2 ? argv[2] : "";
  bool done = false;
  if (mode == "semaphore") {
    done = ::sem_open(name, O_CREAT, 0600, 1) != SEM_FAILED;
  } else if (mode == "memory") {
    const int file = ::shm_open(name, O_CREAT | O_RDWR, 0600);
    done = ::ftruncate(file, 4096) == 0;
  } else if (mode == "sysv") {
    done = ::shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) >= 0;
  } else {
    done = ::open("left", O_CREAT | O_WRONLY, 0600) >= 0;
  }
  // In the sandbox `group` somebody must see that the name is its own.
  const timespec seen{0, 300'000'000};
  ::nanosleep(&seen, nullptr);
  return done ? 0 : 1;
}
