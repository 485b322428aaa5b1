#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

#include "platform/spawn.hpp"

namespace poolbugs {

Result<std::string> own_executable() {
  std::array<char, PATH_MAX> path;
  ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length < 0) return errno_error("readlink /proc/self/exe", errno);
  // A string converts to an Error as well, so say which of the two it is.
  return {boost::system::in_place_value, path.data(),
          static_cast<size_t>(length)};
}

Result<UniqueFd> exit_descriptor(pid_t child) {
  // By number: the header of glibc 2.36 does not declare it for C++.
  int fd = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  if (fd < 0) return errno_error("pidfd_open", errno);
  return UniqueFd(fd);
}

void end_with_parent(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::raise(SIGKILL);
}

}  // namespace poolbugs
