// Who goes on because somebody outside stops a process, and lets it go on:
// some calls give up then, without any handler (signal(7), "Interruption of
// system calls … by stop signals"), parents hear of it, and every call that
// starts anew looks once more at what it was asked.
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/sem.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cerrno>
#include <fstream>
#include <thread>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

Rescue outside_stops() { return stops_and_continues(); }

int epoll_of(int fd) {
  const int set = must(::epoll_create1(0), "epoll_create1");
  epoll_event event{EPOLLIN, {}};
  must(::epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  return set;
}

// --- calls that a stop ends

void stopped_in_epoll() {
  const int set = epoll_of(make_pipe().read);
  tell(::getpid());
  interrupted([=] {
    epoll_event event;
    return ::epoll_wait(set, &event, 1, -1);
  });
}

void stopped_in_epoll_pwait() {
  const int set = epoll_of(make_pipe().read);
  sigset_t all;
  ::sigfillset(&all);
  tell(::getpid());
  interrupted([=] {
    epoll_event event;
    return ::epoll_pwait(set, &event, 1, -1, &all);
  });
}

/// One thread waits in epoll_wait(2), all others for it.
void stopped_beside_epoll() {
  std::thread waits([set = epoll_of(make_pipe().read)] {
    epoll_event event;
    interrupted([&] { return ::epoll_wait(set, &event, 1, -1); });
  });
  tell(::getpid());
  waits.join();
}

void stopped_in_semop() {
  const int id = must(::semget(IPC_PRIVATE, 1, 0600), "semget");
  tell(::getpid());
  sembuf down{0, -1, 0};
  const bool ended = ::semop(id, &down, 1) == -1 && errno == EINTR;
  ::semctl(id, 0, IPC_RMID);
  expect(ended, "semop");
}

void stopped_in_sigtimedwait() {
  block(SIGUSR1);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGUSR1);
  tell(::getpid());
  interrupted([&] { return ::sigwaitinfo(&set, nullptr); });
}

/// Starts anew after a stop, and then sees that the word is another.
void stopped_in_requeue_pi() {
  static int first = 0, second = 0;
  std::thread waits = asleep_in(SYS_futex, [] {
    ::syscall(SYS_futex, &first, FUTEX_WAIT_REQUEUE_PI_PRIVATE, 0, nullptr,
              &second, 0);
  });
  __atomic_store_n(&first, 1, __ATOMIC_SEQ_CST);
  tell(::getpid());
  waits.join();
}

/// A lock or semaphore that was let go of without a wake-up: what is asleep
/// sees it as soon as it looks again.
void stopped_with_changed_word() {
  static int word = 0;
  std::thread waits = asleep_in(SYS_futex, [] {
    ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
  });
  __atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
  tell(::getpid());
  waits.join();
}

/// Somebody made the pipe non-blocking while the other slept in it.
void stopped_in_non_blocking_read() {
  const Pipe never = make_pipe();
  std::thread waits = asleep_in(SYS_read, [=] {
    char byte;
    expect(::read(never.read, &byte, 1) < 0 && errno == EAGAIN, "read");
  });
  must(::fcntl(never.read, F_SETFL, O_NONBLOCK), "F_SETFL");
  tell(::getpid());
  waits.join();
}

/// A signal that stops nobody, because its process group is orphaned (its
/// leader's parent is in another session), and interrupts all the same.
void stop_of_an_orphaned_group() {
  const pid_t child = in_child([] {
    must(::setsid(), "setsid");
    stopped_in_epoll();
  });
  join(child);
}
Rescue outside_sends_tstp() { return keeps_sending(SIGTSTP); }

/// A control group that is frozen and thawed does the same as a stop.
Rescue outside_freezes() {
  const std::string group =
      "/sys/fs/cgroup/freezer/look_alike.epoll." + std::to_string(::getpid());
  if (::mkdir(group.c_str(), 0700) != 0) skip(group.c_str());
  return
      [=, rescue = until_it_ends([=](int) {
            std::ofstream(group + "/cgroup.procs") << told() << std::flush;
            std::ofstream(group + "/freezer.state") << "FROZEN" << std::flush;
            sleep_for(0.02);
            std::ofstream(group + "/freezer.state") << "THAWED" << std::flush;
          })] {
        rescue();
        while (::rmdir(group.c_str()) != 0 && errno == EBUSY) sleep_for(0.01);
      };
}

