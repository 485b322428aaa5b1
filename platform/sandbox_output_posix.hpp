// What a run writes: the files that its output goes to, and its folder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace poolbugs::sandbox {

/// In bytes; 0 if fstat(2) fails.
std::uint64_t size_of(int file);

/// Its first bytes, at most `limit`; the file's position stays as it is.
std::string read_output(int file, std::uint64_t limit);

/// Of a folder with all in it: bytes on the disk.
std::uint64_t disk_use(const std::filesystem::path& folder);

}  // namespace poolbugs::sandbox
