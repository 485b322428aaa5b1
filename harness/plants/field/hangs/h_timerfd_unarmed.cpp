// its own pipe, or a timer that nobody sets
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

int main() {
  int ends[2];
  if (::pipe(ends) != 0) return 1;
  pollfd polled[] = {{::timerfd_create(CLOCK_MONOTONIC, 0), POLLIN, 0},
                     {ends[0], POLLIN, 0}};
  return ::poll(polled, 2, -1);
}
