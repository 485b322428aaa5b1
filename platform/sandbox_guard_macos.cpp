#include "platform/sandbox_guard_macos.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <map>
#include <string>

#include "platform/posix_compat.hpp"
#include "platform/sandbox_run_macos.hpp"

namespace poolbugs::sandbox {
namespace {

/// For the kernel to end what was killed.
constexpr std::chrono::seconds kPatience{10};

/// Alone with its socket: it must not hold what somebody waits to see closed.
void shed_everything_but(int socket) {
  ::setsid();
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
    ::signal(number, SIG_IGN);
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
  for (int fd = 3, end = ::getdtablesize(); fd < end; ++fd)
    if (fd != socket) ::close(fd);
}

[[noreturn]] void guard(int socket) {
  shed_everything_but(socket);
  std::map<std::string, pid_t> runs;  // by folder
  std::string text;
  char bytes[4096];
  while (true) {
    const ssize_t got = ::read(socket, bytes, sizeof bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(bytes, static_cast<std::size_t>(got));
    for (std::size_t end = 0; (end = text.find('\0')) != text.npos;
         text.erase(0, end + 1)) {
      const std::string line = text.substr(0, end);
      const std::size_t space = line.find(' ');
      if (space == line.npos) continue;
      const std::string folder = line.substr(space + 1);
      if (line[0] == '-')
        runs.erase(folder);
      else
        runs[folder] = static_cast<pid_t>(std::atoi(line.c_str() + 1));
    }
  }
  for (const auto& [folder, first] : runs) {
    RunProcesses(first, folder).kill_all(kPatience);
    remove_folder(folder);
  }
  ::_exit(0);
}

}  // namespace

Result<void> Guard::start() {
  int ends[2];
  if (posix::socket_pair(SOCK_STREAM, ends) != 0)
    return errno_error("socketpair", errno);
  socket_.reset(ends[0]);
  const UniqueFd theirs(ends[1]);
  pid_ = ::fork();
  if (pid_ < 0) return errno_error("fork", errno);
  if (pid_ == 0) guard(theirs.get());
  return {};
}

Guard::~Guard() {
  socket_.reset();
  if (pid_ > 0)
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

Result<void> Guard::add(const std::filesystem::path& folder) {
  if (tell('+', 0, folder)) return {};
  return errno_error("the sandbox' guard is gone: send", errno);
}

void Guard::started(const std::filesystem::path& folder, pid_t first) {
  tell('+', first, folder);
}

void Guard::remove(const std::filesystem::path& folder) {
  tell('-', 0, folder);
}

bool Guard::tell(char what, pid_t first, const std::filesystem::path& folder) {
  // With the NUL at its end.
  const std::string line = what + std::to_string(first) + " " + folder.string();
  ssize_t sent = 0;
  while ((sent = ::send(socket_.get(), line.c_str(), line.size() + 1,
                        posix::kNoSignal)) < 0 &&
         errno == EINTR)
    continue;
  return sent == static_cast<ssize_t>(line.size() + 1);
}

}  // namespace poolbugs::sandbox
