#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "platform/pipe.hpp"
#include "platform/posix_compat.hpp"

namespace poolbugs {
namespace {

[[noreturn]] void give_up(const char* call) {
  std::perror(call);
  std::exit(70);
}

}  // namespace

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (posix::pipe_close_on_exec(ends.data()) != 0) give_up("pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::string read_some(Descriptor read_end, std::size_t limit) {
  std::string bytes(limit, '\0');
  ssize_t count = 0;
  while ((count = ::read(read_end, bytes.data(), bytes.size())) < 0)
    if (errno != EINTR) give_up("read");
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

std::string read_all(Descriptor read_end) {
  std::string all;
  for (std::string part; !(part = read_some(read_end)).empty();) all += part;
  return all;
}

bool write_all(Descriptor write_end, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(write_end, bytes.data(), bytes.size());
    if (count >= 0) bytes.remove_prefix(static_cast<std::size_t>(count));
    if (count < 0 && errno == EPIPE) return false;
    if (count < 0 && errno != EINTR) give_up("write");
  }
  return true;
}

}  // namespace poolbugs
