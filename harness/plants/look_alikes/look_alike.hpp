// Programs that look stuck and are not: each sleeps for span() seconds or so,
// moves seldom, and ends by itself with status 0. A plant is a function; the
// tables at the end of each file enter them in the registry (main.cpp).
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace poolbugs::look_alikes {

/// The act of the outside party that lets a plant go on.
using Rescue = std::function<void()>;

struct LookAlike {
  const char* name;
  /// "", or what the machine must have: "root", "i386", "io_uring" …
  const char* needs;
  void (*run)();
  /// Of a plant that is woken by the outside party: makes the object, sets
  /// LOOK_ALIKE_FD and so on, and returns the act that rescues the plant.
  Rescue (*outside)() = nullptr;
};

/// Every plant, in the order of files and lines.
std::vector<LookAlike>& all();

/// Enters a table in the registry.
struct Table {
  Table(std::initializer_list<LookAlike> plants) {
    all().insert(all().end(), plants);
  }
};

/// How long to look stuck, in seconds.
double span();
/// Seconds since the program began.
double now();
inline bool time_left() { return now() < span(); }
/// nanosleep(2), to its end.
void sleep_for(double seconds);
/// Sleeps for as long as one move of a plant that moves often takes.
void rest();
timespec in_timespec(double seconds);
timeval in_timeval(double seconds);
/// The instant on `clock` that is span() away.
timespec deadline(int clock);

/// Ends the process with status 1 and a sentence.
[[noreturn]] void fail(const char* what);
/// Ends the process with status 77 and a sentence: it cannot be done here.
[[noreturn]] void skip(const char* what);

/// `result`, unless that is -1, as of a system call that failed.
template <class T>
T must(T result, const char* what) {
  if (result == static_cast<T>(-1)) fail(what);
  return result;
}
/// 0, as of a pthread function that succeeded.
inline void zero(int result, const char* what) {
  if (result != 0) fail(what);
}
inline void expect(bool condition, const char* what) {
  if (!condition) fail(what);
}

/// Runs `work` in a forked child that exits with 0 after it.
pid_t in_child(const std::function<void()>& work);
/// The child's end, in waitpid(2). Its wait status must be `status`.
void join(pid_t child, int status = 0);

struct Pipe {
  int read, write;
};
Pipe make_pipe();
/// The same, made by socketpair(2).
Pipe make_sockets();
/// Writes, reads one byte.
void say(int fd);
void hear(int fd);
/// Until it would block.
void fill(int fd);
/// Nothing but the end of the file is to be read.
void hear_end(int fd);

/// Anonymous memory that forked children share.
void* shared_memory(std::size_t size = 4096);
template <class T>
T& shared() {
  return *new (shared_memory(sizeof(T))) T();
}

/// FUTEX_WAIT while the word is `seen`, shared or FUTEX_PRIVATE_FLAG.
void futex_wait(int* word, int seen, bool is_private = false,
                const timespec* most = nullptr);
void futex_wake(int* word, bool is_private = false);

/// A handler that only interrupts (no SA_RESTART).
void handle(
    int signal, void (*handler)(int) = [](int) {});
void block(int signal);

/// A call that a signal ends, whatever it waits for.
void interrupted(const std::function<long()>& wait);
/// A child that waits in a read that nobody answers, and its end by a kill.
pid_t idle_child();
void end_by_kill(pid_t child);

/// A thread that does `work`, once it sleeps in this system call or has ended.
std::thread asleep_in(long call, const std::function<void()>& work);

/// LOOK_ALIKE_FD: descriptors that the outside party handed down.
int handed(int index = 0);
/// LOOK_ALIKE_ID: an IPC identifier or process id.
int handed_id();
/// A file of this name in the folder LOOK_ALIKE_PATH, which both know.
std::string place(const char* name);

// For the outside party.

/// These descriptors reach the command as handed(0), handed(1) …
void hand_down(std::initializer_list<int> fds);
void hand_down_id(int id);
/// The plant has ended without a word, since it had to be skipped.
struct NobodyToRescue {};
/// From now on told() does not wait for what this process did not say.
void rescues(pid_t command);
/// What the plant put into place("number") by tell(): a pid, a port. Waits.
/// Throws NobodyToRescue.
int told();
int pidfd_of(pid_t process);
/// Returns when the process has ended.
void until_ended(int pidfd);
/// Of the process of rescues().
void until_rescued();
/// For the plant.
void tell(int number);
/// A pidfd of told().
int told_process();
/// Does `act` to told() again and again until that process has ended: what
/// comes before it waits interrupts nothing.
Rescue until_it_ends(std::function<void(int pidfd)> act);
Rescue keeps_sending(int signal);
/// Stops it, and lets it go on.
Rescue stops_and_continues();
void send_signal(int pidfd, int signal);
/// Runs `helper` outside, from now until it ends by itself after the rescue,
/// which closes the pipe it is given: hear_end() of it waits for that.
Rescue helped_by(const std::function<void(int until)>& helper);

/// Sends, receives a descriptor (SCM_RIGHTS).
void send_fd(int socket, int fd);
int receive_fd(int socket);
/// A unix socket with a name at which the outside party listens, and the
/// plant's connection to it.
int listen_outside();
int connect_outside();

}  // namespace poolbugs::look_alikes
