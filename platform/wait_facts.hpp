// What the kernel says of a process tree at one instant at which every thread
// of it slept: plain facts, read without stopping anybody (wait_reader.hpp).
// What follows from them is in wait_graph.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace poolbugs::wait {

/// Threads that come round by themselves again and again: they need not sleep
/// through both readings. Pairs of process and thread.
using Pollers = std::set<std::pair<long, long>>;

/// A file behind a descriptor or a mapping. Anonymous inodes (eventfd, epoll,
/// timerfd …) share one inode; theirs is the number that fdinfo gives, or 0.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  auto operator<=>(const FileId&) const = default;
};

enum class FileKind {
  pipe,  ///< anonymous
  fifo,  ///< a pipe with a name
  socket,
  eventfd,
  timerfd,
  signalfd,
  pidfd,
  epoll,
  message_queue,  ///< POSIX
  regular,
  directory,
  io_uring,  ///< the kernel itself may write into other descriptors
  other,     ///< terminals, devices, inotify …
};

/// A lock on a file, as the holder's fdinfo shows it.
struct FileLock {
  enum class Kind { flock, posix, open_file } kind = Kind::flock;
  bool write = false;
  std::uint64_t first = 0, last = 0;  ///< bytes; `last` all ones: to the end
};

/// One entry of an epoll set.
struct EpollEntry {
  int descriptor = -1;       ///< in the table of its process; see `sure`
  std::uint32_t events = 0;  ///< EPOLL*
  bool sure = false;         ///< kcmp(2) says that it is still this file
};

struct Descriptor {
  int number = -1;
  FileKind kind = FileKind::other;
  FileId file;
  bool reads = false, writes = false;
  bool nonblocking = false;  ///< O_NONBLOCK, also if it was set meanwhile
  bool signals = false;  ///< O_ASYNC, or an owner is set: I/O sends a signal
  std::string path;      ///< as the link in /proc/PID/fd says

  /// Sockets. `anonymous_pair`: AF_UNIX stream or seqpacket, connected, neither
  /// end has a name, and the peer is known; anything else may hear from
  /// outside.
  bool anonymous_pair = false;
  std::uint64_t peer = 0;  ///< inode
  /// A listening AF_UNIX socket, bound in a file system that is mounted in the
  /// tree's namespace and not in ours.
  bool listens_inside = false;
  /// Likewise, at a name that CPython's multiprocessing made up for itself.
  bool listens_privately = false;
  bool passes_descriptors = true;   ///< AF_UNIX, or not known
  bool in_flight = false;           ///< descriptors under way (scm_fds)
  bool receive_timed = true;        ///< SO_RCVTIMEO set, or not known
  bool send_timed = true;           ///< SO_SNDTIMEO
  bool armed = true;                ///< timerfd; true if not known
  std::uint64_t awaited = 0;        ///< signalfd: a set of signals
  long target = 0;                  ///< pidfd: process, -1 dead, 0 unknown
  std::vector<EpollEntry> watched;  ///< epoll
  bool all_watched_known = false;   ///< epoll
  std::vector<FileLock> locks;
};

/// Whether the parent of a forked process has at an address what that one has.
enum class Sameness {
  not_known,
  same,   ///< both have an object there that was there when it was forked
  other,  ///< the parent has no such object
};

/// The memory behind a futex.
struct Futex {
  std::uint64_t address = 0;
  bool process_private = false;  ///< FUTEX_PRIVATE_FLAG (of futex_waitv)
  bool mapped = false;           ///< its mapping was found
  bool shared = false;           ///< mapped shared: `file`, `offset` name it
  FileId file;
  std::uint64_t offset = 0;  ///< of the word in the file
  std::string path;          ///< of the mapping; " (deleted)" at its end
  bool nameless = false;     ///< the file has no name by which to open it
  /// The word and what follows (0 where it cannot be read): in glibc's
  /// pthread_mutex_t lock, count, owner, users, kind
  /// (sysdeps/nptl/bits/struct_mutex.h).
  std::array<std::uint32_t, 6> words{};
  bool readable = false;
  /// Of a private one in a forked process: the same in its parent's memory, if
  /// there is the same object as far as can be told.
  std::array<std::uint32_t, 6> parent_words{};
  Sameness in_parent = Sameness::not_known;
};

struct PollEntry {
  int descriptor = -1;
  short events = 0;  ///< POLL*; of select: POLLIN, POLLOUT, POLLPRI
};

/// What fcntl(F_SETLKW) asks for. Only with SEEK_SET it is known.
struct LockRequest {
  bool known = false;
  FileLock lock;
};

struct ThreadFacts {
  long id = 0;
  long inner_id = 0;  ///< as its own pid namespace names it
  char state = '?';   ///< as in /proc/PID/stat
  /// Slept, in the same call, from before the instant until after it.
  bool asleep = false;
  /// Sleeps not where the call says (frozen, seccomp notifier, page fault …).
  bool elsewhere = false;
  long call = -1;  ///< number of the system call; -1 outside of one
  std::array<std::uint64_t, 6> arguments{};
  std::uint64_t pc = 0;           ///< program counter in user space
  std::uint64_t stack = 0;        ///< stack pointer in user space
  std::uint64_t start_ticks = 0;  ///< when it was born
  std::uint64_t switches = 0;
  std::uint64_t blocked = 0;  ///< signals it blocks; bit N - 1 is signal N
  long tracer = 0;            ///< a thread; look_around() asks
  std::string name;           ///< comm

