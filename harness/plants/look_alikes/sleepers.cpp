// Who sleeps by the clock: a time-out in the call, or one of the socket.
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <thread>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

int milliseconds() { return static_cast<int>(span() * 1000); }

// --- a time-out in the call

void sleeps_nanosleep() { sleep_for(span()); }

void sleeps_clock_nanosleep() {
  const timespec end = deadline(CLOCK_MONOTONIC);
  zero(::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, nullptr),
       "clock_nanosleep");
}

void sleeps_poll() { must(::poll(nullptr, 0, milliseconds()), "poll"); }

/// A pipe that it alone holds both ends of.
void sleeps_ppoll() {
  pollfd never{make_pipe().read, POLLIN, 0};
  const timespec time = in_timespec(span());
  must(::ppoll(&never, 1, &time, nullptr), "ppoll");
}

void sleeps_select() {
  timeval time = in_timeval(span());
  must(::select(0, nullptr, nullptr, nullptr, &time), "select");
}

void sleeps_pselect() {
  const int never = make_pipe().read;
  fd_set set;
  FD_ZERO(&set);
  FD_SET(never, &set);
  const timespec time = in_timespec(span());
  must(::pselect(never + 1, &set, nullptr, nullptr, &time, nullptr), "pselect");
}

void sleeps_epoll() {
  const int set = must(::epoll_create1(0), "epoll_create1");
  epoll_event event{EPOLLIN, {}};
  must(::epoll_ctl(set, EPOLL_CTL_ADD, make_pipe().read, &event), "epoll_ctl");
  must(::epoll_wait(set, &event, 1, milliseconds()), "epoll_wait");
}

void sleeps_epoll_pwait2() {
  const int set = must(::epoll_create1(0), "epoll_create1");
  epoll_event event{};
  const timespec time = in_timespec(span());
  if (::syscall(441, set, &event, 1, &time, nullptr, 0) < 0)
    skip("epoll_pwait2");
}

void sleeps_futex() {
  int word = 0;
  const timespec time = in_timespec(span());
  futex_wait(&word, 0, true, &time);
}

/// FUTEX_LOCK_PI of a lock that its own main thread holds.
void sleeps_futex_pi() {
  pthread_mutexattr_t kind;
  ::pthread_mutexattr_init(&kind);
  ::pthread_mutexattr_setprotocol(&kind, PTHREAD_PRIO_INHERIT);
  pthread_mutex_t mutex;
  zero(::pthread_mutex_init(&mutex, &kind), "pthread_mutex_init");
  zero(::pthread_mutex_lock(&mutex), "pthread_mutex_lock");
  std::thread([&] {
    const timespec end = deadline(CLOCK_REALTIME);
    expect(::pthread_mutex_timedlock(&mutex, &end) == ETIMEDOUT, "timedlock");
  }).join();
}

void sleeps_futex_waitv() {
  struct Waiter {
    std::uint64_t value, address;
    std::uint32_t flags, reserved;
  };
  std::uint32_t word = 0;
  Waiter waiter{0, reinterpret_cast<std::uint64_t>(&word), 2 | 128, 0};
  const timespec end = deadline(CLOCK_MONOTONIC);
  ::syscall(449, &waiter, 1, 0, &end, CLOCK_MONOTONIC);
  if (errno != ETIMEDOUT) skip("futex_waitv");
}

void sleeps_semaphore() {
  sem_t semaphore;
  must(::sem_init(&semaphore, 0, 0), "sem_init");
  const timespec end = deadline(CLOCK_REALTIME);
  expect(::sem_timedwait(&semaphore, &end) != 0 && errno == ETIMEDOUT,
         "sem_timedwait");
}

/// Comes round and round: the condition is never signalled.
void sleeps_condition_loop() {
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
  ::pthread_mutex_lock(&mutex);
  while (time_left()) {
    timespec end{};
    ::clock_gettime(CLOCK_REALTIME, &end);
    end.tv_nsec += 100'000'000;
    if (end.tv_nsec >= 1'000'000'000)
      ++end.tv_sec, end.tv_nsec -= 1'000'000'000;
    expect(::pthread_cond_timedwait(&condition, &mutex, &end) == ETIMEDOUT,
           "pthread_cond_timedwait");
  }
}

void sleeps_sigtimedwait() {
  block(SIGUSR1);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGUSR1);
  const timespec time = in_timespec(span());
  expect(::sigtimedwait(&set, nullptr, &time) < 0 && errno == EAGAIN,
         "sigtimedwait");
}

void sleeps_semtimedop() {
  const int id = must(::semget(IPC_PRIVATE, 1, 0600), "semget");
  sembuf down{0, -1, 0};
  const timespec time = in_timespec(span());
  const bool late = ::semtimedop(id, &down, 1, &time) < 0 && errno == EAGAIN;
  ::semctl(id, 0, IPC_RMID);
  expect(late, "semtimedop");
}

