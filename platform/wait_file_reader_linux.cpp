#include "platform/wait_file_reader_linux.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>

namespace poolbugs::wait {
namespace {

std::atomic<rlim_t> number_kept{0};

/// Nobody changes it while we run, in the harness; others lose a little.
rlim_t most_kept() {
  static const rlim_t most = [] {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur / 4 : 0;
  }();
  return most;
}

}  // namespace

KeptFile::~KeptFile() {
  if (file_) --number_kept;
}

void KeptFile::keep(UniqueFd file) {
  if (file_ || !file) return;
  if (++number_kept > most_kept())
    --number_kept;
  else
    file_ = std::move(file);
}

ThreadPath::ThreadPath(long thread) {
  char* const end =
      std::to_chars(name_.data(), name_.data() + name_.size(), thread).ptr;
  *end = '/';
  prefix_ = static_cast<std::size_t>(end - name_.data()) + 1;
}

const char* ThreadPath::of(std::string_view file) {
  const std::size_t size = std::min(file.size(), name_.size() - prefix_ - 1);
  std::copy_n(file.begin(), size, name_.begin() + prefix_);
  name_[prefix_ + size] = '\0';
  return name_.data();
}

std::string_view FileReader::read_all(int file, bool pieces) {
  std::size_t size = 0;
  while (true) {
    if (size == buffer_.size()) {
      if (size >= (std::size_t{256} << 20)) {
        error_ = EFBIG;
        return {};
      }
      buffer_.resize(size * 2);
    }
    const ssize_t got =
        ::pread(file, buffer_.data() + size, buffer_.size() - size,
                static_cast<off_t>(size));
    if (got < 0) {
      if (errno == EINTR) continue;
      error_ = errno;
      return {};
    }
    size += static_cast<std::size_t>(got);
    if (got == 0 || (!pieces && size < buffer_.size())) break;
  }
  return {buffer_.data(), size};
}

std::string_view FileReader::read(int folder, const char* path, bool pieces) {
  error_ = 0;
  const UniqueFd file(::openat(folder, path, O_RDONLY | O_CLOEXEC));
  if (file) return read_all(file.get(), pieces);
  error_ = errno;
  return {};
}

std::string_view FileReader::read(KeptFile& kept, int folder, const char* path,
                                  bool pieces) {
  error_ = 0;
  if (kept) return read_all(kept.get(), pieces);
  UniqueFd file(::openat(folder, path, O_RDONLY | O_CLOEXEC));
  if (!file) {
    error_ = errno;
    return {};
  }
  const std::string_view text = read_all(file.get(), pieces);
  kept.keep(std::move(file));
  return text;
}

}  // namespace poolbugs::wait
