// Events, queues and signals that never come.
#include <mqueue.h>
#include <sys/eventfd.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include <string>
#include <thread>

#include "harness/plants/deadlocks/deadlock.hpp"

namespace poolbugs::deadlocks {
namespace {

void read_8(int file) {
  std::uint64_t count;
  must(::read(file, &count, sizeof count) == sizeof count, "read");
}

void eventfd_zero() {
  const int event = ::eventfd(0, 0);
  stuck();
  read_8(event);
}

/// Two threads that hand each other the turn; both believe it is the other's.
void eventfd_turns() {
  const int turns[2] = {::eventfd(0, 0), ::eventfd(0, 0)};
  static Checkpoint there;
  std::thread([mine = turns[1]] {
    there.arrive();
    read_8(mine);
  }).detach();
  there.await(1);
  stuck();
  read_8(turns[0]);
}

void timerfd_unarmed() {
  const int timer = ::timerfd_create(CLOCK_MONOTONIC, 0);
  stuck();
  read_8(timer);
}

void system_v_semaphore() {
  const int set = ::semget(IPC_PRIVATE, 1, 0600);
  must(set >= 0, "semget");
  sembuf take{0, -1, 0};
  stuck();
  ::semop(set, &take, 1);
}

void system_v_queue() {
  const int queue = ::msgget(IPC_PRIVATE, 0600);
  must(queue >= 0, "msgget");
  struct {
    long type;
    char text[8];
  } message;
  stuck();
  (void)!::msgrcv(queue, &message, sizeof message.text, 0, 0);
}

void posix_queue() {
  const std::string name = "/poolbugs-" + std::to_string(::getpid());
  const mqd_t queue = ::mq_open(name.c_str(), O_RDWR | O_CREAT, 0600, nullptr);
  must(queue >= 0, "mq_open");
  ::mq_unlink(name.c_str());
  mq_attr limits;
  ::mq_getattr(queue, &limits);
  std::string message(static_cast<std::size_t>(limits.mq_msgsize), 0);
  stuck();
  (void)!::mq_receive(queue, message.data(), message.size(), nullptr);
}

sigset_t only(int signal) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal);
  return set;
}

void pauses() {
  stuck();
  ::pause();
}

void suspends() {
  sigset_t none;
  ::sigemptyset(&none);
  stuck();
  ::sigsuspend(&none);
}

void waits_for_signal() {
  const sigset_t one = only(SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &one, nullptr);
  stuck();
  int which;
  ::sigwait(&one, &which);
}

void reads_signals() {
  const sigset_t one = only(SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &one, nullptr);
  const int signals = ::signalfd(-1, &one, 0);
  signalfd_siginfo how;
  stuck();
  (void)!::read(signals, &how, sizeof how);
}

/// The parent waits for a child that waits for the parent's signal.
void child_pauses() {
  Checkpoint there;
  const pid_t child = start([&] {
    there.arrive();
    ::pause();
  });
  there.await(1);
  stuck();
  wait_for(child);
}

}  // namespace

std::vector<Deadlock> events() {
  return {
      {"eventfd_zero", "lost-wakeup", "eventfd", eventfd_zero},
      {"eventfd_turns", "lost-wakeup", "eventfd", eventfd_turns},
      {"timerfd_unarmed", "lost-wakeup", "timerfd", timerfd_unarmed, true},
      {"system_v_semaphore", "lost-wakeup", "system-v-semaphore",
       system_v_semaphore, true},
      {"system_v_queue", "lost-wakeup", "system-v-queue", system_v_queue, true},
      {"posix_queue", "lost-wakeup", "posix-queue", posix_queue, true},
      {"pauses", "lost-wakeup", "pause", pauses, true},
      {"suspends", "lost-wakeup", "sigsuspend", suspends, true},
      {"waits_for_signal", "lost-wakeup", "sigwait", waits_for_signal, true},
      {"reads_signals", "lost-wakeup", "signalfd", reads_signals, true},
      {"child_pauses", "lost-wakeup", "pause", child_pauses, true}};
}

}  // namespace poolbugs::deadlocks
