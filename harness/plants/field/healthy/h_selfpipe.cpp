// A self-pipe: the handler writes what the main loop reads.
#include <unistd.h>

#include <csignal>
#include <cstdio>

namespace {
int ends[2];
void on(int) { [[maybe_unused]] const auto wrote = ::write(ends[1], "x", 1); }
}  // namespace

int main() {
  if (::pipe(ends) != 0) return 1;
  struct sigaction action {};
  action.sa_handler = on;
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGTERM, &action, nullptr);
  std::puts("ready");
  std::fflush(stdout);
  char byte;
  if (::read(ends[0], &byte, 1) != 1) return 1;
  std::puts("stopped");
}
