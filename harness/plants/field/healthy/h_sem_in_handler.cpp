// The handler posts the semaphore that main waits for.
#include <semaphore.h>

#include <cerrno>
#include <csignal>
#include <cstdio>

namespace {
sem_t stop;
}  // namespace

int main() {
  ::sem_init(&stop, 0, 0);
  std::signal(SIGTERM, [](int) { ::sem_post(&stop); });
  std::puts("ready");
  std::fflush(stdout);
  while (::sem_wait(&stop) != 0)
    if (errno != EINTR) return 1;
  std::puts("stopped");
}
