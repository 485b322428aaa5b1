#include "platform/wait_mounts_linux.hpp"

#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "platform/proc_linux.hpp"

namespace poolbugs::wait {
namespace {

/// Far more than any list of mounts; one that is cut is not used.
constexpr std::size_t kMost = 1 << 22;

/// "0:153".
std::optional<std::uint64_t> device_of(std::string_view text) {
  unsigned parts[2] = {};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (unsigned& part : parts) {
    const auto [next, error] = std::from_chars(at, end, part);
    if (error != std::errc()) return std::nullopt;
    at = std::min(next + 1, end);
  }
  return makedev(parts[0], parts[1]);
}

/// Calls `one` with the device of each mount and whether it is a tmpfs.
template <typename Function>
void for_mounts(std::string_view text, const Function& one) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    // ID PARENT DEVICE ROOT WHERE OPTIONS … - TYPE SOURCE SUPER
    const std::size_t id = line.find(' ');
    const std::size_t parent =
        line.find(' ', std::min(id, line.size() - 1) + 1);
    if (id == line.npos || parent == line.npos) continue;
    const std::string_view rest = line.substr(parent + 1);
    if (const auto device = device_of(rest.substr(0, rest.find(' '))))
      one(*device, line.find(" - tmpfs ") != line.npos);
  }
}

}  // namespace

std::set<std::uint64_t> private_tmpfs(std::string_view theirs,
                                      std::string_view ours) {
  std::set<std::uint64_t> found;
  for_mounts(theirs, [&](std::uint64_t device, bool tmpfs) {
    if (tmpfs) found.insert(device);
  });
  for_mounts(ours, [&](std::uint64_t device, bool) { found.erase(device); });
  return found;
}

std::set<std::uint64_t> private_tmpfs_of(long process) {
  const std::string path = "/proc/" + std::to_string(process) + "/mountinfo";
  const std::string theirs = proc::read_file(path.c_str(), kMost);
  const std::string ours = proc::read_file("/proc/self/mountinfo", kMost);
  if (ours.empty() || ours.size() >= kMost || theirs.size() >= kMost) return {};
  return private_tmpfs(theirs, ours);
}

}  // namespace poolbugs::wait
