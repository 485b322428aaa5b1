// Open descriptors: /proc/PID/task/TID/fd and fdinfo.
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <map>

#include "platform/proc_linux.hpp"
#include "platform/wait_reading_linux.hpp"

// sys/pidfd.h of glibc 2.36 is not there on older systems that 5.10 runs on.
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

namespace poolbugs::wait {
namespace {

// ipc/mqueue.c; statfs(2).
constexpr long kMessageQueueMagic = 0x19800202;

FileKind kind_of_mode(const struct stat& status, const std::string& path) {
  if (S_ISFIFO(status.st_mode)) return FileKind::fifo;
  if (S_ISDIR(status.st_mode)) return FileKind::directory;
  if (S_ISSOCK(status.st_mode)) return FileKind::socket;
  if (!S_ISREG(status.st_mode)) return FileKind::other;
  struct statfs system {};
  if (::statfs(path.c_str(), &system) == 0 &&
      system.f_type == kMessageQueueMagic)
    return FileKind::message_queue;
  return FileKind::regular;
}

/// Epoll sets keep files, not descriptors: is entry `descriptor`, the
/// `nth` with this number in the set, still this process' descriptor?
/// (kcmp_epoll_target() in kernel/kcmp.c)
bool is_still(const ProcessReading& process, int set, int descriptor,
              unsigned nth) {
  kcmp_epoll_slot slot{};
  slot.efd = static_cast<unsigned>(set);
  slot.tfd = static_cast<unsigned>(descriptor);
  slot.toff = nth;
  return ::syscall(SYS_kcmp, process.speaker, process.speaker, KCMP_EPOLL_TFD,
                   descriptor, &slot) == 0;
}

void read_set(const ProcessReading& process, const FdInfoText& info,
              Descriptor& into) {
  into.all_watched_known = !info.damaged;
  std::map<int, unsigned> seen;
  for (const EpollLine& line : info.watched) {
    EpollEntry entry;
    entry.descriptor = line.descriptor;
    entry.events = line.events;
    entry.sure = is_still(process, into.number, line.descriptor,
                          seen[line.descriptor]++);
    if (!entry.sure) into.all_watched_known = false;
    into.watched.push_back(entry);
  }
}

/// Directories tell of changes (fcntl(2), F_NOTIFY), sockets of urgent data
/// (socket(7)) by a signal to the owner, without O_ASYNC.
bool has_owner(const UniqueFd& process, int number) {
  const UniqueFd ours = take_descriptor(process, number);
  return !ours || ::fcntl(ours.get(), F_GETOWN) != 0;
}

class TableReader {
 public:
  TableReader(FileReader& files, ProcessReading& process)
      : files_(files),
        process_(process),
        path_(process.path("fd/")),
        folder_(::open(path_.c_str(), O_PATH | O_CLOEXEC)),
        infos_(::open(process.path("fdinfo").c_str(), O_PATH | O_CLOEXEC)) {}

  void read() {
    if (!folder_ || !infos_)
      return process_.not_readable("its descriptors may not be read");
    for (const pid_t number : proc::numbered_entries(path_.c_str()))
      if (!read_one(number)) return;
  }

 private:
  bool read_one(int number) {
    Descriptor one;
    one.number = number;
    const std::string name = std::to_string(number);
    std::array<char, 4096> link;
    const ssize_t length =
        ::readlinkat(folder_.get(), name.c_str(), link.data(), link.size());
    struct stat status {};
    if (length < 0 || ::fstatat(folder_.get(), name.c_str(), &status, 0) != 0) {
      process_.not_readable("its descriptors may not be read");
      return false;
    }
    one.path.assign(link.data(), static_cast<std::size_t>(length));
    const auto kind = kind_of_link(one.path);
    one.kind = kind ? *kind : kind_of_mode(status, path_ + name);
    // All epoll sets have one; it tells that a set was handed down.
    const bool has_inode = !kind || *kind == FileKind::pipe ||
                           *kind == FileKind::socket ||
                           *kind == FileKind::epoll;
    if (has_inode) one.file = {status.st_dev, status.st_ino};
    const FdInfoText info =
        parse_fdinfo(files_.read(infos_.get(), name.c_str(), true));
    if (files_.error() != 0) {
      process_.not_readable("its descriptors may not be read");
      return false;
    }
    fill(info, one);
    process_.facts.descriptors.push_back(std::move(one));
    return true;
  }

  void fill(const FdInfoText& info, Descriptor& one) {
    const std::uint64_t flags = info.flags.value_or(O_RDWR | O_ASYNC);
    const auto mode = flags & O_ACCMODE;
    const bool names_only = (flags & O_PATH) != 0;
    one.reads = !names_only && mode != O_WRONLY;
    one.writes = !names_only && mode != O_RDONLY;
    one.nonblocking = (flags & O_NONBLOCK) != 0;
    one.signals = (flags & O_ASYNC) != 0 || info.lease || info.damaged;
    if (!one.signals && !names_only &&
        (one.kind == FileKind::directory || one.kind == FileKind::socket))
      one.signals = has_owner(ourselves(), one.number);
    one.locks = info.locks;
    one.in_flight = info.in_flight.value_or(0) != 0;
    if (one.kind == FileKind::eventfd) {
      if (info.eventfd)
        one.file = {0, *info.eventfd};
      else
        one.kind = FileKind::other;
    }
    if (one.kind == FileKind::timerfd) one.armed = info.armed.value_or(true);
    if (one.kind == FileKind::signalfd)
      one.awaited = info.signals.value_or(~std::uint64_t{0});
    if (one.kind == FileKind::pidfd) one.target = info.process.value_or(0);
    if (one.kind == FileKind::epoll) read_set(process_, info, one);
  }

  const UniqueFd& ourselves() {
    if (!handle_) handle_ = open_process(process_);
    return handle_;
  }

  FileReader& files_;
  ProcessReading& process_;
  std::string path_;
  UniqueFd folder_, infos_;
  UniqueFd handle_;
};

}  // namespace

UniqueFd open_process(const ProcessReading& process) {
  // A main thread that left has no descriptors; PIDFD_THREAD (= O_EXCL, Linux
  // 6.9, pidfd_open(2)) names another.
  const bool main = process.main_lives;
  return UniqueFd(static_cast<int>(
      ::syscall(SYS_pidfd_open, main ? process.facts.id : process.speaker,
                main ? 0U : static_cast<unsigned>(O_EXCL))));
}

UniqueFd take_descriptor(const UniqueFd& process, int number) {
  if (!process) return {};
  return UniqueFd(
      static_cast<int>(::syscall(SYS_pidfd_getfd, process.get(), number, 0U)));
}

void read_descriptors(FileReader& files, ProcessReading& process) {
  TableReader(files, process).read();
}

}  // namespace poolbugs::wait
