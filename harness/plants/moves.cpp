// Looks stuck, but is not, or not so:
//   sleeps    one sleeps for long while all others wait for it; then it ends
//   stopped   the same, and the sleeper was stopped and continued meanwhile
//   hides     the same, and nobody may look how the sleeper sleeps
//   pings     two exchange a byte every few milliseconds, for ever
//   burns     one computes for ever
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <string>

namespace {

void sleep_ms(long ms) {
  const timespec time{ms / 1000, ms % 1000 * 1'000'000};
  ::nanosleep(&time, nullptr);
}

/// Longer than tests let a run be quiet.
constexpr long kLong = 1500;

int wait_for_sleeper(bool stop, bool hide) {
  const pid_t sleeper = ::fork();
  if (sleeper == 0) {
    if (hide) ::prctl(PR_SET_DUMPABLE, 0);
    sleep_ms(kLong);
    ::_exit(0);
  }
  if (stop) {
    sleep_ms(100);
    ::kill(sleeper, SIGSTOP);
    sleep_ms(100);
    ::kill(sleeper, SIGCONT);
  }
  int status = 0;
  return ::waitpid(sleeper, &status, 0) == sleeper ? status : 1;
}

int ping() {
  int there[2], back[2];
  if (::pipe(there) != 0 || ::pipe(back) != 0) return 1;
  char byte = 'x';
  if (::fork() == 0)
    while (::read(there[0], &byte, 1) == 1 && ::write(back[1], &byte, 1) == 1)
      continue;
  while (::write(there[1], &byte, 1) == 1 && ::read(back[0], &byte, 1) == 1)
    sleep_ms(5);
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "pings") return ping();
  for (volatile unsigned i = 0; mode == "burns";) i = i + 1;
  return wait_for_sleeper(mode == "stopped", mode == "hides");
}
