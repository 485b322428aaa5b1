// h_orphan_shared FIFO: the semaphore is in anonymous memory, which a process
// shares that was left behind: it posts once something comes through FIFO.
#include <fcntl.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace {

[[noreturn]] void be_left_behind(sem_t* semaphore, const char* fifo) {
  ::setsid();
  char byte;
  const bool heard = ::read(::open(fifo, O_RDWR), &byte, 1) == 1;
  ::sem_post(semaphore);
  ::_exit(heard ? 0 : 1);
}

}  // namespace

int main(int, char** arguments) {
  void* const memory = ::mmap(nullptr, sizeof(sem_t), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* const semaphore = static_cast<sem_t*>(memory);
  ::sem_init(semaphore, 1, 0);
  if (::mkfifo(arguments[1], 0600) != 0) return 1;
  const pid_t child = ::fork();
  if (child == 0) {
    if (::fork() == 0) be_left_behind(semaphore, arguments[1]);
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
  std::puts("ready");
  std::fflush(stdout);
  ::sem_wait(semaphore);
  std::puts("got it");
}
