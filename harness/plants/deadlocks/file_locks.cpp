// flock and fcntl.
#include <sys/file.h>

#include <array>
#include <cstdlib>
#include <string>

#include "harness/plants/deadlocks/deadlock.hpp"

namespace poolbugs::deadlocks {
namespace {

/// A file without a name.
int new_file() {
  char name[] = "/tmp/poolbugs-deadlock-XXXXXX";
  const int file = ::mkstemp(name);
  must(file >= 0, "mkstemp");
  ::unlink(name);
  return file;
}

/// The same file, opened by itself: flock belongs to what was opened.
int open_again(int file) {
  const int again =
      ::open(("/proc/self/fd/" + std::to_string(file)).c_str(), O_RDWR);
  must(again >= 0, "open");
  return again;
}

void lock(int file) { must(::flock(file, LOCK_EX) == 0, "flock"); }

/// One byte, with F_SETLKW or F_OFD_SETLKW.
void lock_byte(int file, int command, off_t byte) {
  struct flock request {};
  request.l_type = F_WRLCK;
  request.l_whence = SEEK_SET;
  request.l_start = byte;
  request.l_len = 1;
  must(::fcntl(file, command, &request) == 0, "fcntl");
}

void flock_order() {
  const std::array<int, 2> files{new_file(), new_file()};
  ring(
      2, [&](int i) { lock(open_again(files[i])); },
      [&](int i) { lock(open_again(files[1 - i])); });
}

void flock_twice() {
  const int file = new_file();
  lock(file);
  const int again = open_again(file);
  stuck();
  lock(again);
}

/// Two processes with fcntl alone get EDEADLK; with flock in between not.
void flock_and_fcntl() {
  const int whole = new_file(), bytes = new_file();
  ring(
      2,
      [&](int i) {
        if (i == 0) lock(open_again(whole));
        if (i == 1) lock_byte(bytes, F_SETLKW, 0);
      },
      [&](int i) {
        if (i == 0) lock_byte(bytes, F_SETLKW, 0);
        lock(open_again(whole));
      });
}

/// The kernel looks for a cycle, but not for ever: 16 are too many for it.
void fcntl_of_16() {
  const int file = new_file();
  ring(
      16, [&](int i) { lock_byte(file, F_SETLKW, i); },
      [&](int i) { lock_byte(file, F_SETLKW, (i + 1) % 16); });
}

/// Locks of open files: the kernel does not look for cycles at all.
void open_file_order() {
  const int file = new_file();
  std::array<int, 2> mine{};
  ring(
      2,
      [&](int i) {
        mine[i] = open_again(file);
        lock_byte(mine[i], F_OFD_SETLKW, i);
      },
      [&](int i) { lock_byte(mine[i], F_OFD_SETLKW, 1 - i); });
}

/// The parent waits for a child that wants the parent's lock.
void join_holding_flock() {
  const int file = new_file();
  Checkpoint there;
  lock(file);
  const pid_t child = start([&] {
    const int mine = open_again(file);
    ::close(file);
    there.arrive();
    lock(mine);
  });
  there.await(1);
  stuck();
  wait_for(child);
}

}  // namespace

std::vector<Deadlock> file_locks() {
  return {{"flock_order", "lock-cycle", "flock", flock_order, false, 2},
          {"flock_twice", "self-deadlock", "flock", flock_twice},
          {"flock_and_fcntl", "lock-cycle", "fcntl", flock_and_fcntl, false, 2},
          {"fcntl_of_16", "lock-cycle", "fcntl", fcntl_of_16, false, 16},
          {"open_file_order", "lock-cycle", "open-file-lock", open_file_order,
           false, 2},
          {"join_holding_flock", "lock-cycle", "flock", join_holding_flock,
           false, 2}};
}

}  // namespace poolbugs::deadlocks
