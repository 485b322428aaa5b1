// The files that a process maps, and how to open them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "platform/unique_fd.hpp"

namespace poolbugs::stacks {

struct MappedFile {
  std::string id;  ///< device and inode, as in maps
  std::uint64_t inode = 0;
  std::string range;  ///< its first one: name in /proc/PID/map_files
  /// How many mappings begin with the file's first byte, and the address of
  /// the first of them. Loaded once, a program has one.
  int starts = 0;
  std::uint64_t start = 0;
};
/// By name, as in maps.
using MappedFiles = std::map<std::string, MappedFile, std::less<>>;

/// From the text of /proc/PID/maps.
MappedFiles mapped_files(const std::string& maps);

/// Opens it in the root folder of its process, an O_PATH descriptor of
/// /proc/PID/root, and only if that is still the mapped one (same inode).
UniqueFd open_mapped(long process, int root, const std::string& name,
                     const MappedFile& mapped);

}  // namespace poolbugs::stacks
