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

struct MountLine {
  std::uint64_t device = 0;
  std::string_view root;   ///< of the file system, what is mounted
  std::string_view where;  ///< with octal escapes
  bool tmpfs = false;
};

/// Up to the next blank, which it takes as well.
std::string_view next_field(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

/// Calls `one` with each mount.
template <typename Function>
void for_mounts(std::string_view text, const Function& one) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    // ID PARENT DEVICE ROOT WHERE OPTIONS … - TYPE SOURCE SUPER
    next_field(line);
    next_field(line);
    const auto device = device_of(next_field(line));
    if (!device) continue;
    MountLine mount{*device, next_field(line), {}, false};
    mount.where = next_field(line);
    mount.tmpfs = line.find(" - tmpfs ") != line.npos;
    one(mount);
  }
}

std::string mounts_of(long process) {
  const std::string path = "/proc/" + std::to_string(process) + "/mountinfo";
  return proc::read_file(path.c_str(), kMost);
}

}  // namespace

std::set<std::uint64_t> private_tmpfs(std::string_view theirs,
                                      std::string_view ours) {
  std::set<std::uint64_t> found;
  for_mounts(theirs, [&](const MountLine& mount) {
    if (mount.tmpfs) found.insert(mount.device);
  });
  for_mounts(ours, [&](const MountLine& mount) { found.erase(mount.device); });
  return found;
}

std::optional<std::string> whole_tmpfs(std::string_view mounts,
                                       std::uint64_t device) {
  std::optional<std::string> place;
  for_mounts(mounts, [&](const MountLine& mount) {
    const bool good = mount.tmpfs && mount.root == "/" &&
                      mount.where.starts_with('/') &&
                      mount.where.find('\\') == mount.where.npos;
    if (mount.device == device && good && !place) place = mount.where;
  });
  if (!place) return std::nullopt;
  const std::string below = *place == "/" ? "/" : *place + "/";
  bool covered = false;
  for_mounts(mounts, [&](const MountLine& mount) {
    covered = covered || (mount.where.starts_with(below) &&
                          mount.where.size() > below.size());
  });
  if (covered) return std::nullopt;
  return place;
}

std::set<std::uint64_t> autofs_pipes(std::string_view mounts) {
  constexpr std::string_view kKind = " - autofs ", kPipe = ",pipe_ino=";
  std::set<std::uint64_t> found;
  for (std::size_t at = mounts.find(kKind); at != mounts.npos;
       at = mounts.find(kKind, at + 1)) {
    std::string_view line = mounts.substr(at);
    line = line.substr(0, line.find('\n'));
    const std::size_t pipe = line.find(kPipe);
    if (pipe == line.npos) continue;
    line.remove_prefix(pipe + kPipe.size());
    std::uint64_t inode = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), inode).ec ==
        std::errc())
      found.insert(inode);
  }
  return found;
}

std::set<std::uint64_t> autofs_pipes_of(long process) {
  return autofs_pipes(mounts_of(process));
}

std::optional<std::string> whole_tmpfs_at(long process, std::uint64_t device) {
  const std::string text = mounts_of(process);
  if (text.size() >= kMost) return std::nullopt;
  return whole_tmpfs(text, device);
}

std::set<std::uint64_t> private_tmpfs_of(long process) {
  const std::string theirs = mounts_of(process);
  const std::string ours = proc::read_file("/proc/self/mountinfo", kMost);
  if (ours.empty() || ours.size() >= kMost || theirs.size() >= kMost) return {};
  return private_tmpfs(theirs, ours);
}

}  // namespace poolbugs::wait
