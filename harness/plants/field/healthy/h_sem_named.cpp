// h_sem_named NAME: waits for a semaphore that somebody will open by its name.
#include <fcntl.h>
#include <semaphore.h>

#include <cstdio>

int main(int, char** arguments) {
  sem_t* const semaphore = ::sem_open(arguments[1], O_CREAT, 0600, 0);
  if (semaphore == SEM_FAILED) return 77;
  std::puts("ready");
  std::fflush(stdout);
  const bool got = ::sem_wait(semaphore) == 0;
  ::sem_unlink(arguments[1]);
  if (!got) return 1;
  std::puts("got it");
}
