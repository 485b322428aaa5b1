#include "platform/sandbox_output_posix.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace poolbugs::sandbox {

std::uint64_t size_of(int file) {
  struct stat info {};
  return ::fstat(file, &info) == 0 ? static_cast<std::uint64_t>(info.st_size)
                                   : 0;
}

std::string read_output(int file, std::uint64_t limit) {
  std::string text(std::min(size_of(file), limit), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t got = ::pread(file, text.data() + have, text.size() - have,
                                static_cast<off_t>(have));
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return text;
}

}  // namespace poolbugs::sandbox
