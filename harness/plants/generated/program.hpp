// A small process tree as plain data: what generate.hpp makes of a seed, what
// execute.hpp runs, and what stands in a report of a wrong proof.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace poolbugs::generated {

constexpr int kMostProcesses = 5;
constexpr int kMostThreads = 3;
constexpr int kSlots = kMostProcesses * kMostThreads;
constexpr int kMostObjects = 16;
/// What a `flood` writes: more than a pipe or socket of ours takes.
constexpr int kFlood = 64 * 1024;

/// Blocked, and taken by sigwait or a signalfd: SIGUSR2.
constexpr int kTaken = 12;
constexpr int kTimerSignal = 35;  ///< SIGRTMIN + 1
/// What the outside party sends of them; not SIGALRM and SIGCHLD, which nobody
/// sends by hand.
constexpr int kSignals[] = {10, 12, 15, 29, 35};

enum class ObjectKind {
  pipe,     ///< ends: a is read, b is written
  sockets,  ///< a pair
  eventfd,
  timerfd,   ///< not armed
  signalfd,  ///< of SIGUSR2
  epoll,     ///< `watched`
  file,      ///< to be locked; no name
  word,      ///< a futex
  mutex,
  semaphore,  ///< sem_t
  condition,  ///< with its mutex
  barrier,    ///< of two
  sysv,       ///< a System V semaphore
  kCount
};

/// Of what is in memory.
enum class Place {
  own,     ///< each process has its own
  shared,  ///< MAP_SHARED | MAP_ANONYMOUS
  memfd,   ///< mapped, and closed
  named,   ///< semaphores: sem_open(3)
  kCount
};

/// Mutexes; of other objects 0 and 1 are variants: a seqpacket pair, an
/// eventfd that counts down by one, a file that each process opens by itself.
enum Flavour { kNormal, kRobust, kInherit, kRobustInherit };

/// What an act is done to: an end of an object, a process, a thread.
struct Target {
  enum Kind { none, object, process, thread } kind = none;
  int index = -1;
  int end = 0;  ///< 0: a, 1: b
  bool operator==(const Target&) const = default;
};

struct Object {
  ObjectKind kind = ObjectKind::pipe;
  Place place = Place::own;
  int flavour = 0;
  /// What the outside party has, too: bit 0 end a (of an object that has but
  /// one, that; of one in memory, its mapping), bit 1 end b.
  int outside = 0;
  std::vector<Target> watched;  ///< epoll
  bool operator==(const Object&) const = default;
};

enum class Act {
  rest,  ///< for `value` ms
  // Processes and threads.
  fork,
  clone_vm,  ///< a child that shares the memory
  vfork,     ///< the same, and waits until it ends
  start,     ///< a thread of this process
  join,
  wait,          ///< wait4; `value`: options, of any child without target
  waitid,        ///< likewise
  exit,          ///< the process
  leave,         ///< this thread alone
  parent_death,  ///< `value` is sent when the parent ends
  // Descriptors.
  read,  ///< a byte
  receive,
  drain,  ///< to the end of the file
  gulp,   ///< what a flood wrote
  write,
  flood,
  close,
  shutdown,
  poll,        ///< `set`, for `value` ms (-1: for ever)
  select,      ///< likewise
  epoll,       ///< likewise, with a new epoll set
  epoll_wait,  ///< of an object, likewise
  settime,     ///< of a timerfd, `value` ms
  send_file,   ///< `other` by the socket `target`
  receive_file,
  async,      ///< SIGIO to this process
  lock_file,  ///< flock; `value` 1: shared
  unlock_file,
  lock_record,  ///< fcntl; `value` 1: by the open file description
  unlock_record,
  // Memory.
  wait_word,  ///< FUTEX_WAIT, once; `value` ms or -1; `set`: FUTEX_WAITV
  wake_word,
  requeue,  ///< from `target` to `other`
  lock,     ///< `value` ms or -1
  unlock,
  down,  ///< `value` ms or -1
  up,
  await,  ///< pthread_cond_wait, once
  notify,
  meet,  ///< at a barrier
  down_sysv,
  up_sysv,
  // Signals. `value` is the signal.
  handle,  ///< and then: `then` to `target`, in the handler
  block,
  unblock,
  sigwait,
  pause,
  kill,         ///< `target` is a process
  alarm,        ///< setitimer, in `value` ms
  posix_timer,  ///< of SIGRTMIN + 1, in `value` ms
  stop,
  resume,
  kCount
};

struct Op {
  Act act = Act::rest;
  Target target, other;
  int value = 0;
  std::vector<Target> set;
  Act then = Act::rest;  ///< of `handle`; rest: nothing
  bool restart = false;  ///< of `handle`: SA_RESTART
  bool operator==(const Op&) const = default;
};

using Script = std::vector<Op>;

struct Process {
  int parent = -1;
  std::vector<Script> threads;  ///< one at least; the first is the main one
  bool operator==(const Process&) const = default;
};

/// What the outside party does by itself, so many ms after the start.
struct OutsideOp {
  int at = 0;
  Op op;
  bool operator==(const OutsideOp&) const = default;
};

struct Program {
  std::vector<Object> objects;
  std::vector<Process> processes;  ///< parents before children
  std::vector<OutsideOp> outside;
  bool operator==(const Program&) const = default;

  /// Whether any script has such an op.
  [[nodiscard]] bool has(Act act) const;
};

inline int slot_of(int process, int thread) {
  return process * kMostThreads + thread;
}

const char* name_of(Act act);

/// For people, and for the command line: a line for each object, script and
/// op.
std::string to_text(const Program& program);
std::string to_text(const Op& op);
/// Nothing if it is not such a text.
std::optional<Program> parse(const std::string& text);

}  // namespace poolbugs::generated
