// Locks and queues that somebody who sleeps gives back: futexes, files,
// System V and POSIX IPC.
#include <fcntl.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>

#include <cerrno>
#include <cstdio>
#include <thread>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

// --- futexes

void futex_ping_pong() {
  int& turn = shared<int>();
  const pid_t child = in_child([&] {
    for (int seen = 1;; seen += 2) {
      futex_wait(&turn, seen - 1);
      if (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != seen) return;
      futex_wake(&turn);
    }
  });
  while (time_left()) {
    rest();
    const int seen = __atomic_load_n(&turn, __ATOMIC_SEQ_CST);
    futex_wake(&turn);
    futex_wait(&turn, seen + 1);
  }
  __atomic_add_fetch(&turn, 5, __ATOMIC_SEQ_CST);
  futex_wake(&turn);
  join(child);
}

/// In a file without a name, mapped twice: at two addresses.
void futex_in_memfd() {
  const int file = must(::memfd_create("futex", 0), "memfd_create");
  must(::ftruncate(file, 8192), "ftruncate");
  const auto map = [&] {
    void* memory =
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    expect(memory != MAP_FAILED, "mmap");
    return static_cast<int*>(memory);
  };
  int* mine = map();
  const pid_t child = in_child([&] {
    int* other = map();
    ::munmap(mine, 4096);
    sleep_for(span());
    futex_wake(other + 5);
  });
  futex_wait(mine + 5, 0);
  join(child);
}

/// The mapping comes when its waiter sleeps already; the descriptor is all.
void futex_mapped_late() {
  const int file = must(::memfd_create("futex", 0), "memfd_create");
  must(::ftruncate(file, 4096), "ftruncate");
  const pid_t child = in_child([&] {
    sleep_for(span());
    void* memory =
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    expect(memory != MAP_FAILED, "mmap");
    futex_wake(static_cast<int*>(memory));
  });
  void* memory =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  expect(memory != MAP_FAILED, "mmap");
  futex_wait(static_cast<int*>(memory), 0);
  join(child);
}

/// Not FUTEX_PRIVATE, in memory of its own: threads only.
void futex_shared_in_private_memory() {
  static int word = 0;
  std::thread waker([] { sleep_for(span()), futex_wake(&word); });
  futex_wait(&word, 0);
  waker.join();
}

void shared_semaphore() {
  auto& semaphore = shared<sem_t>();
  must(::sem_init(&semaphore, 1, 0), "sem_init");
  const pid_t child = in_child([&] {
    sleep_for(span());
    must(::sem_post(&semaphore), "sem_post");
  });
  must(::sem_wait(&semaphore), "sem_wait");
  join(child);
}

pthread_mutex_t& shared_mutex(int robust, int protocol = PTHREAD_PRIO_NONE) {
  pthread_mutexattr_t kind;
  ::pthread_mutexattr_init(&kind);
  ::pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
  ::pthread_mutexattr_setrobust(&kind, robust);
  ::pthread_mutexattr_setprotocol(&kind, protocol);
  auto& mutex = shared<pthread_mutex_t>();
  zero(::pthread_mutex_init(&mutex, &kind), "pthread_mutex_init");
  return mutex;
}

/// A child takes the lock, sleeps, and then does `end`.
void lock_of_child(pthread_mutex_t& mutex, int expected, bool unlocks) {
  const Pipe ready = make_pipe();
  const pid_t child = in_child([&] {
    zero(::pthread_mutex_lock(&mutex), "pthread_mutex_lock");
    say(ready.write);
    sleep_for(span());
    if (unlocks) ::pthread_mutex_unlock(&mutex);
  });
  hear(ready.read);
  expect(::pthread_mutex_lock(&mutex) == expected, "pthread_mutex_lock");
  join(child);
}

