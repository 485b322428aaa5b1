// Reading another process' memory.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <unordered_map>

namespace poolbugs::stacks {

/// Where memory comes from. Tests give damaged memory instead.
class Memory {
 public:
  virtual ~Memory() = default;
  /// All of `to`, or false (and anything in `to`).
  virtual bool read(std::uint64_t address, std::span<std::byte> to) = 0;

  template <class T>
  bool get(std::uint64_t address, T& value) {
    return read(address, std::as_writable_bytes(std::span(&value, 1)));
  }
};

/// process_vm_readv(2): needs ptrace rights, stops nobody.
class LiveMemory : public Memory {
 public:
  explicit LiveMemory(long thread) : thread_(static_cast<pid_t>(thread)) {}
  bool read(std::uint64_t address, std::span<std::byte> to) override {
    const iovec here{to.data(), to.size()};
    // An address, not a pointer of ours.
    const iovec there{reinterpret_cast<void*>(address), to.size()};
    return ::process_vm_readv(thread_, &here, 1, &there, 1, 0) ==
           static_cast<ssize_t>(to.size());
  }

 private:
  pid_t thread_;
};

/// Remembers pages: for memory that does not change meanwhile.
class PagedMemory : public Memory {
 public:
  explicit PagedMemory(Memory& below) : below_(below) {}
  bool read(std::uint64_t address, std::span<std::byte> to) override {
    while (!to.empty()) {
      const std::uint64_t start = address & ~(page_size - 1);
      const Page* page = find(start);
      if (page == nullptr) return false;
      const std::size_t skip = address - start;
      const std::size_t size = std::min(to.size(), page_size - skip);
      std::memcpy(to.data(), page->bytes.data() + skip, size);
      to = to.subspan(size);
      address += size;  // past the end it wraps to 0, which nobody maps
    }
    return true;
  }

  static constexpr std::size_t page_size = 4096;
  struct Page {
    bool readable = false;
    std::array<std::byte, page_size> bytes{};
  };
  [[nodiscard]] const std::unordered_map<std::uint64_t, Page>& pages() const {
    return pages_;
  }

 private:
  const Page* find(std::uint64_t start) {
    // Whoever wants more than 64 MiB follows garbage.
    if (pages_.size() >= 16384 && !pages_.contains(start)) return nullptr;
    const auto [at, is_new] = pages_.try_emplace(start);
    if (is_new) at->second.readable = below_.read(start, at->second.bytes);
    return at->second.readable ? &at->second : nullptr;
  }

  Memory& below_;
  std::unordered_map<std::uint64_t, Page> pages_;
};

}  // namespace poolbugs::stacks
