// Who is woken by somebody outside of the tree: shared memory, locks, queues.
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

// --- memory

int* map(int file) {
  must(::ftruncate(file, 4096), "ftruncate");
  void* memory =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  expect(memory != MAP_FAILED, "mmap");
  return static_cast<int*>(memory);
}

int open_common(const char* name) {
  return must(::open(place(name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600),
              "open");
}

void futex_in_file() { futex_wait(map(open_common("memory")), 0); }

/// Mapped outside from the start, and the file's name is gone.
Rescue outside_maps_file() {
  const int file = open_common("memory");
  int* word = map(file);
  ::close(file);
  return [=] { futex_wake(word); };
}

/// Nobody else has it mapped while the plant sleeps: the name is enough.
Rescue outside_maps_late() {
  return [] { futex_wake(map(open_common("memory"))); };
}

void futex_in_unlinked_file() {
  const int file = open_common("memory");
  ::unlink(place("memory").c_str());
  futex_wait(map(file), 0);
}

/// The outside has mapped it, and closed the descriptor.
void futex_in_memfd_outside() {
  int* word = map(handed());
  ::close(handed());
  futex_wait(word, 0);
}
Rescue outside_maps_memfd() {
  const int file = must(::memfd_create("shared", 0), "memfd_create");
  int* word = map(file);
  hand_down({file});
  return [=] { futex_wake(word); };
}

/// Sent to the outside, which maps it late and holds the descriptor alone.
void futex_in_memfd_sent() {
  const int file = must(::memfd_create("shared", 0), "memfd_create");
  int* word = map(file);
  const int outside = connect_outside();
  send_fd(outside, file);
  hear(outside);
  ::close(outside);
  ::close(file);
  futex_wait(word, 0);
}
Rescue outside_has_memfd() {
  const int server = listen_outside();
  const Pipe pipe = make_pipe();
  ::fcntl(pipe.read, F_SETFD, FD_CLOEXEC);
  ::fcntl(pipe.write, F_SETFD, FD_CLOEXEC);
  const pid_t holder = in_child([=] {
    const int plant = must(::accept(server, nullptr, nullptr), "accept");
    const int file = receive_fd(plant);
    say(plant);
    hear(pipe.read);
    futex_wake(map(file));
  });
  return [=] {
    say(pipe.write);
    join(holder);
  };
}

void named_semaphore() {
  const std::string name = "/look_alike." + std::to_string(handed_id());
  sem_t* semaphore = ::sem_open(name.c_str(), 0);
  expect(semaphore != SEM_FAILED, "sem_open");
  tell(::getpid());
  must(::sem_wait(semaphore), "sem_wait");
}
Rescue outside_posts() {
  const std::string name = "/look_alike." + std::to_string(::getpid());
  sem_t* semaphore = ::sem_open(name.c_str(), O_CREAT, 0600, 0);
  expect(semaphore != SEM_FAILED, "sem_open");
  hand_down_id(::getpid());
  return [=] {
    told();  // it has opened it
    ::sem_post(semaphore);
    ::sem_unlink(name.c_str());
  };
}

/// A robust lock in a file; the owner outside dies with it.
void robust_mutex_outside() {
  auto* mutex = reinterpret_cast<pthread_mutex_t*>(map(open_common("memory")));
  expect(::pthread_mutex_lock(mutex) == EOWNERDEAD, "pthread_mutex_lock");
}
Rescue owner_dies_outside() {
  auto* mutex = reinterpret_cast<pthread_mutex_t*>(map(open_common("memory")));
  pthread_mutexattr_t kind;
  ::pthread_mutexattr_init(&kind);
  ::pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED);
  ::pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST);
  zero(::pthread_mutex_init(mutex, &kind), "pthread_mutex_init");
  const Pipe ready = make_pipe();
  const pid_t owner = in_child([=] {
    ::pthread_mutex_lock(mutex);
    say(ready.write);
    while (true) ::pause();
  });
  hear(ready.read);
  ::close(ready.read), ::close(ready.write);
  return [=] {
    ::kill(owner, SIGKILL);
    ::waitpid(owner, nullptr, 0);
  };
}

// --- locks on files

void flock_outside() { must(::flock(open_common("locked"), LOCK_EX), "flock"); }
Rescue outside_has_flock() {
  const int file = open_common("locked");
  must(::flock(file, LOCK_EX), "flock");
  return [=] { ::flock(file, LOCK_UN); };
}

