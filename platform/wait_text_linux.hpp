// Pure parsers of the text in /proc, for the readers of wait facts. They take
// whatever comes: text that is cut or damaged gives less, never a crash.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/wait_facts.hpp"

namespace poolbugs::wait {

/// /proc/PID/stat and /proc/PID/task/TID/stat (proc(5)).
struct StatText {
  long id = 0;
  std::string name;
  char state = '?';
  long parent = 0;
  std::uint64_t flags = 0;  ///< PF_*, include/linux/sched.h
  bool terminal = false;    ///< has a controlling one
  long threads = 0;         ///< of the process
  std::uint64_t start_ticks = 0;
  /// Signals 1 to 31 that the thread blocks: bit N - 1 is signal N. The list
  /// ends there (do_task_stat() in fs/proc/array.c); `status` has all.
  std::uint64_t blocked = 0;
};
std::optional<StatText> parse_stat(std::string_view text);

/// /proc/PID/task/TID/syscall.
struct CallText {
  bool running = false;  ///< nothing else is known then
  long call = -1;        ///< -1: asleep, but in no system call
  std::array<std::uint64_t, 6> arguments{};
  std::uint64_t stack = 0;
  std::uint64_t pc = 0;
  bool operator==(const CallText&) const = default;
};
std::optional<CallText> parse_syscall(std::string_view text);

/// The third number of schedstat: how often a thread was put on a CPU. Kernels
/// that do not count say 0 (proc_pid_schedstat() in fs/proc/base.c): nothing.
std::optional<std::uint64_t> parse_schedstat(std::string_view text);

/// /proc/PID/status, of a process or a thread.
struct StatusText {
  std::vector<long> inner_ids;  ///< NSpid: outermost namespace first
  int seccomp = -1;             ///< 2: filters; -1 not known
  bool dumps_core = false;
  long tracer = 0;
  /// Sets of signals, bit N - 1 is signal N: SigCgt, of the process, and
  /// SigBlk, of the thread. Nothing if there is no such line.
  std::optional<std::uint64_t> caught, blocked;
  /// Both context switch counters added.
  std::optional<std::uint64_t> switches;
};
StatusText parse_status(std::string_view text);

/// A line of /proc/PID/maps.
struct Mapping {
  std::uint64_t first = 0, end = 0;  ///< addresses [first, end)
  bool writable = false;
  bool shared = false;
  std::uint64_t offset = 0;  ///< in the file
  FileId file;               ///< device as in stat(2); inode 0: anonymous
  std::string_view path;     ///< into the parsed text
};
/// By address. Lines that cannot be read are left out.
std::vector<Mapping> parse_maps(std::string_view text);
/// The one that holds this address, or null.
const Mapping* find_mapping(const std::vector<Mapping>& mappings,
                            std::uint64_t address);

/// A "tfd:" line of an epoll set. `descriptor` may be stale or name another
/// file by now; `file` is what was put in (its device as in stat(2)).
struct EpollLine {
  int descriptor = -1;
  std::uint32_t events = 0;
  FileId file;
};

/// /proc/PID/fdinfo/N.
struct FdInfoText {
  std::optional<std::uint64_t> flags;  ///< as of open(2)
  std::optional<std::uint64_t> eventfd;
  std::optional<bool> armed;      ///< timerfd
  std::optional<long> process;    ///< pidfd: -1 dead, 0 not in our namespace
  std::optional<long> in_flight;  ///< scm_fds: this is an AF_UNIX socket
  std::optional<std::uint64_t> signals;  ///< signalfd: what it takes
  std::vector<EpollLine> watched;
  std::vector<FileLock> locks;
  bool lease = false;    ///< breaking it sends a signal
  bool damaged = false;  ///< a line of a known kind that cannot be understood
};
FdInfoText parse_fdinfo(std::string_view text);

/// Numbers with white space between, as in task/TID/children; stops at
/// anything else.
std::vector<long> parse_numbers(std::string_view text);

/// What the link in /proc/PID/fd says, for kinds that need no stat(2): pipes,
/// sockets, anonymous inodes.
std::optional<FileKind> kind_of_link(std::string_view link);

/// A name that a library makes up for itself and tells nobody: CPython's
/// semaphores (Lib/multiprocessing/synchronize.py, SemLock._make_name).
bool is_made_up(std::string_view path);

/// Class and machine of an ELF file are those of this program.
bool is_our_elf(std::string_view head);

}  // namespace poolbugs::wait
