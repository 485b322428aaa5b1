// early NAME [SECONDS]: what the early verdict of a hang looks at. Everybody
// waits for ever beside a thread that goes on: one of these comes round, burns
// or computes without end; where SECONDS are given it then wakes the others.
#include <poll.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

namespace {

using Clock = std::chrono::steady_clock;
const Clock::time_point began = Clock::now();
double seconds = 0;  ///< 0: for ever

bool goes_on() {
  return seconds == 0 ||
         Clock::now() - began < std::chrono::duration<double>(seconds);
}

struct Pipe {
  Pipe() {
    if (::pipe(ends) != 0) std::exit(2);
  }
  int ends[2];
};

/// As the thread of a CPython 3.6 pool that looks for dead workers.
void polls() {
  while (goes_on()) {
    timespec pause{0, 100'000'000};
    ::pselect(0, nullptr, nullptr, nullptr, &pause, nullptr);
  }
}

/// As that of CPython 3.8: what it waits for has come, and it does not take it.
void spins() {
  const Pipe ready;
  if (::write(ready.ends[1], "x", 1) != 1) std::exit(2);
  while (goes_on()) {
    pollfd one{ready.ends[0], POLLIN, 0};
    ::poll(&one, 1, -1);
  }
}

void computes() {
  volatile std::uint64_t sum = 0;
  while (goes_on())
    for (int i = 0; i < 1'000'000; ++i) sum = sum * 7 + 1;
}

/// A worker that waits for orders, and a parent that waits for its end and, in
/// another thread, for a word of the one who goes on.
int pool(void (*work)()) {
  const Pipe orders;
  const pid_t worker = ::fork();
  if (worker == 0) {
    ::close(orders.ends[1]);
    char byte;
    ::_exit(::read(orders.ends[0], &byte, 1) == 0 ? 0 : 2);
  }
  std::mutex mutex;
  std::condition_variable told;
  bool done = false;
  std::thread mover([&] {
    work();
    const std::lock_guard lock(mutex);
    done = true;
    told.notify_all();
  });
  {
    std::unique_lock lock(mutex);
    told.wait(lock, [&] { return done; });
  }
  mover.join();
  ::close(orders.ends[1]);
  int status = 0;
  ::waitpid(worker, &status, 0);
  return status == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argc > 1 ? argv[1] : "";
  if (argc > 2) seconds = std::atof(argv[2]);
  if (name == "polls") return pool(polls);
  if (name == "spins") return pool(spins);
  if (name == "computes") return pool(computes);
  return 2;
}
