// Futexes: which word, who could wake it, and whether it is a lock whose owner
// is known. Layouts are glibc's (sysdeps/nptl/bits/struct_mutex.h).
#include <algorithm>

#include "platform/system_calls_linux.hpp"
#include "platform/wait_calls_linux.hpp"
#include "platform/wait_text_linux.hpp"

namespace poolbugs::wait {
namespace {

constexpr std::uint32_t kLockedWithWaiters = 2;  ///< lowlevellock.h
constexpr std::uint32_t kMaxUsers = 1 << 16;
constexpr std::uint32_t kMaxTid = 1 << 22;  ///< PID_MAX_LIMIT

/// pthread_mutex_t beyond the futex word.
struct Mutex {
  std::uint32_t count, owner, users, kind;
};

Mutex mutex_at(const Futex& futex) {
  return {futex.words[1], futex.words[2], futex.words[3], futex.words[4]};
}

/// Kind: type, robust, priority flags and process-shared (pthreadP.h).
bool looks_like_mutex(const Futex& futex) {
  const Mutex mutex = mutex_at(futex);
  return futex.readable && mutex.owner > 0 && mutex.owner <= kMaxTid &&
         mutex.users >= 1 && mutex.users <= kMaxUsers &&
         mutex.count <= kMaxUsers && (mutex.kind & ~0x3ffU) == 0;
}

/// How a thread waits for a word.
struct Waiting {
  int operation = 0;
  bool process_private = false;
  std::uint32_t expected = 0;
  bool may_be_moved = false;  ///< to any word that is mapped (FUTEX_REQUEUE)
};

/// The owner's tid, or 0 if this is no lock that tells.
std::uint32_t owner_of(const Waiting& waiting, const Futex& futex) {
  const std::uint32_t word = futex.words[0];
  const bool pi =
      waiting.operation == FUTEX_LOCK_PI || waiting.operation == FUTEX_LOCK_PI2;
  if (!futex.readable) return 0;
  // The kernel's own format: the owner is in the word (futex(2)).
  if (pi) return word & FUTEX_TID_MASK;
  if (waiting.operation != FUTEX_WAIT || word != waiting.expected) return 0;
  const bool robust = (word & FUTEX_WAITERS) != 0 && looks_like_mutex(futex) &&
                      mutex_at(futex).owner == (word & FUTEX_TID_MASK);
  if (robust) return word & FUTEX_TID_MASK;
  return word == kLockedWithWaiters && looks_like_mutex(futex)
             ? mutex_at(futex).owner
             : 0;
}

void set_owner(Objects& objects, Object& object, int process,
               std::uint32_t owner) {
  object.kind = ObjectKind::mutex;
  if (owner == 0) return;
  object.owner_thread = object.shared ? objects.thread_anywhere(owner)
                                      : objects.thread_in(process, owner);
  if (object.owner_thread >= 0)
    object.owner = Owner::thread;
  else
    object.owner = object.shared ? Owner::gone : Owner::not_in_process;
}

/// pthread_join waits for the kernel to clear the thread's id, and not by a
/// private futex (pthread_join_common.c, LLL_SHARED).
bool looks_like_join(const Waiting& waiting, const Futex& futex) {
  return !waiting.process_private && !futex.shared && futex.readable &&
         (waiting.operation == FUTEX_WAIT_BITSET ||
          waiting.operation == FUTEX_WAIT) &&
         waiting.expected > 2 && waiting.expected <= kMaxTid &&
         futex.words[0] == waiting.expected;
}

void set_kind(Objects& objects, Object& object, int process,
              const Waiting& waiting, const Futex& futex) {
  if (const std::uint32_t owner = owner_of(waiting, futex); owner != 0)
    return set_owner(objects, object, process, owner);
  const int joined = looks_like_join(waiting, futex)
                         ? objects.thread_in(process, waiting.expected)
                         : -1;
  if (joined >= 0) {
    object.kind = ObjectKind::thread;
    object.owner_thread = joined;
    object.owner = Owner::thread;
    return;
  }
  const bool low_level = waiting.operation == FUTEX_WAIT && futex.readable &&
                         waiting.expected == kLockedWithWaiters &&
                         futex.words[0] == kLockedWithWaiters;
  if (low_level && object.kind == ObjectKind::futex)
    object.kind = ObjectKind::lock;
}

/// The object that the parent has is a lock that is taken.
bool is_taken_in_parent(const Futex& futex) {
  const std::uint32_t theirs = futex.parent_words[0];
  // A semaphore has no more than its value; a low-level lock is 1 or 2; the
  // guard of a static variable is 1 when that is made (libstdc++'s guard.cc).
  const std::uint32_t own = futex.words[0];
  if (own == 0) return theirs == 0;
  return own > kLockedWithWaiters ? theirs > 1 : theirs == 1 || theirs == 2;
}

/// `owner`: 0 if the lock does not tell.
AtFork who_held_it(const Objects& objects, int process, std::uint32_t owner,
                   const Futex& futex) {
  const Facts& facts = objects.facts();
  const ProcessFacts& child =
      facts.processes[static_cast<std::size_t>(process)];
  const int origin = child.forked ? objects.process_of(child.parent) : -1;
  if (origin < 0) return AtFork::not_known;
  const ProcessFacts& parent =
      facts.processes[static_cast<std::size_t>(origin)];
  std::vector<const ThreadFacts*> older;
  for (const ThreadFacts& thread : parent.threads)
    if (is_older(thread, child)) older.push_back(&thread);
  // With one thread alone it must have been that one, unless it ended since.
  long forker = child.forker;
  if (forker == 0 && parent.threads.size() == 1 && older.size() == 1)
    forker = older.front()->id;
  if (owner != 0) {
    // Ids grow: a greater one is of a thread that it started itself.
    if (objects.thread_in(process, owner) >= 0 ||
        static_cast<long>(owner) > child.inner_id)
      return AtFork::not_known;
    for (const ThreadFacts* thread : older)
      if (thread->id == forker)
        return thread->inner_id == static_cast<long>(owner)
                   ? AtFork::forking_thread
                   : AtFork::other_thread;
    return AtFork::not_known;
  }
  if (futex.in_parent == Sameness::other) return AtFork::nobody;
  if (futex.in_parent != Sameness::same) return AtFork::not_known;
  // The parent has it, free again: who had it there has gone on since.
  if (!is_taken_in_parent(futex) || older.size() > 1)
    return AtFork::other_thread;
  return older.size() == 1 && older.front()->id == forker
             ? AtFork::forking_thread
             : AtFork::not_known;
}

/// Why somebody outside could wake a waiter of this word, or null.
const char* is_outside(Objects& objects, const Futex& futex) {
  if (objects.held_outside(FileKind::regular, futex.file) ||
      objects.in_flight())
    return "waits for a futex that others may reach";
  if (objects.facts().around.own_namespaces) return nullptr;
  if (futex.path.starts_with("/SYSV"))
    return "waits for a futex in System V shared memory";
  if (futex.nameless) return nullptr;
  if (!is_made_up(futex.path))
    return "waits for a futex in a file that others may open";
  objects.unless("somebody outside opens a semaphore of CPython by name");
  return nullptr;
}

/// Adds to `wakers` those who could wake a waiter that was moved to another
/// futex, by one who maps the word. False: so could somebody outside.
bool add_requeued(const Objects& objects, std::vector<int>& wakers) {
  std::vector<int> all = wakers;
  for (const int process : wakers)
    for (const FileId& file : objects.facts()
                                  .processes[static_cast<std::size_t>(process)]
                                  .requeue_maps) {
      if (objects.held_outside(FileKind::regular, file)) return false;
      add_all(objects.reach(file), all);
    }
  std::sort(all.begin(), all.end());
  wakers = std::move(all);
  return true;
}

Waits model_word(Objects& objects, int process, const Waiting& waiting,
                 const Futex& futex) {
  if (!futex.mapped) return Error{"waits for a futex that is not mapped"};
  const bool shared = futex.shared && !waiting.process_private;
  if (shared)
    if (const char* why = is_outside(objects, futex)) return Error{why};
  const int index = objects.futex(process, futex, waiting.process_private);
  Object& object = objects.graph().objects[static_cast<std::size_t>(index)];
  set_kind(objects, object, process, waiting, futex);
  if (!shared && object.kind != ObjectKind::thread)
    object.at_fork =
        who_held_it(objects, process, owner_of(waiting, futex), futex);
  Wait wait{index, Event::woken, {}, {}, false};
  // Where it has a name, whoever moves may open it.
  wait.processes = !shared          ? objects.share_memory_with(process)
                   : futex.nameless ? objects.reach(futex.file)
                                    : objects.all_processes();
  if (waiting.may_be_moved && !add_requeued(objects, wait.processes))
    return Error{"waits for a futex, or another that others may reach"};
  if (object.kind == ObjectKind::mutex || object.kind == ObjectKind::lock)
    wait.event = Event::unlocked;
  if (object.kind == ObjectKind::thread) wait.event = Event::ended;
  wait.certain = object.owner != Owner::unknown;
  return std::vector<Wait>{wait};
}

}  // namespace

Waits model_futex(Objects& objects, const ThreadFacts& facts, int process) {
  if (!facts.futexes_known || facts.futexes.empty())
    return Error{"waits for a futex that is not known"};
  const bool several = facts.call != SYS_futex;
  Waiting waiting;
  if (!several) {
    const auto operation = static_cast<int>(facts.arguments[1]);
    waiting.operation = operation & FUTEX_CMD_MASK;
    waiting.process_private = (operation & FUTEX_PRIVATE_FLAG) != 0;
    waiting.expected = static_cast<std::uint32_t>(facts.arguments[2]);
    waiting.may_be_moved =
        may_be_requeued_anywhere(facts.call, facts.arguments.data());
    constexpr int kWaits[] = {FUTEX_WAIT, FUTEX_WAIT_BITSET, FUTEX_LOCK_PI,
                              FUTEX_LOCK_PI2, FUTEX_WAIT_REQUEUE_PI};
    if (std::find(std::begin(kWaits), std::end(kWaits), waiting.operation) ==
        std::end(kWaits))
      return Error{"is in futex, but does not wait there"};
  }
  std::vector<Wait> all;
  for (const Futex& futex : facts.futexes) {
    if (several) {
      // FUTEX_PRIVATE_FLAG of each word is in `futex`.
      waiting.operation = FUTEX_WAIT_BITSET;
      waiting.process_private = futex.process_private;
      waiting.expected = 0;
    }
    auto waits = model_word(objects, process, waiting, futex);
    if (!waits) return waits;
    all.insert(all.end(), waits->begin(), waits->end());
  }
  return all;
}

}  // namespace poolbugs::wait