void mutex_of_child() {
  lock_of_child(shared_mutex(PTHREAD_MUTEX_STALLED), 0, true);
}
/// The owner dies with the lock; the kernel gives it to the next.
void robust_mutex() {
  lock_of_child(shared_mutex(PTHREAD_MUTEX_ROBUST), EOWNERDEAD, false);
}
void robust_pi_mutex() {
  lock_of_child(shared_mutex(PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_INHERIT),
                EOWNERDEAD, false);
}
void pi_mutex() {
  lock_of_child(shared_mutex(PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT), 0,
                true);
}

/// Two processes, one memory (CLONE_VM): the other one wakes a private futex.
void private_futex_of_two_processes() {
  static int word = 0;
  static char stack[65536];
  const int child = must(::clone(
                             [](void*) {
                               sleep_for(span());
                               futex_wake(&word, true);
                               return 0;
                             },
                             stack + sizeof stack, CLONE_VM | SIGCHLD, nullptr),
                         "clone");
  futex_wait(&word, 0, true);
  join(child);
}

// --- locks on files

int scratch() {
  std::FILE* file = std::tmpfile();
  expect(file != nullptr, "tmpfile");
  return ::fileno(file);
}

int again(int file) {
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  return must(::open(path.c_str(), O_RDWR), "open");
}

/// Taken by a grandchild that is gone, held by who inherited it and sleeps.
void flock_taken_by_the_dead() {
  const int file = scratch(), mine = again(file);
  const Pipe ready = make_pipe();
  const pid_t child = in_child([&] {
    ::close(mine);
    join(in_child([&] { must(::flock(file, LOCK_EX), "flock"); }));
    say(ready.write);
    sleep_for(span());
    must(::flock(file, LOCK_UN), "flock");
  });
  hear(ready.read);
  ::close(file);
  must(::flock(mine, LOCK_EX), "flock");
  join(child);
}

/// The same, and it goes when the sleeper ends.
void flock_until_exit() {
  const int file = scratch(), mine = again(file);
  const Pipe ready = make_pipe();
  const pid_t child = in_child([&] {
    must(::flock(file, LOCK_SH), "flock");
    say(ready.write);
    sleep_for(span());
  });
  ::close(file);
  hear(ready.read);
  must(::flock(mine, LOCK_EX), "flock");
  join(child);
}

/// The locked file is under way in a socket's queue: no process has it.
void flock_in_flight() {
  const int file = scratch(), mine = again(file);
  must(::flock(file, LOCK_EX), "flock");
  const Pipe sockets = make_sockets();
  send_fd(sockets.write, file);
  ::close(file);
  const pid_t child = in_child([&] {
    sleep_for(span());
    must(::flock(receive_fd(sockets.read), LOCK_UN), "flock");
  });
  must(::flock(mine, LOCK_EX), "flock");
  join(child);
}

void record_lock(int take, int wait) {
  const int file = scratch(), mine = again(file);
  const Pipe ready = make_pipe();
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_start = 10, lock.l_len = 10;
  const pid_t child = in_child([&] {
    must(::fcntl(file, take, &lock), "fcntl");
    say(ready.write);
    sleep_for(span());
    ::close(mine), ::close(file);
  });
  ::close(file);
  hear(ready.read);
  lock.l_start = 15, lock.l_len = 0;
  must(::fcntl(mine, wait, &lock), "fcntl");
  join(child);
}

void posix_lock() { record_lock(F_SETLK, F_SETLKW); }
void open_file_lock() { record_lock(F_OFD_SETLK, F_OFD_SETLKW); }
void posix_lock_of_open_file_lock() { record_lock(F_OFD_SETLK, F_SETLKW); }

// --- System V and POSIX IPC

void system_v_semaphore() {
  const int id = must(::semget(IPC_PRIVATE, 1, 0600), "semget");
  sembuf down{0, -1, 0}, up{0, 1, 0};
  const pid_t child = in_child([&] {
    sleep_for(span());
    must(::semop(id, &up, 1), "semop");
  });
  must(::semop(id, &down, 1), "semop");
  ::semctl(id, 0, IPC_RMID);
  join(child);
}

