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

}  // namespace poolbugs
