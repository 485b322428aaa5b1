// Every process starts others for ever. Bounds of its own, in case that the
// sandbox is broken: births in all, and time.
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <new>

namespace {

constexpr int kMostBirths = 3000;
constexpr time_t kMostSeconds = 20;

time_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec;
}

}  // namespace

int main() {
  void* shared =
      ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 1;
  auto* births = new (shared) std::atomic<int>(0);
  const rlimit most{300, 300};  // root is not bound by it
  ::setrlimit(RLIMIT_NPROC, &most);
  const time_t end = now() + kMostSeconds;
  const timespec pause{0, 1'000'000};
  while (now() < end)
    if (births->fetch_add(1) >= kMostBirths || ::fork() < 0)
      ::nanosleep(&pause, nullptr);
}
