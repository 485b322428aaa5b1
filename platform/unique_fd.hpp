// Ownership of what a process refers to a file, pipe or socket by: a file
// descriptor, on Windows a handle.
#pragma once

#ifndef _WIN32
#include <unistd.h>
#endif

#include <cstdint>
#include <utility>

namespace poolbugs {

#ifdef _WIN32
using Descriptor = void*;  ///< HANDLE
inline constexpr Descriptor kNoDescriptor = nullptr;
/// CloseHandle.
void close_descriptor(Descriptor descriptor);
/// INVALID_HANDLE_VALUE is nothing to own either: CreateFile gives it for that.
inline bool is_descriptor(Descriptor descriptor) {
  return descriptor != nullptr &&
         descriptor != reinterpret_cast<Descriptor>(std::intptr_t{-1});
}
#else
using Descriptor = int;
inline constexpr Descriptor kNoDescriptor = -1;
/// close(2) is not retried on EINTR: Linux has freed the descriptor already
/// (close(2), NOTES).
inline void close_descriptor(Descriptor descriptor) { ::close(descriptor); }
inline bool is_descriptor(Descriptor descriptor) { return descriptor >= 0; }
#endif

/// Owns one descriptor; closes it on destruction. kNoDescriptor owns nothing.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(Descriptor fd)
      : fd_(is_descriptor(fd) ? fd : kNoDescriptor) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~UniqueFd() { reset(); }

  [[nodiscard]] Descriptor get() const { return fd_; }
  explicit operator bool() const { return fd_ != kNoDescriptor; }
  /// Gives the descriptor away; the caller closes it.
  [[nodiscard]] Descriptor release() {
    return std::exchange(fd_, kNoDescriptor);
  }
  void reset(Descriptor fd = kNoDescriptor) {
    if (fd_ != kNoDescriptor) close_descriptor(fd_);
    fd_ = is_descriptor(fd) ? fd : kNoDescriptor;
  }

 private:
  Descriptor fd_ = kNoDescriptor;
};

}  // namespace poolbugs
