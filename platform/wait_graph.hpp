// Who waits for whom, and who can never move again: pure functions from the
// facts of a tree (wait_facts.hpp) to a graph, and from the graph to a verdict.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "platform/wait_facts.hpp"

namespace poolbugs::wait {

enum class ObjectKind {
  pipe,
  socket,    ///< a connected pair
  listener,  ///< a socket that waits for connections
  mutex,     ///< a futex that looks like a mutex; `owner` may be known
  lock,      ///< a futex in the state of a contended low-level lock; no owner
  futex,     ///< any other: condition, semaphore, latch, future …
  thread,    ///< its end, waited for by pthread_join
  child,     ///< the end of a process
  eventfd,
  timer,  ///< a timerfd that is not armed
  signal,
  file_lock,
  semaphore,      ///< System V
  message_queue,  ///< System V or POSIX
};

/// What would end a wait.
enum class Event { readable, writable, unlocked, woken, ended };

/// Of a lock, as far as its memory or fdinfo tells.
enum class Owner {
  unknown,
  thread,          ///< `owner_thread`
  process,         ///< one of `owner_processes` (file locks)
  not_in_process,  ///< private lock; its owner's id is no thread of the process
  gone,            ///< shared lock; its owner's id is no thread of the tree
};

enum class AtFork {
  not_known,
  other_thread,    ///< a thread of the parent that was not copied
  forking_thread,  ///< the thread that called fork
  nobody,          ///< it did not exist then
};

struct Object {
  ObjectKind kind = ObjectKind::futex;
  bool shared = false;  ///< futexes: between processes
  std::string path;     ///< file locks, named or mapped files; may be empty
  std::vector<int> readers, writers;  ///< processes that hold such an end
  Owner owner = Owner::unknown;
  int owner_thread = -1;             ///< index into Graph::threads
  std::vector<int> owner_processes;  ///< indices into Graph::processes
  int process = -1;  ///< child; of a private futex, whose memory it is in
  /// Of a private lock that a forked process waits for: who held it when it was
  /// forked.
  AtFork at_fork = AtFork::not_known;
  /// Of a pipe: writers that got its end by chance, with others they know of.
  std::vector<int> stray_writers;
};

/// One of the things that would let a thread go on; any one suffices.
struct Wait {
  int object = -1;
  Event event = Event::woken;
  std::vector<int> processes;  ///< any thread of these could cause it
  std::vector<int> threads;    ///< so could these
  /// They are known holders (of an end, of the lock) and not just all who
  /// could reach the object.
  bool certain = false;
  /// Of an object of kind `signal`: that are waited for although nobody
  /// catches them (sigwait, signalfd).
  std::uint64_t signals = 0;
};

/// What signals could do to a thread. A handler may do whatever its process
/// could do, and ends the wait of the thread that it interrupts.
struct Signals {
  /// That anybody outside may send, its process catches and it does not block,
  /// or that it waits for; bit N - 1 is signal N.
  std::uint64_t outside = 0;
  /// The same, but nobody outside has a reason to (is_exempt() on Linux): those
  /// of the tree that move by themselves may send them.
  std::uint64_t members = 0;
  /// Its call fails with EINTR when it is stopped and continued (signal(7)), or
  /// tells of a child that is.
  bool stop = false;
  /// A stop may cut short what it writes (pipe(7): more than PIPE_BUF bytes).
  /// Who wants to write it all goes on with the rest, so that counts for
  /// nothing.
  bool cut = false;
  /// SIGINT is not in `outside` because CPython's own handler is all it runs.
  bool interrupt_exempt = false;
  /// Processes that send it, as they move, what it catches: children, whose end
  /// is told by SIGCHLD; its own, whose threads cancel each other.
  std::vector<int> senders;
};

/// What a thread may do by itself.
enum class Motion {
  free,     ///< runs, has a time-out, waits for the outside, is not modelled
  poller,   ///< comes round again and again, and has done nothing else; or
            ///< `spins`
  stopped,  ///< by a signal; SIGCONT may come
  blocked,  ///< moves only if one of `waits` happens
};

struct Thread {
  int process = -1;  ///< index into Graph::processes
  int number = 1;    ///< in its process, 1 is the first
  long id = 0;
  Motion motion = Motion::free;
  std::string why;   ///< of a free one, a phrase: "waits with a time-out"
  std::string call;  ///< system call by name, "" outside of one
  std::uint64_t pc = 0;
  bool spins = false;  ///< a poller that does not sleep in between
  std::vector<Wait> waits;
  Signals signals;
};

struct Process {
  std::string role;  ///< "parent", "worker 1", "worker 1.1", "orphan 1"
  std::string name;  ///< comm
  long id = 0;
  int parent = -1;  ///< index, -1 for the root and orphans
  bool forked = false;
  bool zombie = false;
};

struct Graph {
  std::vector<Process> processes;
  std::vector<Thread> threads;
  std::vector<Object> objects;
  /// What had to be believed, each a phrase after "unless": "an alarm is
  /// pending", "somebody opens /dev/shm/x". Empty in a proof.
  std::vector<std::string> unless;
  /// A free thread here can wake anybody: it may hold what was not seen.
  bool unseen = false;
  /// Nobody outside sends the tree signals, stops it or lets it go on: known,
  /// or to be assumed.
  bool no_signals = false;
  std::string disturbed;  ///< as Facts::disturbed
};

/// `pollers` and `spinners` count as Motion::poller.
Graph build_graph(const Facts& facts, const Pollers& pollers = {},
                  const Pollers& spinners = {});

enum class Proof {
  none,         ///< somebody may move, or nothing can be said
  but_pollers,  ///< nobody, if the pollers wake nobody
  conditional,  ///< nobody, unless one of Graph::unless
  but_signals,  ///< nobody by itself: only a signal from outside that somebody
                ///< handles, or a stop and going on, would change that
  whole,        ///< nobody, ever
};

/// What may become of a thread.
enum class Outlook {
  never,           ///< it can never run again, whatever handlers run
  only_by_signal,  ///< never by itself: what lets it go on begins with a signal
  may_move,
};

struct Verdict {
  Proof proof = Proof::none;
  /// Of each thread. Pollers wake nobody, unless somebody else is free.
  std::vector<Outlook> outlook;
  /// Threads that wait and do not move by themselves, sorted: `never` and
  /// `only_by_signal`.
  std::vector<int> stuck;
  /// Those of them that a signal could interrupt, but that wait, in turn and
  /// by certain edges, for the end or the end of file of processes of which
  /// no thread can ever run again; sorted. A shell with a trap, around a
  /// program that is stuck.
  std::vector<int> wrappers;
  /// `whole` rests on Graph::no_signals; otherwise it would be `but_signals`.
  bool rests_on_no_signals = false;
  std::string why_not;  ///< for `none`, a phrase
};

/// The may-progress fixpoint: starts from the free threads and goes along the
/// wakers; once as it is, and once with every handler free. Adding a free
/// thread, a signal or a waker never makes a proof appear.
///
/// `whole`: nobody moves by himself, and every thread can never run again or is
/// one of `wrappers`. Whatever handlers run, the others never run again, and
/// the wrappers could only give them up or kill them; the premise is that the
/// handler of a process that only waits for dead children does no work of its
/// own.
Verdict decide(const Graph& graph);

}  // namespace poolbugs::wait
