// Reading small files of /proc, again and again.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "platform/unique_fd.hpp"

namespace poolbugs::wait {

/// A file that may have stayed open since it was read. One below
/// /proc/PID/task/TID belongs to that thread for as long as it is open: after
/// its end reading says ESRCH, also when its id is another's
/// (proc_single_show() in fs/proc/base.c asks the struct pid that the inode
/// holds, not the number).
///
/// All of this process together keep at most a quarter of its soft
/// RLIMIT_NOFILE.
class KeptFile {
 public:
  KeptFile() = default;
  KeptFile(KeptFile&& other) noexcept : file_(std::move(other.file_)) {}
  KeptFile& operator=(KeptFile&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
  }
  ~KeptFile();

  explicit operator bool() const { return static_cast<bool>(file_); }
  [[nodiscard]] int get() const { return file_.get(); }
  /// Closes it if there is no more room.
  void keep(UniqueFd file);

 private:
  UniqueFd file_;
};

/// Names of files of a thread below /proc/PID/task.
class ThreadPath {
 public:
  explicit ThreadPath(long thread);
  /// "TID/FILE", valid until the next call. `file` is short.
  const char* of(std::string_view file);

 private:
  std::array<char, 48> name_{};
  std::size_t prefix_ = 0;
};

/// Reads without allocating.
class FileReader {
 public:
  /// The text of `path` below `folder` (a descriptor, or AT_FDCWD), valid
  /// until the next call; error() says whether it could be read.
  /// `pieces`: true if the file may come in more than one read(2).
  std::string_view read(int folder, const char* path, bool pieces = false);
  /// The same from `kept` if that is open; else it may be afterwards.
  std::string_view read(KeptFile& kept, int folder, const char* path,
                        bool pieces = false);
  [[nodiscard]] int error() const { return error_; }

 private:
  std::string_view read_all(int file, bool pieces);

  std::string buffer_ = std::string(4096, '\0');
  int error_ = 0;
};

}  // namespace poolbugs::wait
