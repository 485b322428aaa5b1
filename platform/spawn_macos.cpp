#include <fcntl.h>
#include <limits.h>
#include <mach-o/dyld.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/event.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <thread>

#include "platform/posix_compat.hpp"
#include "platform/spawn.hpp"

extern char** environ;

namespace poolbugs {
namespace {

/// The lists that posix_spawn(2) takes; each call's error is kept, the first
/// one counts.
class Spawn {
 public:
  Spawn() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  Spawn(const Spawn&) = delete;
  ~Spawn() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }

  void bind(int from, int to) {
    note(::posix_spawn_file_actions_adddup2(&actions_, from, to));
  }
  void keep(int fd) {
    note(::posix_spawn_file_actions_addinherit_np(&actions_, fd));
  }
  /// Nothing else is inherited, not even what another thread is just making:
  /// macOS has no pipe2, so everybody's pipe is inheritable for a moment.
  void set_attributes(Group group) {
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    note(::posix_spawnattr_setsigdefault(&attributes_, &all));
    note(::posix_spawnattr_setsigmask(&attributes_, &none));
    int flags = POSIX_SPAWN_CLOEXEC_DEFAULT | POSIX_SPAWN_SETSIGDEF |
                POSIX_SPAWN_SETSIGMASK;
    if (group == Group::own) {
      flags |= POSIX_SPAWN_SETPGROUP;
      note(::posix_spawnattr_setpgroup(&attributes_, 0));
    }
    note(::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags)));
  }
  /// 0, or the error.
  int start(const std::string& exe, char** arguments, pid_t& pid) {
    if (error_ != 0) return error_;
    return ::posix_spawn(&pid, exe.c_str(), &actions_, &attributes_, arguments,
                         environ);
  }

 private:
  void note(int error) {
    if (error_ == 0) error_ = error;
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
  int error_ = 0;
};

/// Tells of the end of a process; -1 and errno (ESRCH: it has ended).
int watch_exit(int queue, pid_t process) {
  struct kevent change {};
  EV_SET(&change, process, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, nullptr);
  return ::kevent(queue, &change, 1, nullptr, 0, nullptr);
}

}  // namespace

Result<std::string> own_executable() {
  std::array<char, PATH_MAX> path;
  std::uint32_t size = path.size();
  if (::_NSGetExecutablePath(path.data(), &size) != 0)
    return errno_error("_NSGetExecutablePath", ENAMETOOLONG);
  std::array<char, PATH_MAX> real;
  if (::realpath(path.data(), real.data()) == nullptr)
    return errno_error("realpath " + std::string(path.data()), errno);
  // A string converts to an Error as well, so say which of the two it is.
  return {boost::system::in_place_value, real.data()};
}

Result<pid_t> spawn_process(const std::filesystem::path& exe,
                            const std::vector<std::string>& args,
                            const std::vector<std::pair<int, int>>& fds_from_to,
                            Group group) {
  int above = 3;
  for (auto [from, to] : fds_from_to) above = std::max(above, to + 1);
  Spawn spawn;
  // Copies lie above every number that is taken, so that nothing is
  // overwritten before it was read.
  std::vector<UniqueFd> copies;
  std::array<bool, 3> bound{};
  for (auto [from, to] : fds_from_to) {
    copies.emplace_back(::fcntl(from, F_DUPFD_CLOEXEC, above));
    if (!copies.back()) return errno_error("fcntl F_DUPFD_CLOEXEC", errno);
    spawn.bind(copies.back().get(), to);
    if (to < 3) bound[static_cast<std::size_t>(to)] = true;
  }
  for (int fd = 0; fd < 3; ++fd)
    if (!bound[static_cast<std::size_t>(fd)] && ::fcntl(fd, F_GETFD) >= 0)
      spawn.keep(fd);
  spawn.set_attributes(group);
  std::string name = exe.string();
  std::vector<std::string> words(args);
  std::vector<char*> arguments{name.data()};
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = -1;
  if (const int error = spawn.start(name, arguments.data(), pid); error != 0)
    return errno_error("spawn " + name, error);
  return pid;
}

Descriptor inherited(int number) { return number; }

Result<UniqueFd> exit_descriptor(pid_t child) {
  UniqueFd queue(::kqueue());
  if (!queue || !posix::close_on_exec(queue.get()))
    return errno_error("kqueue", errno);
  if (watch_exit(queue.get(), child) == 0) return queue;
  if (errno != ESRCH) return errno_error("kevent EVFILT_PROC", errno);
  // A zombie is not found (filt_procattach in xnu's bsd/kern/kern_event.c): it
  // has ended, so let the queue say that at once.
  struct kevent ended {};
  EV_SET(&ended, 1, EVFILT_USER, EV_ADD, 0, 0, nullptr);
  if (::kevent(queue.get(), &ended, 1, nullptr, 0, nullptr) == 0) {
    EV_SET(&ended, 1, EVFILT_USER, 0, NOTE_TRIGGER, 0, nullptr);
    if (::kevent(queue.get(), &ended, 1, nullptr, 0, nullptr) == 0)
      return queue;
  }
  return errno_error("kevent EVFILT_USER", errno);
}

/// By a thread that waits for it: macOS has nothing like PR_SET_PDEATHSIG. So
/// such a process has a thread that it did not start, and one that is stopped,
/// or whose thread cannot be started, outlives its parent.
void end_with_parent(pid_t parent) {
  const int queue = ::kqueue();
  // Before the look at the parent, so that its end is seen by one of the two.
  const bool watched = queue >= 0 && watch_exit(queue, parent) == 0;
  if (::getppid() != parent) ::raise(SIGKILL);
  if (!watched) return;
  sigset_t all, before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &before);
  std::thread([queue] {
    struct kevent event {};
    int ended = 0;
    while ((ended = ::kevent(queue, nullptr, 0, &event, 1, nullptr)) < 0 &&
           errno == EINTR)
      continue;
    // Less: the program has closed what is not its own.
    if (ended > 0) ::kill(::getpid(), SIGKILL);
  }).detach();
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace poolbugs
