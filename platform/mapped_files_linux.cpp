#include "platform/mapped_files_linux.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace poolbugs::stacks {

MappedFiles mapped_files(const std::string& maps) {
  MappedFiles files;
  for (std::size_t at = 0; at < maps.size();) {
    const std::size_t end = std::min(maps.find('\n', at), maps.size());
    const std::string line = maps.substr(at, end - at);
    at = end + 1;
    unsigned long first = 0;
    unsigned long offset = 0;
    unsigned long inode = 0;
    int device = 0;
    int device_end = 0;
    int path = 0;
    // proc_pid_maps(5): range, rights, offset, device, inode, path.
    if (std::sscanf(line.c_str(), "%lx-%*s %*s %lx %n%*s %lu%n %n", &first,
                    &offset, &device, &inode, &device_end, &path) != 3 ||
        inode == 0 || path <= device_end)
      continue;
    const auto part = [&line](int from, int to) {
      return line.substr(static_cast<std::size_t>(from),
                         static_cast<std::size_t>(to - from));
    };
    MappedFile& file =
        files
            .try_emplace(part(path, static_cast<int>(line.size())),
                         MappedFile{part(device, device_end), inode,
                                    line.substr(0, line.find(' '))})
            .first->second;
    if (offset != 0) continue;
    if (file.starts++ == 0) file.start = first;
  }
  return files;
}

UniqueFd open_mapped(long process, int root, const std::string& name,
                     const MappedFile& mapped) {
  const std::string folder = "/proc/" + std::to_string(process) + "/";
  // A replaced or deleted program is still its own exe; map_files is for root.
  const std::pair<int, std::string> ways[] = {
      {root, name.substr(1)},
      {AT_FDCWD, folder + "exe"},
      {AT_FDCWD, folder + "map_files/" + mapped.range}};
  for (const auto& [from, path] : ways) {
    UniqueFd way(::openat(from, path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    // The device may differ: overlayfs shows another in maps.
    if (way && ::fstat(way.get(), &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_ino == mapped.inode)
      return way;
  }
  return UniqueFd();
}

}  // namespace poolbugs::stacks
