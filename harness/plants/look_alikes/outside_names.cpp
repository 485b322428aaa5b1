// Memory that others can still open, map or receive, although its name is gone
// as far as /proc/PID/maps says: whoever does may wake a futex in it.
#include <linux/futex.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <thread>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

int* map(int file) {
  must(::ftruncate(file, 4096), "ftruncate");
  void* memory =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  expect(memory != MAP_FAILED, "mmap");
  return static_cast<int*>(memory);
}

int open_at(const std::string& path) {
  return must(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "open");
}

/// Maps the file, and sleeps in it without a descriptor.
void wait_in(int file) {
  int* word = map(file);
  ::close(file);
  futex_wait(word, 0);
}

void wake_in(const std::string& path) {
  const int file = must(::open(path.c_str(), O_RDWR), "open");
  futex_wake(map(file));
  ::close(file);
}

/// In shared memory by its own name: the folder of the outside party is the
/// test's. told() says whose.
std::string name_of(int number) {
  return "/look_alike." + std::to_string(number);
}

// --- named, and "(deleted)" all the same

/// sem_open(3) maps a temporary name, links it to the right one and removes the
/// first (sysdeps/pthread/sem_open.c of glibc).
void semaphore_made_here() {
  sem_t* semaphore = ::sem_open(name_of(::getpid()).c_str(), O_CREAT, 0600, 0);
  expect(semaphore != SEM_FAILED, "sem_open");
  tell(::getpid());
  while (::sem_wait(semaphore) != 0) expect(errno == EINTR, "sem_wait");
}
Rescue outside_posts_by_name() {
  return [] {
    const std::string name = name_of(told());
    sem_t* semaphore = ::sem_open(name.c_str(), 0);
    expect(semaphore != SEM_FAILED, "sem_open");
    ::sem_post(semaphore);
    ::sem_unlink(name.c_str());
  };
}

/// Made as sem_open(3) does it, below a folder of /dev/shm.
std::string folder_in_memory(int number) {
  return "/dev/shm" + name_of(number);
}
void linked_in_subfolder() {
  const std::string folder = folder_in_memory(::getpid());
  must(::mkdir(folder.c_str(), 0700), "mkdir");
  const int file = open_at(folder + "/first");
  int* word = map(file);
  ::close(file);
  must(::link((folder + "/first").c_str(), (folder + "/second").c_str()),
       "link");
  ::unlink((folder + "/first").c_str());
  tell(::getpid());
  futex_wait(word, 0);
}
Rescue outside_opens_in_subfolder() {
  return [] {
    const std::string folder = folder_in_memory(told());
    wake_in(folder + "/second");
    std::filesystem::remove_all(folder);
  };
}

/// The same on a disk, where nobody can list all names.
void hard_link_on_disk() {
  const int file = open_at(place("first"));
  int* word = map(file);
  ::close(file);
  must(::link(place("first").c_str(), place("second").c_str()), "link");
  ::unlink(place("first").c_str());
  tell(::getpid());
  futex_wait(word, 0);
}
Rescue outside_opens_second() {
  return [] {
    told();
    wake_in(place("second"));
  };
}

/// A file that never had a name when it was mapped, and gets one after.
void temporary_file_linked() {
  const int file =
      ::open(place("").c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) skip("O_TMPFILE");
  int* word = map(file);
  const std::string link = "/proc/self/fd/" + std::to_string(file);
  must(::linkat(AT_FDCWD, link.c_str(), AT_FDCWD, place("second").c_str(),
                AT_SYMLINK_FOLLOW),
       "linkat");
  ::close(file);
  tell(::getpid());
  futex_wait(word, 0);
}

/// Whose name ends in the words that /proc/PID/maps has for what has none.
void called_deleted() {
  const int file = open_at(place("memory (deleted)"));
  tell(::getpid());
  wait_in(file);
}
Rescue outside_opens_called_deleted() {
  return [] {
    told();
    wake_in(place("memory (deleted)"));
  };
}

// --- a worker of the tree that will open a name

/// Reached by a name that libraries make up for themselves: so far only one
/// process has it mapped, and the one that will open it does other things.
void worker_opens_late() {
  const std::string name = "/mp-look_alike" + std::to_string(::getpid());
  const pid_t child = in_child([&] {
    sleep_for(span());
    sem_t* late = ::sem_open(name.c_str(), 0);
    expect(late != SEM_FAILED, "sem_open");
    ::sem_post(late);
  });
  sem_t* made = ::sem_open(name.c_str(), O_CREAT | O_EXCL, 0600, 0);
  expect(made != SEM_FAILED, "sem_open");
  ::sem_close(made);  // so that it is mapped by this very name
  sem_t* semaphore = ::sem_open(name.c_str(), 0);
  expect(semaphore != SEM_FAILED, "sem_open");
  while (::sem_wait(semaphore) != 0) expect(errno == EINTR, "sem_wait");
  join(child);
  ::sem_unlink(name.c_str());
}