// --- parents that hear of it

/// A child that never ends by itself, and is told about outside.
pid_t told_child(const Pipe& pipe) {
  return in_child([&] {
    tell(::getpid());
    hear(pipe.read);
  });
}

/// The rescue goes on until the child has ended: so it does when it has been
/// seen stopped.
void parent_sees_stop(const std::function<void(pid_t)>& wait) {
  const Pipe pipe = make_pipe();
  const pid_t child = told_child(pipe);
  wait(child);
  say(pipe.write);
  join(child);
}

void waitpid_sees_stop() {
  parent_sees_stop([](pid_t child) {
    int status = 0;
    must(::waitpid(child, &status, WUNTRACED), "waitpid");
    expect(WIFSTOPPED(status), "WIFSTOPPED");
  });
}
void waitid_sees_stop() {
  parent_sees_stop([](pid_t child) {
    siginfo_t seen{};
    must(::waitid(P_PID, static_cast<id_t>(child), &seen, WEXITED | WSTOPPED),
         "waitid");
    expect(seen.si_code == CLD_STOPPED, "CLD_STOPPED");
  });
}
void waitid_sees_only_stops() {
  parent_sees_stop([](pid_t child) {
    siginfo_t seen{};
    must(::waitid(P_PID, static_cast<id_t>(child), &seen, WSTOPPED), "waitid");
  });
}
void waitpid_sees_continue() {
  parent_sees_stop([](pid_t child) {
    int status = 0;
    must(::waitpid(child, &status, WCONTINUED), "waitpid");
    expect(WIFCONTINUED(status), "WIFCONTINUED");
  });
}
/// The child is stopped already.
void waitpid_sees_stopped_continue() {
  const pid_t child = in_child([] {
    tell(::getpid());
    ::raise(SIGSTOP);
  });
  int status = 0;
  do {
    must(::waitpid(child, &status, WCONTINUED | WUNTRACED), "waitpid");
  } while (WIFSTOPPED(status));
  if (WIFCONTINUED(status)) join(child);
}

/// Whose handler hears of a stop, too (no SA_NOCLDSTOP).
void child_signal_of_stop() {
  handle(SIGCHLD);
  parent_sees_stop([](pid_t) {
    interrupted([never = make_pipe()] {
      char byte;
      return ::read(never.read, &byte, 1);
    });
  });
}

const Table outside_stops_table{
    {"stopped_in_epoll", "by_signal", stopped_in_epoll, outside_stops},
    {"stopped_in_epoll_pwait", "by_signal", stopped_in_epoll_pwait,
     outside_stops},
    {"stopped_beside_epoll", "by_signal", stopped_beside_epoll, outside_stops},
    {"stopped_in_semop", "by_signal", stopped_in_semop, outside_stops},
    {"stopped_in_sigtimedwait", "by_signal", stopped_in_sigtimedwait,
     outside_stops},
    {"stopped_in_requeue_pi", "by_signal", stopped_in_requeue_pi,
     outside_stops},
    {"stopped_with_changed_word", "by_signal", stopped_with_changed_word,
     outside_stops},
    {"stopped_in_non_blocking_read", "by_signal", stopped_in_non_blocking_read,
     outside_stops},
    {"stop_of_an_orphaned_group", "by_signal", stop_of_an_orphaned_group,
     outside_sends_tstp},
    {"frozen_in_epoll", "by_signal root freezer", stopped_in_epoll,
     outside_freezes},
    {"waitpid_sees_stop", "by_signal", waitpid_sees_stop, outside_stops},
    {"waitid_sees_stop", "by_signal", waitid_sees_stop, outside_stops},
    {"waitid_sees_only_stops", "by_signal", waitid_sees_only_stops,
     outside_stops},
    {"waitpid_sees_continue", "by_signal", waitpid_sees_continue,
     outside_stops},
    {"waitpid_sees_stopped_continue", "by_signal",
     waitpid_sees_stopped_continue, outside_stops},
    {"child_signal_of_stop", "by_signal", child_signal_of_stop, outside_stops},
};

}  // namespace
}  // namespace poolbugs::look_alikes