void record_lock(int how) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  must(::fcntl(open_common("locked"), how, &lock), "fcntl");
}
void posix_lock_outside() { record_lock(F_SETLKW); }
void open_file_lock_outside() { record_lock(F_OFD_SETLKW); }
Rescue outside_has_lock(int how) {
  const int file = open_common("locked");
  struct flock lock {};
  lock.l_type = F_WRLCK;
  must(::fcntl(file, how, &lock), "fcntl");
  return [=] { ::close(file); };
}
Rescue outside_has_posix_lock() { return outside_has_lock(F_SETLK); }
Rescue outside_has_open_file_lock() { return outside_has_lock(F_OFD_SETLK); }

// --- System V and POSIX IPC

void system_v_semaphore_outside() {
  sembuf down{0, -1, 0};
  must(::semop(handed_id(), &down, 1), "semop");
}
Rescue outside_ups() {
  const int id = must(::semget(IPC_PRIVATE, 1, 0600), "semget");
  hand_down_id(id);
  return [=] {
    sembuf up{0, 1, 0};
    ::semop(id, &up, 1);
    until_rescued();
    ::semctl(id, 0, IPC_RMID);
  };
}

void system_v_queue_outside() {
  char message[64];
  must(::msgrcv(handed_id(), message, 8, 0, 0), "msgrcv");
}
Rescue outside_sends() {
  const int id = must(::msgget(IPC_PRIVATE, 0600), "msgget");
  hand_down_id(id);
  return [=] {
    const struct {
      long kind = 1;
      char text[8] = {};
    } message;
    ::msgsnd(id, &message, 1, 0);
    until_rescued();
    ::msgctl(id, IPC_RMID, nullptr);
  };
}

int* attach(int id) {
  void* memory = ::shmat(id, nullptr, 0);
  expect(memory != reinterpret_cast<void*>(-1), "shmat");
  return static_cast<int*>(memory);
}

/// Nobody outside has it attached while the plant sleeps: the id is enough.
void system_v_memory_outside() { futex_wait(attach(handed_id()), 0); }
Rescue outside_attaches() {
  const int id = must(::shmget(IPC_PRIVATE, 4096, 0600), "shmget");
  hand_down_id(id);
  return [=] {
    futex_wake(attach(id));
    ::shmctl(id, IPC_RMID, nullptr);
  };
}

std::string queue_name(int id) { return "/look_alike." + std::to_string(id); }

void posix_queue_outside() {
  const mqd_t queue = ::mq_open(queue_name(handed_id()).c_str(), O_RDWR);
  if (queue < 0) skip("mq_open");
  std::string text(8192, 0);
  must(::mq_receive(queue, text.data(), text.size(), nullptr), "mq_receive");
}
Rescue outside_queues() {
  const std::string name = queue_name(::getpid());
  const mqd_t queue = ::mq_open(name.c_str(), O_CREAT | O_RDWR, 0600, nullptr);
  if (queue < 0) skip("mq_open");
  hand_down_id(::getpid());
  return [=] {
    ::mq_send(queue, "x", 1, 0);
    ::mq_unlink(name.c_str());
  };
}

const Table outside_ipc{
    {"futex_in_file", "", futex_in_file, outside_maps_file},
    {"futex_in_file_mapped_late", "", futex_in_file, outside_maps_late},
    {"futex_in_unlinked_file", "", futex_in_unlinked_file, outside_maps_file},
    {"futex_in_memfd_outside", "", futex_in_memfd_outside, outside_maps_memfd},
    {"futex_in_memfd_sent", "", futex_in_memfd_sent, outside_has_memfd},
    {"named_semaphore", "", named_semaphore, outside_posts},
    {"robust_mutex_outside", "", robust_mutex_outside, owner_dies_outside},
    {"flock_outside", "", flock_outside, outside_has_flock},
    {"posix_lock_outside", "", posix_lock_outside, outside_has_posix_lock},
    {"open_file_lock_outside", "", open_file_lock_outside,
     outside_has_open_file_lock},
    {"system_v_semaphore_outside", "", system_v_semaphore_outside, outside_ups},
    {"system_v_queue_outside", "", system_v_queue_outside, outside_sends},
    {"system_v_memory_outside", "", system_v_memory_outside, outside_attaches},
    {"posix_queue_outside", "", posix_queue_outside, outside_queues},
};

}  // namespace
}  // namespace poolbugs::look_alikes
