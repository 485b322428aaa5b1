// Two processes that wait for each other's pipe in poll, select and epoll.
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "harness/plants/deadlocks/deadlock.hpp"

namespace poolbugs::deadlocks {
namespace {

/// The parent and a child, with a pipe in each direction.
template <class Wait>
void two(Wait wait) {
  const std::vector<Pipe> pipes(2);
  ring(
      2,
      [&](int i) {
        keep(pipes, {pipes[i].write, pipes[1 - i].read});
      },
      [&](int i) { wait(pipes[1 - i].read, pipes[i].write); });
}

void poll_cycle() {
  two([](int from, int) {
    pollfd one{from, POLLIN, 0};
    ::poll(&one, 1, -1);
  });
}

void ppoll_cycle() {
  two([](int from, int) {
    pollfd one{from, POLLIN, 0};
    ::ppoll(&one, 1, nullptr, nullptr);
  });
}

void select_cycle() {
  two([](int from, int) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(from, &set);
    ::select(from + 1, &set, nullptr, nullptr, nullptr);
  });
}

void pselect_cycle() {
  two([](int from, int) {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(from, &set);
    ::pselect(from + 1, &set, nullptr, nullptr, nullptr, nullptr);
  });
}

void epoll_cycle() {
  two([](int from, int) {
    const int set = ::epoll_create1(EPOLL_CLOEXEC);
    epoll_event event{};
    event.events = EPOLLIN;
    must(::epoll_ctl(set, EPOLL_CTL_ADD, from, &event) == 0, "epoll_ctl");
    ::epoll_wait(set, &event, 1, -1);
  });
}

/// Room in a full pipe.
void poll_for_room() {
  two([](int, int to) {
    ::fcntl(to, F_SETFL, O_NONBLOCK);
    char part[4096] = {};
    while (::write(to, part, sizeof part) > 0) continue;
    pollfd one{to, POLLOUT, 0};
    ::poll(&one, 1, -1);
  });
}

/// The parent watches three workers at once, who wait for their orders.
void poll_workers() {
  const std::vector<Pipe> orders(3), results(3);
  Checkpoint there;
  for (int i = 0; i < 3; ++i)
    start([&, i] {
      keep(orders, {orders[i].read});
      keep(results, {results[i].write});
      there.arrive();
      read_byte(orders[i].read);
    });
  keep(orders, {orders[0].write, orders[1].write, orders[2].write});
  keep(results, {results[0].read, results[1].read, results[2].read});
  pollfd all[3];
  for (int i = 0; i < 3; ++i) all[i] = {results[i].read, POLLIN, 0};
  there.await(3);
  stuck();
  ::poll(all, 3, -1);
}

}  // namespace

std::vector<Deadlock> polls() {
  return {{"poll_cycle", "read-cycle", "poll", poll_cycle, false, 2},
          {"ppoll_cycle", "read-cycle", "ppoll", ppoll_cycle, false, 2},
          {"select_cycle", "read-cycle", "select", select_cycle, false, 2},
          {"pselect_cycle", "read-cycle", "pselect", pselect_cycle, false, 2},
          {"epoll_cycle", "read-cycle", "epoll", epoll_cycle, false, 2},
          {"poll_for_room", "pipe-cycle", "poll", poll_for_room, false, 2},
          {"poll_workers", "read-cycle", "poll", poll_workers, false, 2}};
}

}  // namespace poolbugs::deadlocks
