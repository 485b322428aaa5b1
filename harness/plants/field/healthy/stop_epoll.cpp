// stop_epoll epoll|semop: waits for its own empty pipe or semaphore. Neither
// call survives SIGSTOP and SIGCONT: both return EINTR, without any handler
// (signal(7)).
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string_view>

namespace {

void ready() {
  std::puts("ready");
  std::fflush(stdout);
}

bool interrupted_in_epoll() {
  int ends[2];
  if (::pipe(ends) != 0) return false;
  const int set = ::epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  ::epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event);
  ready();
  return ::epoll_wait(set, &event, 1, -1) == -1 && errno == EINTR;
}

bool interrupted_in_semop() {
  const int semaphore = ::semget(IPC_PRIVATE, 1, 0600);
  sembuf down{0, -1, 0};
  ready();
  const bool is = ::semop(semaphore, &down, 1) == -1 && errno == EINTR;
  ::semctl(semaphore, 0, IPC_RMID);
  return is;
}

}  // namespace

int main(int, char** arguments) {
  const bool epoll = arguments[1] == std::string_view("epoll");
  if (!(epoll ? interrupted_in_epoll() : interrupted_in_semop())) return 1;
  std::puts("interrupted");
}