  // Looked up for calls that need it.
  std::vector<Futex> futexes;     ///< futex, futex_waitv
  bool futexes_known = false;     ///< all of them, none timed
  std::vector<PollEntry> polled;  ///< poll, ppoll, select, pselect6
  bool polled_known = false;
  std::optional<LockRequest> lock;  ///< fcntl
  /// clone, clone3, vfork that wait for the child's exec or exit.
  bool vforks = false;
};

/// What SIGINT would do to a process that catches it.
enum class Interrupt {
  not_asked,  ///< read_facts() does not ask
  raises,     ///< CPython's own handler: raises KeyboardInterrupt, no more
  acts,       ///< anything else, or not known
};

struct ProcessFacts {
  long id = 0;
  long parent = 0;  ///< 0 or outside of the tree for the root and for orphans
  long inner_id = 0;
  std::uint64_t start_ticks = 0;
  std::string name;      ///< comm
  bool forked = false;   ///< and has not called exec since (PF_FORKNOEXEC)
  bool zombie = false;   ///< has no thread any more
  bool readable = true;  ///< false: we lack the rights; `threads` may be
  bool modelled = true;  ///< false: other ELF class or machine, qemu, own
                         ///< tables per thread: may do anything
  std::string why_not;   ///< for !readable and !modelled, a phrase
  bool timers = true;    ///< has POSIX timers, or that is not known
  /// Signals that it catches; bit N - 1 is signal N.
  std::uint64_t caught = 0;
  Interrupt interrupt = Interrupt::not_asked;
  /// The thread of the parent that forked it, if it still lives; 0: not known.
  long forker = 0;
  bool terminal = false;             ///< has a controlling one
  std::uint64_t ipc_space = 0;       ///< IPC namespace
  std::vector<ThreadFacts> threads;  ///< living ones, oldest first
  std::vector<Descriptor> descriptors;
  /// Files mapped shared: who can wake a futex in them.
  std::vector<FileId> shared_maps;
  /// Those of them that a waiter could have been moved to (FUTEX_REQUEUE):
  /// memory, and files that are mapped writable.
  std::vector<FileId> requeue_maps;
};

/// The thread was there when the process was forked.
inline bool is_older(const ThreadFacts& thread, const ProcessFacts& than) {
  return thread.start_ticks < than.start_ticks ||
         (thread.start_ticks == than.start_ticks && thread.id < than.id);
}

/// Who else there is.
struct Surroundings {
  /// We started the tree, and what we handed down is in `handed_down`.
  bool ours = false;
  /// The tree has its own pid, mount and IPC namespaces, nobody else is in
  /// them, and nobody knows its processes (sandbox `full`).
  bool own_namespaces = false;
  /// Nobody outside sends its processes signals, stops them or lets them go on.
  bool no_signals = false;
  /// Files (pipes, sockets, eventfds by their id …) that somebody outside of
  /// the tree holds or maps, as far as could be seen, and those handed down.
  std::vector<FileId> held_outside;
  std::vector<std::uint64_t> eventfds_outside;
  /// The same of epoll sets and timers, which have no id: as device the process
  /// that has it, as inode the number of its descriptor.
  std::vector<FileId> anonymous_outside;
  /// Some AF_UNIX socket outside of the tree holds what nobody has read yet:
  /// the tree may have sent descriptors there, which no process has now.
  bool sockets_hold = true;
  /// Somebody who may not be read, or cannot be seen, may have an AF_UNIX
  /// socket by which the tree could have sent him a descriptor.
  bool strange_sockets = true;
  /// Every process of the machine was seen and could be read.
  bool saw_everybody = false;
  int unreadable = 0;  ///< processes outside that may not be read
  /// A process outside is traced by one of the tree.
  bool traces_outside = false;
  enum class Alarm { none, pending_somewhere, unknown };
  Alarm alarm = Alarm::unknown;  ///< ITIMER_REAL, anywhere on the machine
  /// The kernel may signal an eventfd for a control group (version 1).
  bool group_events = true;
};

constexpr std::uint64_t signal_bit(int signal) {
  return std::uint64_t{1} << (signal - 1);
}

struct Facts {
  long root = 0;  ///< the first process of the tree, oldest
  /// By birth, or as numbered_by_deed() has it; parents before children.
  std::vector<ProcessFacts> processes;
  Surroundings around;
  /// Empty if the two readings agree: there was an instant at which every
  /// thread with `asleep` slept. Otherwise why not, a phrase.
  std::string disturbed;
};

/// Ctrl-C may come.
inline bool has_terminal(const Facts& facts) {
  return std::ranges::any_of(facts.processes, &ProcessFacts::terminal);
}

}  // namespace poolbugs::wait