// --- held by a descriptor outside

/// Has the descriptor from the start, and maps it late.
void futex_in_memfd_held() { wait_in(handed()); }
Rescue outside_holds_memfd() {
  const int file = must(::memfd_create("shared", 0), "memfd_create");
  hand_down({file});
  return [=] { futex_wake(map(file)); };
}

/// Sent to a socket of an outsider who has not received it.
void futex_in_memfd_under_way() {
  const int file = must(::memfd_create("shared", MFD_CLOEXEC), "memfd_create");
  int* word = map(file);
  const int outside = connect_outside();
  send_fd(outside, file);
  ::close(outside);
  ::close(file);
  futex_wait(word, 0);
}
/// Whose waiter was moved there.
Rescue outside_wakes_in_memfd() {
  const Rescue rescue = outside_holds_memfd();
  return [=] {
    told();
    rescue();
  };
}

Rescue outside_receives_memfd() {
  const int server = listen_outside();
  return [=] {
    const int plant = must(::accept(server, nullptr, nullptr), "accept");
    futex_wake(map(receive_fd(plant)));
  };
}

// --- where the word is not that of the system call, or no longer

/// FUTEX_REQUEUE moves the sleeper to a word that an outsider can reach.
int* requeue_to(int* there) {
  static int here = 0;
  std::thread([] {
    ::syscall(SYS_futex, &here, FUTEX_WAIT, 0, nullptr, nullptr, 0);
    ::_exit(0);
  }).detach();
  while (::syscall(SYS_futex, &here, FUTEX_REQUEUE, 0, 1, there, 0) == 0)
    sleep_for(0.01);
  return there;
}
void requeued_to_memfd() {
  requeue_to(map(handed()));
  ::close(handed());
  tell(::getpid());
  hear(make_pipe().read);
}

/// To a word that others reach by its name, which nobody outside has mapped so
/// far.
void requeued_to_named_file() {
  const int file = open_at(place("memory"));
  requeue_to(map(file));
  ::close(file);
  tell(::getpid());
  hear(make_pipe().read);
}

/// And nobody here maps that word any more.
void requeued_and_unmapped() {
  ::munmap(requeue_to(map(handed())), 4096);
  ::close(handed());
  tell(::getpid());
  hear(make_pipe().read);
}

/// A word in a file that was mapped privately and not writable: the sleeper
/// waits for the file's word, also when the mapping can be written meanwhile.
void made_writable_meanwhile() {
  const int file = open_at(place("memory"));
  must(::ftruncate(file, 4096), "ftruncate");
  void* memory = ::mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE, file, 0);
  expect(memory != MAP_FAILED, "mmap");
  std::thread waits = asleep_in(SYS_futex, [=] {
    ::syscall(SYS_futex, memory, FUTEX_WAIT, 0, nullptr, nullptr, 0);
  });
  must(::mprotect(memory, 4096, PROT_READ | PROT_WRITE), "mprotect");
  tell(::getpid());
  waits.join();
}
Rescue outside_wakes_in_file() {
  return [] {
    told();
    wake_in(place("memory"));
  };
}

/// A word in a shared file over which private memory was mapped meanwhile.
void mapped_over_meanwhile() {
  int* word = map(open_at(place("memory")));
  std::thread waits = asleep_in(SYS_futex, [=] {
    ::syscall(SYS_futex, word, FUTEX_WAIT, 0, nullptr, nullptr, 0);
  });
  void* over = ::mmap(word, 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  expect(over == word, "mmap");
  tell(::getpid());
  waits.join();
}

const Table outside_names{
    {"semaphore_made_here", "", semaphore_made_here, outside_posts_by_name},
    {"linked_in_subfolder", "", linked_in_subfolder,
     outside_opens_in_subfolder},
    {"hard_link_on_disk", "", hard_link_on_disk, outside_opens_second},
    {"temporary_file_linked", "", temporary_file_linked, outside_opens_second},
    {"called_deleted", "", called_deleted, outside_opens_called_deleted},
    {"worker_opens_late", "by_name", worker_opens_late},
    {"futex_in_memfd_held", "", futex_in_memfd_held, outside_holds_memfd},
    {"futex_in_memfd_under_way", "queue", futex_in_memfd_under_way,
     outside_receives_memfd},
    {"requeued_to_memfd", "", requeued_to_memfd, outside_wakes_in_memfd},
    {"requeued_to_named_file", "granted", requeued_to_named_file,
     outside_wakes_in_file},
    {"requeued_and_unmapped", "granted", requeued_and_unmapped,
     outside_wakes_in_memfd},
    {"made_writable_meanwhile", "", made_writable_meanwhile,
     outside_wakes_in_file},
    {"mapped_over_meanwhile", "granted", mapped_over_meanwhile,
     outside_wakes_in_file},
};

}  // namespace
}  // namespace poolbugs::look_alikes
