// Acts on what is in memory, and the objects themselves.
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include <climits>
#include <csignal>
#include <new>
#include <string>

#include "harness/plants/generated/machine.hpp"

namespace poolbugs::generated {
namespace {

/// No header of glibc has these two.
struct WaitWord {
  std::uint64_t value, address;
  std::uint32_t flags, reserved;
};
constexpr std::uint32_t kSize32 = 2;

int futex_flag(int object) {
  const bool own =
      machine.program.objects[static_cast<std::size_t>(object)].place ==
      Place::own;
  return own ? FUTEX_PRIVATE_FLAG : 0;
}

void wait_word(const Op& op) {
  const int object = op.target.index;
  const timespec time{op.value / 1000, op.value % 1000 * 1'000'000L};
  if (op.set.empty()) {
    call(SYS_futex, &cell(object).word, FUTEX_WAIT | futex_flag(object), 0,
         op.value < 0 ? nullptr : &time, nullptr, 0);
    return;
  }
  WaitWord words[8] = {};
  unsigned many = 0;
  for (const Target& one : op.set)
    words[many++] = {
        0, reinterpret_cast<std::uint64_t>(&cell(one.index).word),
        kSize32 | static_cast<std::uint32_t>(futex_flag(one.index)), 0};
  call(SYS_futex_waitv, words, many, 0, nullptr, 0);
}

void wake_word(int object) {
  __atomic_store_n(&cell(object).word, 1, __ATOMIC_SEQ_CST);
  call(SYS_futex, &cell(object).word, FUTEX_WAKE | futex_flag(object), INT_MAX,
       nullptr, nullptr, 0);
}

void lock(int object, int ms) {
  pthread_mutex_t& mutex = cell(object).mutex;
  const timespec until = in_ms(CLOCK_REALTIME, ms);
  const int result = ms < 0 ? ::pthread_mutex_lock(&mutex)
                            : ::pthread_mutex_timedlock(&mutex, &until);
  if (result == EOWNERDEAD) ::pthread_mutex_consistent(&mutex);
}

void down(int object, int ms) {
  const timespec until = in_ms(CLOCK_REALTIME, ms);
  if (ms < 0)
    ::sem_wait(&semaphore(object));
  else
    ::sem_timedwait(&semaphore(object), &until);
}

void await(Cell& at) {
  ::pthread_mutex_lock(&at.condition_mutex);
  ::pthread_cond_wait(&at.condition, &at.condition_mutex);
  ::pthread_mutex_unlock(&at.condition_mutex);
}

void notify(Cell& at) {
  ::pthread_mutex_lock(&at.condition_mutex);
  ::pthread_cond_broadcast(&at.condition);
  ::pthread_mutex_unlock(&at.condition_mutex);
}

void semop(int object, short by, short flags) {
  sembuf operation{0, by, flags};
  call(SYS_semop, machine.sysv[object], &operation, 1);
}

void make_mutex(pthread_mutex_t& mutex, int flavour, bool shared) {
  pthread_mutexattr_t how;
  ::pthread_mutexattr_init(&how);
  if (shared) ::pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
  if (flavour == kRobust || flavour == kRobustInherit)
    ::pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
  if (flavour == kInherit || flavour == kRobustInherit)
    ::pthread_mutexattr_setprotocol(&how, PTHREAD_PRIO_INHERIT);
  ::pthread_mutex_init(&mutex, &how);
}

void make_cell(Cell& at, int flavour, bool shared) {
  make_mutex(at.mutex, flavour, shared);
  make_mutex(at.condition_mutex, kNormal, shared);
  ::sem_init(&at.semaphore, shared ? 1 : 0, 0);
  pthread_condattr_t condition;
  ::pthread_condattr_init(&condition);
  pthread_barrierattr_t barrier;
  ::pthread_barrierattr_init(&barrier);
  if (shared) {
    ::pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
    ::pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
  }
  ::pthread_cond_init(&at.condition, &condition);
  ::pthread_barrier_init(&at.barrier, &barrier, 2);
}

Arena* map_arena(Place place) {
  const int fd =
      place == Place::memfd ? ::memfd_create("generated", MFD_CLOEXEC) : -1;
  if (fd >= 0 && ::ftruncate(fd, sizeof(Arena)) != 0) fail();
  void* at = ::mmap(nullptr, sizeof(Arena), PROT_READ | PROT_WRITE,
                    MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
  if (at == MAP_FAILED) fail();
  if (fd >= 0) ::close(fd);
  return new (at) Arena();
}

sem_t* open_named(std::size_t object) {
  // The guard's id: whichever of the two makes it, both know it.
  const std::string name = "/generated-" + std::to_string(::getpgrp()) + "-" +
                           std::to_string(object);
  sem_t* made = ::sem_open(name.c_str(), O_CREAT, 0600, 0);
  if (made == SEM_FAILED) fail();
  return made;
}

void make_in_memory(std::size_t i, const Object& object) {
  machine.mapped[i] = nullptr;
  if (object.place == Place::named) {
    machine.named[i] = open_named(i);
  } else {
    if (object.place != Place::own) machine.mapped[i] = map_arena(object.place);
    make_cell(cell(static_cast<int>(i)), object.flavour,
              object.place != Place::own);
  }
}

/// Small buffers: a flood must not fit.
void make_pipe(int (&ends)[2]) {
  if (::pipe2(ends, O_CLOEXEC) != 0) fail();
  ::fcntl(ends[1], F_SETPIPE_SZ, 4096);
}

void make_sockets(int (&ends)[2], int flavour) {
  const int type = flavour == 0 ? SOCK_STREAM : SOCK_SEQPACKET;
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) fail();
  const int least = 1;
  for (const int end : ends)
    ::setsockopt(end, SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
}

int make_set(const Object& object) {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  for (const Target& one : object.watched) {
    epoll_event event{};
    event.events = EPOLLIN;
    const int fd = descriptor(0, one);
    event.data.fd = fd;
    ::epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
  }
  return set;
}

int make_single(const Object& object) {
  switch (object.kind) {
    case ObjectKind::eventfd:
      return ::eventfd(0,
                       EFD_CLOEXEC | (object.flavour == 1 ? EFD_SEMAPHORE : 0));
    case ObjectKind::timerfd:
      return ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    case ObjectKind::signalfd: {
      sigset_t set;
      ::sigemptyset(&set);
      ::sigaddset(&set, kTaken);
      return ::signalfd(-1, &set, SFD_CLOEXEC);
    }
    case ObjectKind::epoll:
      return make_set(object);
    default:
      return ::memfd_create("generated", MFD_CLOEXEC);
  }
}

void make(std::size_t i, const Object& object) {
  int(&ends)[2] = machine.processes[0].descriptors[i];
  if (object.kind == ObjectKind::sysv) {
    machine.sysv[i] = ::semget(IPC_PRIVATE, 1, 0600);
    if (machine.sysv[i] < 0) fail();
  } else if (object.kind >= ObjectKind::word) {
    make_in_memory(i, object);
  } else if (object.kind == ObjectKind::pipe) {
    make_pipe(ends);
  } else if (object.kind == ObjectKind::sockets) {
    make_sockets(ends, object.flavour);
  } else if ((ends[0] = make_single(object)) < 0) {
    fail();
  }
}

}  // namespace

Cell& cell(int object) {
  Arena* arena = machine.mapped[object];
  return (arena == nullptr ? machine.own : *arena).cells[object];
}

sem_t& semaphore(int object) {
  sem_t* named = machine.named[object];
  return named == nullptr ? cell(object).semaphore : *named;
}

int descriptor(int process, const Target& target) {
  return machine.processes[process].descriptors[target.index][target.end];
}

void make_objects(bool outside) {
  const auto& objects = machine.program.objects;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    // System V semaphores: the outside party removes them.
    const bool by_outside =
        objects[i].outside != 0 || objects[i].kind == ObjectKind::sysv;
    if (by_outside == outside) make(i, objects[i]);
  }
}

bool do_with_memory(int, const Op& op) {
  const int object = op.target.index;
  switch (op.act) {
    case Act::wait_word:
      wait_word(op);
      return true;
    case Act::wake_word:
      wake_word(object);
      return true;
    case Act::requeue:
      call(SYS_futex, &cell(object).word, FUTEX_REQUEUE | futex_flag(object), 0,
           INT_MAX, &cell(op.other.index).word, 0);
      return true;
    case Act::lock:
      lock(object, op.value);
      return true;
    case Act::unlock:
      ::pthread_mutex_unlock(&cell(object).mutex);
      return true;
    case Act::down:
      down(object, op.value);
      return true;
    case Act::up:
      ::sem_post(&semaphore(object));
      return true;
    case Act::await:
      await(cell(object));
      return true;
    case Act::notify:
      notify(cell(object));
      return true;
    case Act::meet:
      ::pthread_barrier_wait(&cell(object).barrier);
      return true;
    case Act::down_sysv:
      semop(object, -1, 0);
      return true;
    case Act::up_sysv:
      semop(object, 1, IPC_NOWAIT);
      return true;
    default:
      return false;
  }
}

}  // namespace poolbugs::generated