mqd_t own_queue() {
  const std::string name = "/look_alike." + std::to_string(::getpid());
  mq_attr form{};
  form.mq_maxmsg = 1;
  form.mq_msgsize = 8;
  const mqd_t queue = ::mq_open(name.c_str(), O_CREAT | O_RDWR, 0600, &form);
  if (queue < 0) skip("mq_open");
  ::mq_unlink(name.c_str());
  return queue;
}

void sleeps_mq_receive() {
  char text[8];
  const timespec end = deadline(CLOCK_REALTIME);
  expect(::mq_timedreceive(own_queue(), text, 8, nullptr, &end) < 0 &&
             errno == ETIMEDOUT,
         "mq_timedreceive");
}

void sleeps_mq_send() {
  const mqd_t queue = own_queue();
  must(::mq_send(queue, "x", 1, 0), "mq_send");
  const timespec end = deadline(CLOCK_REALTIME);
  expect(::mq_timedsend(queue, "x", 1, 0, &end) < 0 && errno == ETIMEDOUT,
         "mq_timedsend");
}

/// Stopped and continued, it sleeps on in restart_syscall(2).
void sleeps_restarted() {
  const pid_t sleeper = in_child([] { sleep_for(span()); });
  sleep_for(0.05);
  ::kill(sleeper, SIGSTOP);
  must(::waitpid(sleeper, nullptr, WUNTRACED), "waitpid");
  ::kill(sleeper, SIGCONT);
  join(sleeper);
}

void restarted_poll() {
  const Pipe pipe = make_pipe();
  const pid_t sleeper = in_child([&] {
    pollfd never{pipe.read, POLLIN, 0};
    must(::poll(&never, 1, milliseconds()), "poll");
  });
  sleep_for(0.05);
  ::kill(sleeper, SIGSTOP);
  must(::waitpid(sleeper, nullptr, WUNTRACED), "waitpid");
  ::kill(sleeper, SIGCONT);
  join(sleeper);
}

// --- a time-out of the socket

void limit(int socket, int which) {
  const timeval time = in_timeval(span());
  must(::setsockopt(socket, SOL_SOCKET, which, &time, sizeof time),
       "setsockopt");
}

/// Both ends are its own, and nobody writes.
void receive_timeout_read() {
  const Pipe ends = make_sockets();
  limit(ends.read, SO_RCVTIMEO);
  char byte;
  expect(::read(ends.read, &byte, 1) < 0 && errno == EAGAIN, "read");
}

void receive_timeout_recvmsg() {
  const Pipe ends = make_sockets();
  limit(ends.read, SO_RCVTIMEO);
  char byte;
  iovec data{&byte, 1};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  expect(::recvmsg(ends.read, &message, 0) < 0 && errno == EAGAIN, "recvmsg");
}

void send_timeout() {
  const Pipe ends = make_sockets();
  fill(ends.write);
  limit(ends.write, SO_SNDTIMEO);
  expect(::send(ends.write, "x", 1, 0) < 0 && errno == EAGAIN, "send");
}

/// The one who has the time-out is not the one who waits longest.
void receive_timeout_of_another() {
  const Pipe ends = make_sockets(), pipe = make_pipe();
  limit(ends.read, SO_RCVTIMEO);
  const pid_t child = in_child([&] {
    char byte;
    expect(::recv(ends.read, &byte, 1, 0) < 0, "recv");
    say(pipe.write);
  });
  hear(pipe.read);
  join(child);
}

const Table sleepers{
    {"sleeps_nanosleep", "", sleeps_nanosleep},
    {"sleeps_clock_nanosleep", "", sleeps_clock_nanosleep},
    {"sleeps_poll", "", sleeps_poll},
    {"sleeps_ppoll", "", sleeps_ppoll},
    {"sleeps_select", "", sleeps_select},
    {"sleeps_pselect", "", sleeps_pselect},
    {"sleeps_epoll", "", sleeps_epoll},
    {"sleeps_epoll_pwait2", "", sleeps_epoll_pwait2},
    {"sleeps_futex", "", sleeps_futex},
    {"sleeps_futex_pi", "", sleeps_futex_pi},
    {"sleeps_futex_waitv", "", sleeps_futex_waitv},
    {"sleeps_semaphore", "", sleeps_semaphore},
    {"sleeps_condition_loop", "", sleeps_condition_loop},
    {"sleeps_sigtimedwait", "", sleeps_sigtimedwait},
    {"sleeps_semtimedop", "", sleeps_semtimedop},
    {"sleeps_mq_receive", "", sleeps_mq_receive},
    {"sleeps_mq_send", "", sleeps_mq_send},
    {"sleeps_restarted", "", sleeps_restarted},
    {"restarted_poll", "", restarted_poll},
    {"receive_timeout_read", "", receive_timeout_read},
    {"receive_timeout_recvmsg", "", receive_timeout_recvmsg},
    {"send_timeout", "", send_timeout},
    {"receive_timeout_of_another", "", receive_timeout_of_another},
};

}  // namespace
}  // namespace poolbugs::look_alikes
