// What a forked process has of its parent: who forked it, and whether a lock
// that it waits for was there already.
//
// Who forked it. Only the thread that calls fork goes on in the child, with the
// same memory; so its list of robust mutexes, which lies in its descriptor, is
// registered there at the same address (glibc's __fork and _Fork call
// set_robust_list(2) for it: sysdeps/nptl/fork.c, _Fork.c). If the thread of
// the parent with this list is younger than the child, the one that forked has
// ended and this one has its stack.
//
// Whether a lock was there. Of what malloc gave both it knows the size, in the
// word before (malloc.c, struct malloc_chunk); where the parent has another
// there, the child made its lock after it was forked. What lies on the stack is
// a waiter, not the lock (Python/parking_lot.c of CPython). Where the parent
// has zeros, a semaphore that is taken or anything else, it is a lock if both
// have the same object that refers to it, as CPython's lock objects do
// (Modules/_threadmodule.c): the functions that wait have that at hand, so it
// is among what their stack refers to.
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>

#include "platform/wait_reading_linux.hpp"

namespace poolbugs::wait {
namespace {

constexpr std::uint64_t kMostStack = std::uint64_t{8} << 20;

/// 0: none, or not ours to know.
std::uint64_t robust_list_of(long thread) {
  void* head = nullptr;
  std::size_t size = 0;
  return ::syscall(SYS_get_robust_list, thread, &head, &size) == 0
             ? std::bit_cast<std::uint64_t>(head)
             : 0;
}

long forker_of(const ProcessReading& child, const ProcessReading& parent) {
  const std::uint64_t list = robust_list_of(child.facts.id);
  if (list == 0) return 0;
  for (const ThreadReading& thread : parent.threads) {
    if (robust_list_of(thread.facts.id) != list) continue;
    return is_older(thread.facts, child.facts) ? thread.facts.id : 0;
  }
  return 0;
}

/// How much could be read.
std::size_t read_at(long process, std::uint64_t address, void* into,
                    std::size_t size) {
  iovec ours{into, size};
  iovec theirs{std::bit_cast<void*>(address), size};
  const ssize_t got =
      ::process_vm_readv(static_cast<pid_t>(process), &ours, 1, &theirs, 1, 0);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

/// The word before a futex, and what follows.
struct Neighbourhood {
  std::uint64_t before = 0;
  std::array<std::uint32_t, 6> words{};
};
static_assert(sizeof(Neighbourhood) == 8 + 24);

bool read_at(long process, std::uint64_t address, Neighbourhood& into) {
  return read_at(process, address - 8, &into, sizeof into) == sizeof into;
}

/// Without its flags: whether the piece before is in use may change.
std::uint64_t size_of(const Neighbourhood& one) {
  constexpr std::uint64_t kFlags = 7;
  return one.before & ~kFlags;
}

/// Not a piece of memory that malloc has back, of which the first words are its
/// own: a semaphore has its value, those who wait, and how it is shared (struct
/// new_sem in sysdeps/nptl/internaltypes.h).
bool is_alike(const Neighbourhood& own, const Neighbourhood& theirs) {
  constexpr std::uint32_t kMost = 1 << 16;
  return theirs.words[0] < kMost && theirs.words[1] < kMost &&
         theirs.words[2] == own.words[2] && theirs.words[3] == own.words[3];
}

/// What may be the first words of an object.
using Words = std::array<std::uint64_t, 6>;

/// Both have the same object there, and it refers to the futex.
bool refer_to(const Words& own, const Words& theirs, std::uint64_t futex) {
  bool refers = false, alike = false;
  for (std::size_t i = 0; i < own.size(); ++i) {
    if (own[i] != theirs[i] || own[i] == 0) continue;
    (own[i] == futex ? refers : alike) = true;
  }
  return refers && alike;
}

/// Something that the waiter's stack refers to refers to its futex, and the
/// parent has it, too. On the stack itself may be what was left there.
bool is_referred_to_in_both(const ProcessReading& child,
                            const ProcessReading& parent,
                            const ThreadFacts& thread, std::uint64_t futex) {
  constexpr std::uint64_t kLowest = 0x10000, kHighest = std::uint64_t{1} << 47;
  std::array<std::uint64_t, 512> stack{};
  const std::size_t words =
      read_at(child.speaker, thread.stack, stack.data(), sizeof stack) /
      sizeof stack[0];
  std::set<std::uint64_t> seen;
  for (std::size_t i = 0; i < words; ++i) {
    const std::uint64_t address = stack[i];
    const bool on_stack = address > thread.stack - kMostStack &&
                          address < thread.stack + kMostStack;
    if (address % 8 != 0 || address < kLowest || address >= kHighest ||
        on_stack || !seen.insert(address).second)
      continue;
    Words own{}, theirs{};
    if (read_at(child.speaker, address, own.data(), sizeof own) == sizeof own &&
        std::ranges::find(own, futex) != own.end() &&
        read_at(parent.speaker, address, theirs.data(), sizeof theirs) ==
            sizeof theirs &&
        refer_to(own, theirs, futex))
      return true;
  }
  return false;
}

void compare(const ProcessReading& child, const ThreadFacts& thread,
             const ProcessReading& parent, Futex& futex) {
  const bool on_stack = futex.address >= thread.stack &&
                        futex.address - thread.stack < kMostStack;
  if (futex.shared || !futex.mapped || on_stack) return;
  Neighbourhood own, theirs;
  if (!read_at(child.speaker, futex.address, own)) return;
  const bool there = read_at(parent.speaker, futex.address, theirs);
  const bool in_file = futex.path.starts_with('/');
  const bool same_size = size_of(own) != 0 && size_of(own) == size_of(theirs);
  const bool zeros = theirs.words[0] == 0 && theirs.words[1] == 0;
  if (there &&
      (in_file || (same_size && is_alike(own, theirs) &&
                   (!zeros || is_referred_to_in_both(child, parent, thread,
                                                     futex.address))))) {
    futex.in_parent = Sameness::same;
    futex.parent_words = theirs.words;
  } else if (futex.path == "[heap]" && !same_size) {
    futex.in_parent = Sameness::other;
  }
}

}  // namespace

void read_parents(std::vector<ProcessReading*>& tree) {
  std::map<long, const ProcessReading*> by_id;
  for (const ProcessReading* process : tree) by_id[process->facts.id] = process;
  for (ProcessReading* process : tree) {
    const auto parent = by_id.find(process->facts.parent);
    const bool waits =
        std::ranges::any_of(process->threads, [](const ThreadReading& thread) {
          return !thread.facts.futexes.empty();
        });
    if (!process->facts.forked || !waits || parent == by_id.end() ||
        !is_open(*process) || !is_open(*parent->second))
      continue;
    process->facts.forker = forker_of(*process, *parent->second);
    for (ThreadReading& thread : process->threads)
      for (Futex& futex : thread.facts.futexes)
        compare(*process, thread.facts, *parent->second, futex);
  }
}

}  // namespace poolbugs::wait