/// SEM_UNDO: the kernel gives it back when the sleeper ends.
void system_v_undo() {
  const int id = must(::semget(IPC_PRIVATE, 1, 0600), "semget");
  must(::semctl(id, 0, SETVAL, 1), "semctl");
  sembuf down{0, -1, SEM_UNDO};
  const Pipe ready = make_pipe();
  const pid_t child = in_child([&] {
    must(::semop(id, &down, 1), "semop");
    say(ready.write);
    sleep_for(span());
  });
  hear(ready.read);
  must(::semop(id, &down, 1), "semop");
  ::semctl(id, 0, IPC_RMID);
  join(child);
}

void system_v_queue() {
  const int id = must(::msgget(IPC_PRIVATE, 0600), "msgget");
  struct {
    long kind;
    char text[8];
  } message{1, "x"};
  const pid_t child = in_child([&] {
    sleep_for(span());
    must(::msgsnd(id, &message, 1, 0), "msgsnd");
  });
  must(::msgrcv(id, &message, 8, 0, 0), "msgrcv");
  ::msgctl(id, IPC_RMID, nullptr);
  join(child);
}

/// Nobody ever writes: who sleeps removes the queue.
void system_v_queue_removed() {
  const int id = must(::msgget(IPC_PRIVATE, 0600), "msgget");
  const pid_t child = in_child([&] {
    sleep_for(span());
    must(::msgctl(id, IPC_RMID, nullptr), "msgctl");
  });
  char message[64];
  expect(::msgrcv(id, message, 8, 0, 0) < 0 && errno == EIDRM, "msgrcv");
  join(child);
}

mqd_t make_queue() {
  const std::string name = "/look_alike." + std::to_string(::getpid());
  const mqd_t queue = ::mq_open(name.c_str(), O_CREAT | O_RDWR, 0600, nullptr);
  if (queue < 0) skip("mq_open");
  ::mq_unlink(name.c_str());
  return queue;
}

void posix_queue() {
  const mqd_t queue = make_queue();
  const pid_t child = in_child([&] {
    sleep_for(span());
    must(::mq_send(queue, "x", 1, 0), "mq_send");
  });
  std::string text(8192, 0);
  must(::mq_receive(queue, text.data(), text.size(), nullptr), "mq_receive");
  join(child);
}

/// What comes into the queue sends a signal.
void queue_notifies() {
  const mqd_t queue = make_queue();
  handle(SIGUSR1);
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGUSR1;
  must(::mq_notify(queue, &event), "mq_notify");
  const pid_t child = in_child([&] {
    sleep_for(span());
    must(::mq_send(queue, "x", 1, 0), "mq_send");
  });
  const Pipe never = make_pipe();
  char byte;
  expect(::read(never.read, &byte, 1) < 0 && errno == EINTR, "read");
  join(child);
}

const Table locks{
    {"futex_ping_pong", "", futex_ping_pong},
    {"futex_in_memfd", "", futex_in_memfd},
    {"futex_mapped_late", "", futex_mapped_late},
    {"futex_shared_in_private_memory", "", futex_shared_in_private_memory},
    {"shared_semaphore", "", shared_semaphore},
    {"mutex_of_child", "", mutex_of_child},
    {"robust_mutex", "", robust_mutex},
    {"robust_pi_mutex", "", robust_pi_mutex},
    {"pi_mutex", "", pi_mutex},
    {"private_futex_of_two_processes", "", private_futex_of_two_processes},
    {"flock_taken_by_the_dead", "", flock_taken_by_the_dead},
    {"flock_until_exit", "", flock_until_exit},
    {"flock_in_flight", "", flock_in_flight},
    {"posix_lock", "", posix_lock},
    {"open_file_lock", "", open_file_lock},
    {"posix_lock_of_open_file_lock", "", posix_lock_of_open_file_lock},
    {"system_v_semaphore", "", system_v_semaphore},
    {"system_v_undo", "", system_v_undo},
    {"system_v_queue", "", system_v_queue},
    {"system_v_queue_removed", "", system_v_queue_removed},
    {"posix_queue", "", posix_queue},
    {"queue_notifies", "signal", queue_notifies},
};

}  // namespace
}  // namespace poolbugs::look_alikes
