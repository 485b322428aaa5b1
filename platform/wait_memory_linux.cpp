// What the system calls of a thread refer to in its memory, read with
// process_vm_readv(2), and what is mapped shared.
#include <fcntl.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <sched.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>

#include "platform/system_calls_linux.hpp"
#include "platform/wait_names_linux.hpp"
#include "platform/wait_place_linux.hpp"
#include "platform/wait_reading_linux.hpp"

namespace poolbugs::wait {
namespace {

constexpr std::uint64_t kMostPolled = 4096;     ///< entries
constexpr std::uint64_t kMostSelected = 65536;  ///< descriptors
constexpr std::uint64_t kMostFutexes = 128;     ///< FUTEX_WAITV_MAX

// uapi/linux/futex.h of 5.16.
struct WaitVector {
  std::uint64_t value, address;
  std::uint32_t flags, reserved;
};
constexpr std::uint32_t kFutex32 = 2;

class ThreadMemory {
 public:
  ThreadMemory(const ProcessReading& process, ThreadReading& thread)
      : process_(process.speaker),
        thread_(thread.facts),
        arguments_(thread.facts.arguments) {}

  void read_call() {
    switch (thread_.call) {
      case SYS_futex:
        read_futex();
        break;
      case SYS_futex_waitv:
        read_futex_vector();
        break;
#ifdef SYS_poll
      case SYS_poll:
#endif
      case SYS_ppoll:
        read_poll();
        break;
#ifdef SYS_select
      case SYS_select:
#endif
      case SYS_pselect6:
        read_select();
        break;
      case SYS_fcntl:
        read_lock();
        break;
      default:
        break;
    }
  }

  /// Whether it makes a child and waits until it lets go of our memory.
  bool is_vfork() {
    std::uint64_t flags = 0;
    switch (thread_.call) {
#ifdef SYS_vfork
      case SYS_vfork:
        return true;
#endif
      case SYS_clone:
        return vforks(arguments_[0]);
      case SYS_clone3:  // struct clone_args begins with them, clone(2)
        return read(arguments_[0], &flags, sizeof flags) && vforks(flags);
      default:
        return false;
    }
  }

  /// The program counter is just behind the instruction for 64-bit calls:
  /// `int 0x80` would make the number another call's.
  bool calls_as_we_do() {
#if defined(__x86_64__)
    constexpr std::array<unsigned char, 2> kCall{0x0f, 0x05};  // syscall
#else
    constexpr std::array<unsigned char, 4> kCall{0x01, 0, 0, 0xd4};  // svc #0
#endif
    auto code = kCall;
    return read(thread_.pc - code.size(), code.data(), code.size()) &&
           code == kCall;
  }

 private:
  /// The child is our own, not our parent's.
  static bool vforks(std::uint64_t flags) {
    return (flags & CLONE_VFORK) != 0 && (flags & CLONE_PARENT) == 0;
  }

  bool read(std::uint64_t address, void* into, std::size_t size) {
    iovec ours{into, size};
    iovec theirs{std::bit_cast<void*>(address), size};
    return ::process_vm_readv(static_cast<pid_t>(process_), &ours, 1, &theirs,
                              1, 0) == static_cast<ssize_t>(size);
  }

  void add_futex(std::uint64_t address) {
    Futex futex;
    futex.address = address;
    const std::size_t whole = sizeof futex.words;
    futex.readable = read(address, futex.words.data(), whole);
    if (!futex.readable) {
      futex.words = {};
      futex.readable = read(address, futex.words.data(), 4);
    }
    thread_.futexes.push_back(std::move(futex));
  }

  void read_futex() {
    switch (arguments_[1] & FUTEX_CMD_MASK) {
      case FUTEX_WAIT:
      case FUTEX_WAIT_BITSET:
      case FUTEX_LOCK_PI:
      case FUTEX_LOCK_PI2:
        add_futex(arguments_[0]);
        thread_.futexes_known = true;
        break;
      case FUTEX_WAIT_REQUEUE_PI:  // and on the second, once requeued
        add_futex(arguments_[0]);
        add_futex(arguments_[4]);
        thread_.futexes_known = true;
        break;
      default:  // wakes, and does not wait
        break;
    }
  }

  void read_futex_vector() {
    const std::uint64_t count = arguments_[1];
    if (count == 0 || count > kMostFutexes) return;
    std::vector<WaitVector> vector(count);
    if (!read(arguments_[0], vector.data(), count * sizeof vector[0])) return;
    thread_.futexes_known = arguments_[3] == 0;
    for (const WaitVector& one : vector) {
      add_futex(one.address);
      if ((one.flags & ~std::uint32_t{FUTEX_PRIVATE_FLAG}) != kFutex32)
        thread_.futexes_known = false;
    }
  }

