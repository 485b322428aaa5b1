// One thread waits with sigwait for SIGTERM, the main thread for its end.
#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <thread>

int main() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::puts("ready");
  std::fflush(stdout);
  std::thread([&] {
    int number = 0;
    ::sigwait(&set, &number);
  }).join();
  std::puts("stopped");
}
