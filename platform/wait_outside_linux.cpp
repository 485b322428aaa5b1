#include "platform/wait_outside_linux.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "platform/proc_linux.hpp"
#include "platform/unique_fd.hpp"
#include "platform/wait_text_linux.hpp"

namespace poolbugs::wait {
namespace {

/// PF_KTHREAD of include/linux/sched.h.
constexpr std::uint64_t kKernelThread = 0x00200000;

UniqueFd open_folder(int at, const char* name) {
  return UniqueFd(::openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

/// Calls `one` with every name that is a number; errno is set on failure.
/// (readdir(3) would ask more of the kernel, ten thousand times in a look.)
template <typename Function>
bool for_numbers(int folder, const Function& one) {
  alignas(dirent64) char buffer[4096];
  for (;;) {
    const ssize_t got = ::getdents64(folder, buffer, sizeof buffer);
    if (got <= 0) return got == 0;
    for (ssize_t at = 0; at < got;) {
      const auto* entry = reinterpret_cast<const dirent64*>(buffer + at);
      at += entry->d_reclen;
      if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
        one(entry->d_name);
    }
  }
}

/// Nothing if it cannot be read to its end; errno says why. `whole`: the
/// kernel writes it in one piece, so that less than was asked for is the end.
std::optional<std::string> read_at(int at, const char* name, bool whole) {
  const UniqueFd file(::openat(at, name, O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got < 0) return std::nullopt;
    text.append(buffer, static_cast<std::size_t>(got));
    if (got == 0 || (whole && got < ssize_t{sizeof buffer})) return text;
  }
}

/// Processes that end while they are looked at.
bool is_gone(int error) { return error == ENOENT || error == ESRCH; }

Looked failed() { return is_gone(errno) ? Looked::gone : Looked::not_allowed; }

/// The number in "pipe:[4711]" and "socket:[4711]".
std::optional<std::uint64_t> number_in(std::string_view link,
                                       std::string_view prefix) {
  if (!link.starts_with(prefix)) return std::nullopt;
  std::uint64_t number = 0;
  link.remove_prefix(prefix.size());
  const auto result =
      std::from_chars(link.data(), link.data() + link.size(), number);
  if (result.ec != std::errc{}) return std::nullopt;
  return number;
}

/// One process, or one thread of it: both have fd, fdinfo and maps.
class Look {
 public:
  Look(pid_t id, int task, const Interest& interest, Held& held)
      : id_(id), task_(task), interest_(interest), held_(held) {}

  Looked at_descriptors() {
    const UniqueFd folder = open_folder(task_, "fd");
    if (!folder) return failed();
    Looked all = Looked::everything;
    const bool listed = for_numbers(folder.get(), [&](const char* number) {
      ++descriptors_;
      if (at_descriptor(folder.get(), number) == Looked::not_allowed)
        all = Looked::not_allowed;
    });
    return listed ? all : failed();
  }

  /// Any mapping counts: also that of a private one, as long as its page was
  /// not written, the kernel finds a futex by the file's inode.
  Looked at_mappings() {
    const auto text = read_at(task_, "maps", false);
    if (!text) return failed();
    for (const Mapping& mapping : parse_maps(*text)) {
      ++mappings_;
      add_mapped(mapping.file);
    }
    return Looked::everything;
  }

  /// A thread that has ended shows neither.
  [[nodiscard]] bool saw_nothing() const {
    return descriptors_ == 0 && mappings_ == 0;
  }

 private:
  Looked at_descriptor(int folder, const char* number) {
    char target[256];
    const ssize_t size = ::readlinkat(folder, number, target, sizeof target);
    if (size < 0) return failed();
    const std::string_view link(target, static_cast<std::size_t>(size));
    if (const auto pipe = number_in(link, "pipe:["))
      return add(interest_.pipes, *pipe);
    if (const auto socket = number_in(link, "socket:["))
      return at_socket(number, *socket);
    if (link == "anon_inode:[eventfd]") return at_eventfd(number);
    if (link == "anon_inode:[timerfd]") at_anonymous(number, FileKind::timerfd);
    if (link == "anon_inode:[eventpoll]") at_anonymous(number, FileKind::epoll);
    if (link == "anon_inode:[io_uring]") return at_ring(number);
    if (link.starts_with("anon_inode:")) return Looked::everything;
    return at_file(folder, number);
  }

  [[nodiscard]] std::optional<std::string> info(const char* number) const {
    return read_at(task_, (std::string("fdinfo/") + number).c_str(), true);
  }

  /// What holds bytes is seen by those; a message without any may carry
  /// descriptors as well, and some sockets are of another network.
  Looked at_socket(const char* number, std::uint64_t inode) {
    held_.sockets.insert(inode);
    if (!interest_.streams.contains(inode)) {
      const auto text = info(number);
      if (!text) return failed();
      if (parse_fdinfo(*text).in_flight.value_or(0) != 0)
        held_.descriptors_under_way = true;
    }
    return add(interest_.sockets, inode);
  }

  /// A ring may hold files that no table has (IORING_REGISTER_FILES); its
  /// fdinfo names them (io_uring/fdinfo.c), but not its eventfd.
  Looked at_ring(const char* number) {
    held_.eventfds = interest_.eventfds;
    const auto text = info(number);
    if (!text) return failed();
    for (const char* kind : {"pipe:[", "socket:["})
      for (std::size_t at = text->find(kind); at != std::string::npos;
           at = text->find(kind, at + 1)) {
        const std::string_view link = std::string_view(*text).substr(at);
        if (const auto inode = number_in(link, kind))
          add(kind[0] == 'p' ? interest_.pipes : interest_.sockets, *inode);
      }
    return Looked::everything;
  }

  Looked add(const std::map<std::uint64_t, FileId>& wanted,
             std::uint64_t inode) {
    if (const auto found = wanted.find(inode); found != wanted.end())
      held_.files.insert(found->second);
    return Looked::everything;
  }

  Looked at_eventfd(const char* number) {
    if (interest_.eventfds.empty()) return Looked::everything;
    const auto text = info(number);
    if (!text) return failed();
    if (const auto id = parse_fdinfo(*text).eventfd) {
      if (interest_.eventfds.contains(*id)) held_.eventfds.insert(*id);
    } else {
      held_.eventfds = interest_.eventfds;  // it may be any of them
    }
    return Looked::everything;
  }

  /// What kcmp(2) cannot tell apart counts as the same.
  void at_anonymous(const char* number, FileKind kind) {
    for (const Anonymous& one : interest_.anonymous) {
      if (one.kind != kind) continue;
      const long order = ::syscall(SYS_kcmp, id_, one.thread, KCMP_FILE,
                                   std::atoi(number), one.number);
      if (order != 1 && order != 2)
        held_.anonymous.insert({one.process, one.number});
    }
  }

  /// Asks no server of a network file system: that could take for ever.
  Looked at_file(int folder, const char* number) {
    if (interest_.files.empty() && interest_.mapped.empty())
      return Looked::everything;
    struct statx info {};
    if (::statx(folder, number, AT_STATX_DONT_SYNC, STATX_INO, &info) != 0)
      return failed();
    const FileId file{::makedev(info.stx_dev_major, info.stx_dev_minor),
                      info.stx_ino};
    if (interest_.files.contains(file)) held_.files.insert(file);
    add_mapped(file);
    return Looked::everything;
  }

  void add_mapped(const FileId& file) {
    if (file.inode == 0) return;
    const auto [first, last] = interest_.mapped.equal_range(file.inode);
    for (auto it = first; it != last; ++it)
      if (it->second.device == file.device ||
          !interest_.own_devices.contains(it->second.device))
        held_.files.insert(it->second);
  }

  pid_t id_;  ///< a thread: one that has ended has no table for kcmp(2)
  int task_;
  const Interest& interest_;
  Held& held_;
  std::size_t descriptors_ = 0, mappings_ = 0;
};

Looked look_at_task(pid_t id, int task, const Interest& interest, Held& held,
                    bool& saw_nothing) {
  Look look(id, task, interest, held);
  Looked result = look.at_descriptors();
  // Of a thread that has ended it may be "no such process": others may live.
  if (result == Looked::everything && !interest.mapped.empty() &&
      look.at_mappings() == Looked::not_allowed)
    result = Looked::not_allowed;
  saw_nothing = look.saw_nothing();
  return result;
}

/// A process that has ended, and a kernel thread, have none.
void look_at_memory(pid_t process, const Interest& interest, Held& held) {
  for (const long thread : interest.memories)
    if (::syscall(SYS_kcmp, process, thread, KCMP_VM, 0, 0) == 0)
      held.memories.insert(thread);
}

/// Calls `one` with the folder of each thread that `wanted` wants, and its id.
template <typename Wanted, typename Function>
Looked for_threads(int process, const Wanted& wanted, const Function& one) {
  const UniqueFd folder = open_folder(process, "task");
  if (!folder) return failed();
  Looked all = Looked::everything;
  const bool listed = for_numbers(folder.get(), [&](const char* thread) {
    const pid_t id = std::atoi(thread);
    if (!wanted(id)) return;
    const UniqueFd task(
        ::openat(folder.get(), thread, O_PATH | O_DIRECTORY | O_CLOEXEC));
    const Looked result = task ? one(task.get(), id) : failed();
    if (result == Looked::not_allowed) all = result;
  });
  return listed ? all : failed();
}

bool everyone(pid_t) { return true; }

/// Threads may have tables of their own (unshare(2), CLONE_FILES).
Looked look_at_other_tables(pid_t process, int folder, const Interest& interest,
                            Held& held) {
  const auto apart = [&](pid_t thread) {
    return thread != process &&
           ::syscall(SYS_kcmp, process, thread, KCMP_FILES, 0, 0) != 0;
  };
  return for_threads(folder, apart, [&](int task, pid_t thread) {
    bool saw_nothing = false;
    return look_at_task(thread, task, interest, held, saw_nothing);
  });
}

/// Each thread has its own tracer.
Looked look_for_tracers(int process, Held& held) {
  bool alone = false;
  const auto look = [&](int task, pid_t) {
    const auto text = read_at(task, "status", true);
    if (!text) return failed();
    if (const long tracer = parse_status(*text).tracer; tracer != 0)
      held.tracers.insert(tracer);
    alone = text->find("\nThreads:\t1\n") != std::string::npos;
    return Looked::everything;
  };
  const Looked first = look(process, 0);
  if (first != Looked::everything || alone) return first;
  return for_threads(process, everyone, look);
}

bool holds_nothing(int process) {
  const auto text = read_at(process, "stat", true);
  if (!text) return is_gone(errno);
  const auto stat = parse_stat(*text);
  if (!stat) return false;
  if ((stat->flags & kKernelThread) != 0) return true;
  return (stat->state == 'Z' || stat->state == 'X') && stat->threads <= 1;
}

/// The options of the last /proc in the list of mounts, the one that is seen.
std::string options_of_proc(std::string_view mounts) {
  std::string options;
  while (!mounts.empty()) {
    const std::size_t end = mounts.find('\n');
    const std::string_view line = mounts.substr(0, end);
    mounts.remove_prefix(end == std::string_view::npos ? mounts.size()
                                                       : end + 1);
    // ID PARENT DEVICE ROOT WHERE OPTIONS … - TYPE SOURCE SUPER (proc(5))
    const std::size_t type = line.find(" - proc ");
    if (type != std::string_view::npos &&
        line.find(" / /proc ") != std::string_view::npos)
      options = line.substr(type);
  }
  return options;
}

}  // namespace

Looked look_into(pid_t process, const Interest& interest, bool with_tracers,
                 Held& held) {
  // An open folder stays that process': its id may be another's meanwhile.
  const UniqueFd folder(::open(("/proc/" + std::to_string(process)).c_str(),
                               O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return failed();
  bool saw_nothing = false;
  Looked result =
      look_at_task(process, folder.get(), interest, held, saw_nothing);
  if (result == Looked::gone) return result;
  look_at_memory(process, interest, held);
  if (result == Looked::not_allowed || saw_nothing) {
    if (holds_nothing(folder.get())) return Looked::everything;
    // The first thread may have ended before the others (pthread_exit).
    if (saw_nothing && result == Looked::everything)
      result = for_threads(folder.get(), everyone, [&](int task, pid_t thread) {
        return look_at_task(thread, task, interest, held, saw_nothing);
      });
  }
  if (result == Looked::everything)
    result = look_at_other_tables(process, folder.get(), interest, held);
  if (with_tracers &&
      look_for_tracers(folder.get(), held) == Looked::not_allowed)
    held.tracers_known = false;
  return result;
}

bool sees_all_processes() {
  // PROC_PID_INIT_INO of include/linux/proc_ns.h. In the /proc of another
  // namespace than ours there is no "self".
  constexpr ino_t kFirstNamespace = 0xEFFFFFFC;
  struct stat space {};
  if (::stat("/proc/self/ns/pid", &space) != 0 ||
      space.st_ino != kFirstNamespace)
    return false;
  const std::string options =
      options_of_proc(proc::read_file("/proc/self/mountinfo", 1 << 24));
  return !options.empty() && options.find("hidepid") == std::string::npos &&
         options.find("subset") == std::string::npos;
}

}  // namespace poolbugs::wait
