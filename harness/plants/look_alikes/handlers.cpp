// A signal from outside that the process catches, in every kind of wait. Its
// handler only interrupts. In each the rest of the tree is as stuck as it
// looks: nothing but the signal would let it go on (needs: by_signal).
#include <linux/futex.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdint>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

Rescue outside_terminates() { return keeps_sending(SIGTERM); }

void caught_in(const std::function<long()>& wait) {
  handle(SIGTERM);
  tell(::getpid());
  interrupted(wait);
}

void caught_in_read() {
  caught_in([pipe = make_pipe()] {
    char byte;
    return ::read(pipe.read, &byte, 1);
  });
}

void caught_in_write() {
  const Pipe pipe = make_pipe();
  fill(pipe.write);
  caught_in([=] { return ::write(pipe.write, "x", 1); });
}

void caught_in_socket() {
  caught_in([pair = make_sockets()] {
    char byte;
    return ::recv(pair.read, &byte, 1, 0);
  });
}

void caught_in_eventfd() {
  caught_in([event = must(::eventfd(0, 0), "eventfd")] {
    std::uint64_t value;
    return ::read(event, &value, sizeof value);
  });
}

void caught_in_futex() {
  static int word = 0;
  caught_in([] {
    return ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr,
                     0);
  });
}

/// sem_wait(3) gives up when it is interrupted.
void caught_in_semaphore() {
  static sem_t semaphore;
  must(::sem_init(&semaphore, 0, 0), "sem_init");
  caught_in([] { return ::sem_wait(&semaphore); });
}

void caught_in_futex_waitv() {
  static std::uint32_t word = 0;
  struct {
    std::uint64_t value, address;
    std::uint32_t flags, reserved;
  } static vector{0, reinterpret_cast<std::uint64_t>(&word),
                  2 | FUTEX_PRIVATE_FLAG, 0};
  constexpr long kFutexWaitv = 449;
  if (::syscall(kFutexWaitv, &vector, 0, 0, nullptr, 0) < 0 && errno == ENOSYS)
    skip("futex_waitv");
  caught_in([] { return ::syscall(kFutexWaitv, &vector, 1, 0, nullptr, 0); });
}

/// The child waits for what the parent does when it is interrupted.
void caught_in_wait(const std::function<long(pid_t)>& wait) {
  const Pipe pipe = make_pipe();
  const pid_t child = in_child([&] { hear(pipe.read); });
  caught_in([&] { return wait(child); });
  say(pipe.write);
  join(child);
}
void caught_in_wait4() {
  caught_in_wait([](pid_t child) { return ::waitpid(child, nullptr, 0); });
}
void caught_in_waitid() {
  caught_in_wait([](pid_t) {
    siginfo_t ended{};
    return ::waitid(P_ALL, 0, &ended, WEXITED);
  });
}
void caught_in_pidfd() {
  caught_in_wait([](pid_t child) {
    pollfd end{static_cast<int>(::syscall(SYS_pidfd_open, child, 0)), POLLIN,
               0};
    return ::poll(&end, 1, -1);
  });
}

void caught_in_poll() {
  caught_in([pipe = make_pipe()] {
    pollfd polled{pipe.read, POLLIN, 0};
    return ::poll(&polled, 1, -1);
  });
}

void caught_in_select() {
  caught_in([pipe = make_pipe()] {
    fd_set set;
    FD_ZERO(&set);
    FD_SET(pipe.read, &set);
    return ::select(pipe.read + 1, &set, nullptr, nullptr, nullptr);
  });
}

int epoll_of(int fd) {
  const int set = must(::epoll_create1(0), "epoll_create1");
  epoll_event event{EPOLLIN, {}};
  must(::epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  return set;
}

void caught_in_epoll() {
  caught_in([set = epoll_of(make_pipe().read)] {
    epoll_event event;
    return ::epoll_wait(set, &event, 1, -1);
  });
}

/// The signal is blocked outside of the call, which lets it in
/// (epoll_pwait(2)): SigBlk of a sleeper is what the call has set.
void caught_in_epoll_pwait() {
  block(SIGTERM);
  caught_in([set = epoll_of(make_pipe().read)] {
    sigset_t none;
    ::sigemptyset(&none);
    epoll_event event;
    return ::epoll_pwait(set, &event, 1, -1, &none);
  });
}
void caught_in_ppoll() {
  block(SIGTERM);
  caught_in([pipe = make_pipe()] {
    sigset_t none;
    ::sigemptyset(&none);
    pollfd polled{pipe.read, POLLIN, 0};
    return ::ppoll(&polled, 1, nullptr, &none);
  });
}

void caught_in_flock() {
  const std::string path = place("locked");
  const int holder = must(::open(path.c_str(), O_RDWR | O_CREAT, 0600), "open");
  must(::flock(holder, LOCK_EX), "flock");
  caught_in([other = must(::open(path.c_str(), O_RDWR), "open")] {
    return ::flock(other, LOCK_EX);
  });
}

void caught_in_record_lock() {
  const std::string path = place("locked");
  struct flock whole {};
  whole.l_type = F_WRLCK;
  const int holder = must(::open(path.c_str(), O_RDWR | O_CREAT, 0600), "open");
  must(::fcntl(holder, F_OFD_SETLK, &whole), "fcntl");
  caught_in([&, other = must(::open(path.c_str(), O_RDWR), "open")] {
    return ::fcntl(other, F_OFD_SETLKW, &whole);
  });
}

void caught_in_system_v_semaphore() {
  const int id = must(::semget(IPC_PRIVATE, 1, 0600), "semget");
  caught_in([=] {
    sembuf down{0, -1, 0};
    const long result = ::semop(id, &down, 1);
    const int error = errno;
    ::semctl(id, 0, IPC_RMID);
    errno = error;
    return result;
  });
}

const Table handlers{
    {"caught_in_read", "by_signal", caught_in_read, outside_terminates},
    {"caught_in_write", "by_signal", caught_in_write, outside_terminates},
    {"caught_in_socket", "by_signal", caught_in_socket, outside_terminates},
    {"caught_in_eventfd", "by_signal", caught_in_eventfd, outside_terminates},
    {"caught_in_futex", "by_signal", caught_in_futex, outside_terminates},
    {"caught_in_semaphore", "by_signal", caught_in_semaphore,
     outside_terminates},
    {"caught_in_futex_waitv", "by_signal", caught_in_futex_waitv,
     outside_terminates},
    {"caught_in_wait4", "by_signal", caught_in_wait4, outside_terminates},
    {"caught_in_waitid", "by_signal", caught_in_waitid, outside_terminates},
    {"caught_in_pidfd", "by_signal", caught_in_pidfd, outside_terminates},
    {"caught_in_poll", "by_signal", caught_in_poll, outside_terminates},
    {"caught_in_select", "by_signal", caught_in_select, outside_terminates},
    {"caught_in_epoll", "by_signal", caught_in_epoll, outside_terminates},
    {"caught_in_epoll_pwait", "by_signal", caught_in_epoll_pwait,
     outside_terminates},
    {"caught_in_ppoll", "by_signal", caught_in_ppoll, outside_terminates},
    {"caught_in_flock", "by_signal", caught_in_flock, outside_terminates},
    {"caught_in_record_lock", "by_signal", caught_in_record_lock,
     outside_terminates},
    {"caught_in_system_v_semaphore", "by_signal", caught_in_system_v_semaphore,
     outside_terminates},
};

}  // namespace
}  // namespace poolbugs::look_alikes