  void read_poll() {
    const std::uint64_t count = arguments_[1];
    if (count > kMostPolled) return;
    std::vector<pollfd> entries(count);
    if (count != 0 &&
        !read(arguments_[0], entries.data(), count * sizeof entries[0]))
      return;
    thread_.polled_known = true;
    for (const pollfd& entry : entries)
      if (entry.fd >= 0) thread_.polled.push_back({entry.fd, entry.events});
  }

  void read_select() {
    const auto count = static_cast<std::uint64_t>(
        std::max(0, static_cast<int>(arguments_[0])));
    if (count > kMostSelected) return;
    using Word = unsigned long;
    constexpr std::uint64_t kBits = sizeof(Word) * 8;
    constexpr std::array<short, 3> kEvents{POLLIN, POLLOUT, POLLPRI};
    std::vector<short> events(count, 0);
    std::vector<Word> words((count + kBits - 1) / kBits);
    for (std::size_t set = 0; set < kEvents.size(); ++set) {
      const std::uint64_t address = arguments_[set + 1];
      if (address == 0 || count == 0) continue;
      if (!read(address, words.data(), words.size() * sizeof(Word))) return;
      for (std::uint64_t i = 0; i < count; ++i)
        if ((words[i / kBits] >> (i % kBits) & 1) != 0)
          events[i] = static_cast<short>(events[i] | kEvents[set]);
    }
    thread_.polled_known = true;
    for (std::uint64_t i = 0; i < count; ++i)
      if (events[i] != 0)
        thread_.polled.push_back({static_cast<int>(i), events[i]});
  }

  void read_lock() {
    const auto command = static_cast<int>(arguments_[1]);
    if (command != F_SETLKW && command != F_OFD_SETLKW) return;
    thread_.lock.emplace();
    struct flock wanted {};
    if (!read(arguments_[2], &wanted, sizeof wanted)) return;
    FileLock& lock = thread_.lock->lock;
    lock.kind =
        command == F_SETLKW ? FileLock::Kind::posix : FileLock::Kind::open_file;
    lock.write = wanted.l_type == F_WRLCK;
    // Bounds: fcntl(2), "Advisory record locking".
    const bool back = wanted.l_len < 0;
    const auto start = static_cast<std::uint64_t>(wanted.l_start);
    const auto length = static_cast<std::uint64_t>(wanted.l_len);
    lock.first = back ? start + length : start;
    lock.last = wanted.l_len == 0 ? std::numeric_limits<std::uint64_t>::max()
                                  : (back ? start : start + length) - 1;
    thread_.lock->known = wanted.l_whence == SEEK_SET &&
                          (lock.write || wanted.l_type == F_RDLCK) &&
                          wanted.l_start >= 0 && lock.first <= lock.last;
  }

