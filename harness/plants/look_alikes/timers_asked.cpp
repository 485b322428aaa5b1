// Who is woken by a timer that shows to nobody, in the calls in which a process
// may be asked for it, and by timers that go off while it is asked.
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>
#include <thread>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

void start_alarm(double seconds) {
  itimerval time{};
  time.it_value = in_timeval(seconds);
  must(::setitimer(ITIMER_REAL, &time, nullptr), "setitimer");
}

void handle_and_start_alarm() {
  handle(SIGALRM);
  start_alarm(span());
}

void alarm_ends_futex() {
  handle_and_start_alarm();
  int word = 0;
  interrupted([&] {
    return ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, nullptr);
  });
}

void alarm_ends_poll() {
  handle_and_start_alarm();
  pollfd polled{make_pipe().read, POLLIN, 0};
  interrupted([&] { return ::poll(&polled, 1, -1); });
}

void alarm_ends_wait() {
  const pid_t child = idle_child();
  handle_and_start_alarm();
  interrupted([&] { return ::waitpid(child, nullptr, 0); });
  end_by_kill(child);
}

void alarm_ends_flock() {
  const auto open_file = [](const char* path) {
    return must(::open(path, O_RDWR | O_CLOEXEC), "open");
  };
  char name[] = "/tmp/look-alike-XXXXXX";
  const int file = must(::mkstemp(name), "mkstemp");
  const int again = open_file(name);
  ::unlink(name);
  must(::flock(file, LOCK_EX), "flock");
  handle_and_start_alarm();
  interrupted([&] { return ::flock(again, LOCK_EX); });
}

/// The call goes on, and then there is something to read.
void alarm_writes() {
  static Pipe pipe = make_pipe();
  struct sigaction action {};
  action.sa_handler = [](int) { say(pipe.write); };
  action.sa_flags = SA_RESTART;
  must(::sigaction(SIGALRM, &action, nullptr), "sigaction");
  start_alarm(span());
  hear(pipe.read);
}

/// Each handler sets the next alarm, and the last one lets it go on: at most
/// instants one is pending, and the call is always the same.
void alarm_after_alarm() {
  static Pipe pipe = make_pipe();
  struct sigaction action {};
  action.sa_handler = [](int) {
    if (time_left())
      start_alarm(0.0015);
    else
      say(pipe.write);
  };
  action.sa_flags = SA_RESTART;
  must(::sigaction(SIGALRM, &action, nullptr), "sigaction");
  start_alarm(0.001);
  hear(pipe.read);
}

/// It is the process' alarm, whoever has set it.
void alarm_set_by_thread() {
  handle(SIGALRM);
  std::thread([] { start_alarm(span()); }).join();
  const Pipe pipe = make_pipe();
  char byte;
  interrupted([&] { return ::read(pipe.read, &byte, 1); });
}

/// Its shell has a standard input that nobody writes to.
void alarm_set_by_vforked() {
  must(::dup2(make_pipe().read, 0), "dup2");
  const pid_t child = ::vfork();
  if (child == 0) {
    itimerval time{};
    time.it_value = in_timeval(span());
    ::setitimer(ITIMER_REAL, &time, nullptr);
    ::execl("/bin/sh", "sh", "-c", "read line", nullptr);
    ::_exit(1);
  }
  join(must(child, "vfork"), SIGALRM);
}

timer_t make_timer(sigevent event, double seconds) {
  timer_t timer;
  must(::timer_create(CLOCK_MONOTONIC, &event, &timer), "timer_create");
  itimerspec time{};
  time.it_value = in_timespec(seconds);
  must(::timer_settime(timer, 0, &time, nullptr), "timer_settime");
  return timer;
}

sigevent with_signal(int signal) {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = signal;
  return event;
}

/// As every Ruby has, and one that is armed.
void timer_among_unarmed() {
  handle(SIGALRM);
  for (int i = 0; i < 3; ++i) make_timer(with_signal(SIGALRM), 0);
  make_timer(with_signal(SIGALRM), span());
  make_timer(with_signal(SIGALRM), 0);
  const Pipe pipe = make_pipe();
  char byte;
  interrupted([&] { return ::read(pipe.read, &byte, 1); });
}

void timer_for_one_thread() {
  handle(SIGALRM);
  sigevent event = with_signal(SIGALRM);
  event.sigev_notify = SIGEV_THREAD_ID;
  event._sigev_un._tid = static_cast<pid_t>(::syscall(SYS_gettid));
  make_timer(event, span());
  const Pipe pipe = make_pipe();
  char byte;
  interrupted([&] { return ::read(pipe.read, &byte, 1); });
}

const Table timers_asked{
    {"alarm_ends_futex", "alarm", alarm_ends_futex},
    {"alarm_ends_poll", "alarm", alarm_ends_poll},
    {"alarm_ends_wait", "alarm", alarm_ends_wait},
    {"alarm_ends_flock", "alarm", alarm_ends_flock},
    {"alarm_writes", "alarm", alarm_writes},
    {"alarm_after_alarm", "alarm", alarm_after_alarm},
    {"alarm_set_by_thread", "alarm", alarm_set_by_thread},
    {"alarm_set_by_vforked", "alarm", alarm_set_by_vforked},
    {"timer_among_unarmed", "", timer_among_unarmed},
    {"timer_for_one_thread", "", timer_for_one_thread},
};

}  // namespace
}  // namespace poolbugs::look_alikes
