// Who is woken by a timer that hardly shows: alarms, POSIX timers, timerfd.
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdint>
#include <ctime>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

// --- alarm(2), setitimer(2)

void start_alarm() {
  itimerval time{};
  time.it_value = in_timeval(span());
  must(::setitimer(ITIMER_REAL, &time, nullptr), "setitimer");
}

/// A read that nobody will ever answer, but for the alarm.
void expect_interrupted_read() {
  const Pipe pipe = make_pipe();
  char byte;
  expect(::read(pipe.read, &byte, 1) < 0 && errno == EINTR, "read");
}

void alarm_with_handler() {
  handle(SIGALRM);
  start_alarm();
  expect_interrupted_read();
}

void alarm_kills_child() {
  const pid_t child = in_child([] {
    const Pipe pipe = make_pipe();
    start_alarm();
    hear(pipe.read);
  });
  join(child, SIGALRM);
}

/// alarm(2) itself: whole seconds.
void alarm_call() {
  const pid_t child = in_child([] {
    ::alarm(1);
    hear(make_pipe().read);
  });
  join(child, SIGALRM);
}

/// Set before exec: the program that waits knows nothing of it.
void alarm_across_exec() {
  const pid_t child = in_child([] {
    const Pipe pipe = make_pipe();
    must(::dup2(pipe.read, 0), "dup2");
    start_alarm();
    ::execl("/bin/sh", "sh", "-c", "read line", nullptr);
  });
  join(child, SIGALRM);
}

void alarm_and_pause() {
  handle(SIGALRM);
  start_alarm();
  ::pause();
}

/// Again and again, with pause(2) between.
void interval_timer() {
  handle(SIGALRM);
  itimerval time{in_timeval(span() / 5), in_timeval(span() / 5)};
  must(::setitimer(ITIMER_REAL, &time, nullptr), "setitimer");
  while (time_left()) ::pause();
}

/// The alarm of one process is the signal of another.
void alarm_signals_another() {
  static pid_t parent = ::getpid();
  handle(SIGUSR1);
  block(SIGUSR1);
  const pid_t child = in_child([] {
    handle(SIGALRM, [](int) { ::kill(parent, SIGUSR1); });
    start_alarm();
    expect_interrupted_read();
  });
  sigset_t none;
  ::sigemptyset(&none);
  ::sigsuspend(&none);
  join(child);
}

void alarm_read_by_signalfd() {
  block(SIGALRM);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGALRM);
  const int fd = must(::signalfd(-1, &set, 0), "signalfd");
  start_alarm();
  signalfd_siginfo info;
  expect(::read(fd, &info, sizeof info) == sizeof info, "read");
}

void alarm_taken_by_sigwait() {
  block(SIGALRM);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGALRM);
  start_alarm();
  must(::sigwaitinfo(&set, nullptr), "sigwaitinfo");
}

// --- timer_create(2), timerfd

timer_t start_timer(sigevent event) {
  timer_t timer;
  must(::timer_create(CLOCK_MONOTONIC, &event, &timer), "timer_create");
  itimerspec time{};
  time.it_value = in_timespec(span());
  must(::timer_settime(timer, 0, &time, nullptr), "timer_settime");
  return timer;
}

void timer_signals() {
  handle(SIGUSR1);
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGUSR1;
  start_timer(event);
  expect_interrupted_read();
}

void timer_kills_child() {
  const pid_t child = in_child([] {
    const Pipe pipe = make_pipe();
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGUSR1;
    start_timer(event);
    hear(pipe.read);
  });
  join(child, SIGUSR1);
}

void timer_starts_thread() {
  static Pipe pipe = make_pipe();
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD;
  event.sigev_notify_function = [](sigval) { say(pipe.write); };
  start_timer(event);
  hear(pipe.read);
}

int make_timerfd() {
  const int fd = must(::timerfd_create(CLOCK_MONOTONIC, 0), "timerfd_create");
  itimerspec time{};
  time.it_value = in_timespec(span());
  must(::timerfd_settime(fd, 0, &time, nullptr), "timerfd_settime");
  return fd;
}

void read_timer(int fd) {
  std::uint64_t times = 0;
  expect(::read(fd, &times, sizeof times) == sizeof times, "read");
}

void timerfd_read() { read_timer(make_timerfd()); }

void timerfd_in_poll() {
  pollfd polled[] = {{make_pipe().read, POLLIN, 0},
                     {make_timerfd(), POLLIN, 0}};
  must(::poll(polled, 2, -1), "poll");
}

void timerfd_in_epoll() {
  const int set = must(::epoll_create1(0), "epoll_create1");
  epoll_event event{EPOLLIN, {}};
  must(::epoll_ctl(set, EPOLL_CTL_ADD, make_timerfd(), &event), "epoll_ctl");
  must(::epoll_wait(set, &event, 1, -1), "epoll_wait");
}

/// Not armed while its reader falls asleep; a sleeper arms it late.
void timerfd_armed_late() {
  const int fd = must(::timerfd_create(CLOCK_MONOTONIC, 0), "timerfd_create");
  const pid_t child = in_child([&] {
    sleep_for(span());
    itimerspec time{};
    time.it_value = in_timespec(0.01);
    must(::timerfd_settime(fd, 0, &time, nullptr), "timerfd_settime");
  });
  read_timer(fd);
  join(child);
}

const Table timers{
    {"alarm_with_handler", "alarm", alarm_with_handler},
    {"alarm_kills_child", "alarm", alarm_kills_child},
    {"alarm_call", "alarm", alarm_call},
    {"alarm_across_exec", "alarm", alarm_across_exec},
    {"alarm_and_pause", "alarm", alarm_and_pause},
    {"interval_timer", "alarm", interval_timer},
    {"alarm_signals_another", "alarm signal", alarm_signals_another},
    {"alarm_read_by_signalfd", "alarm", alarm_read_by_signalfd},
    {"alarm_taken_by_sigwait", "alarm", alarm_taken_by_sigwait},
    {"timer_signals", "", timer_signals},
    {"timer_kills_child", "", timer_kills_child},
    {"timer_starts_thread", "", timer_starts_thread},
    {"timerfd_read", "", timerfd_read},
    {"timerfd_in_poll", "", timerfd_in_poll},
    {"timerfd_in_epoll", "", timerfd_in_epoll},
    {"timerfd_armed_late", "", timerfd_armed_late},
};

}  // namespace
}  // namespace poolbugs::look_alikes