  long process_;
  ThreadFacts& thread_;
  const std::array<std::uint64_t, 6>& arguments_;
};

bool has_living_child(const ProcessReading& process,
                      const std::vector<ProcessReading*>& tree) {
  return std::ranges::any_of(tree, [&](const ProcessReading* other) {
    return other->facts.parent == process.facts.id && !other->facts.zombie;
  });
}

void read_thread_memory(FileReader& files, const UniqueFd& tasks,
                        ProcessReading& process, ThreadReading& thread,
                        bool has_child, std::uint64_t& good_pc) {
  ThreadFacts& facts = thread.facts;
  ThreadMemory memory(process, thread);
  const std::string place = read_place(files, tasks.get(), facts.id);
  facts.vforks = facts.state == 'D' && has_child && waits_for_vfork(place) &&
                 memory.is_vfork();
  facts.elsewhere =
      (facts.state != 'S' && !facts.vforks) ||
      (place.empty() ? may_be_notified(files, tasks.get(), facts.id)
                     : is_elsewhere(place));
  if (facts.call < 0) return;
  if (facts.pc != good_pc) {
    if (memory.calls_as_we_do())
      good_pc = facts.pc;
    else
      facts.elsewhere = true;
  }
  memory.read_call();
}

/// What a program's file has as zeros lies behind what it has as bytes (.bss).
std::string_view image_before(const std::vector<Mapping>& mappings,
                              const Mapping& one) {
  const Mapping* before = find_mapping(mappings, one.first - 1);
  return before != nullptr && before->path.starts_with('/') ? before->path : "";
}

void place_futexes(const std::vector<Mapping>& mappings,
                   ProcessReading& process, bool& any_shared) {
  for (ThreadReading& thread : process.threads)
    for (Futex& futex : thread.facts.futexes) {
      const Mapping* where = find_mapping(mappings, futex.address);
      if (where == nullptr) continue;
      // What was not written to is not copied: a futex in it may be the file's
      // (get_futex_key() in kernel/futex/core.c), whatever the rights of the
      // mapping are now. Not modelled.
      if (!where->shared && where->file.inode != 0 &&
          (!where->writable ||
           may_be_requeued_anywhere(thread.facts.call,
                                    thread.facts.arguments.data())))
        continue;
      futex.mapped = true;
      futex.shared = where->shared;
      futex.path =
          where->path.empty() ? image_before(mappings, *where) : where->path;
      if (!where->shared) continue;
      any_shared = true;
      futex.file = where->file;
      futex.offset = where->offset + (futex.address - where->first);
    }
}

/// Not a file on a disk, which is mapped read-only by many (locales, caches).
bool is_memory(std::string_view path) {
  return path.empty() || path.ends_with(" (deleted)") ||
         path.starts_with("/dev/shm/") || path.starts_with("/SYSV");
}

void read_mappings(FileReader& files, ProcessReading& process,
                   bool& any_shared) {
  const auto mappings =
      parse_maps(files.read(AT_FDCWD, process.path("maps").c_str(), true));
  if (files.error() != 0 || mappings.empty()) {
    process.not_readable("its mappings may not be read");
    return;
  }
  place_futexes(mappings, process, any_shared);
  for (const Mapping& one : mappings) {
    if (one.shared) process.facts.shared_maps.push_back(one.file);
    if (one.shared && (one.writable || is_memory(one.path)))
      process.facts.requeue_maps.push_back(one.file);
  }
  for (auto* maps : {&process.facts.shared_maps, &process.facts.requeue_maps}) {
    std::sort(maps->begin(), maps->end());
    maps->erase(std::unique(maps->begin(), maps->end()), maps->end());
  }
  // Whom they could have been moved to others may map as well.
  any_shared =
      any_shared ||
      (!process.facts.requeue_maps.empty() &&
       std::ranges::any_of(process.threads, [](const ThreadReading& thread) {
         return may_be_requeued_anywhere(thread.facts.call,
                                         thread.facts.arguments.data());
       }));
}

/// Processes sorted by their memory, as kcmp(2) orders it.
class ByMemory {
 public:
  /// The one before with the same memory, or null.
  ProcessReading* add(ProcessReading& process) {
    std::size_t first = 0, end = sorted_.size();
    while (first < end) {
      const std::size_t middle = first + (end - first) / 2;
      const long order = ::syscall(SYS_kcmp, process.speaker,
                                   sorted_[middle]->speaker, KCMP_VM, 0, 0);
      // Not 1 (less) or 2 (greater): equal, or not known.
      if (order != 1 && order != 2) return sorted_[middle];
      if (order == 1)
        end = middle;
      else
        first = middle + 1;
    }
    sorted_.insert(sorted_.begin() + static_cast<std::ptrdiff_t>(first),
                   &process);
    return nullptr;
  }

 private:
  std::vector<ProcessReading*> sorted_;
};

void forget_futexes(ProcessReading& process) {
  for (ThreadReading& thread : process.threads)
    thread.facts.futexes_known = false;
}

/// A private futex belongs to a memory, and that may have several processes
/// (vfork, CLONE_VM): then who can wake it is not known here.
void forget_futexes_in_common(std::vector<ProcessReading*>& tree) {
  ByMemory seen;
  for (ProcessReading* process : tree) {
    if (process->speaker == 0 || !process->facts.readable) continue;
    ProcessReading* same = seen.add(*process);
    if (same == nullptr) continue;
    forget_futexes(*same);
    forget_futexes(*process);
  }
}

}  // namespace

void read_memory(FileReader& files, std::vector<ProcessReading*>& tree) {
  bool everywhere = false, any_futex = false;
  std::vector<ProcessReading*> others;
  for (ProcessReading* process : tree) {
    if (!is_open(*process)) continue;
    const bool has_child = has_living_child(*process, tree);
    std::uint64_t good_pc = 0;
    bool futexes = false;
    const UniqueFd tasks = open_tasks(process->facts.id);
    for (ThreadReading& thread : process->threads) {
      read_thread_memory(files, tasks, *process, thread, has_child, good_pc);
      futexes = futexes || !thread.facts.futexes.empty();
    }
    any_futex = any_futex || futexes;
    if (futexes)
      read_mappings(files, *process, everywhere);
    else
      others.push_back(process);
    everywhere = everywhere ||
                 std::ranges::any_of(process->facts.descriptors,
                                     [](const Descriptor& one) {
                                       return one.kind == FileKind::eventfd;
                                     });
  }
  if (everywhere)
    for (ProcessReading* process : others)
      read_mappings(files, *process, everywhere);
  if (any_futex && tree.size() > 1) forget_futexes_in_common(tree);
  if (!any_futex) return;
  name_futexes(tree);
  read_parents(tree);
}

}  // namespace poolbugs::wait
