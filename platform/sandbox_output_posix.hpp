// The file that a run's output goes to.
#pragma once

#include <cstdint>
#include <string>

namespace poolbugs::sandbox {

/// In bytes; 0 if fstat(2) fails.
std::uint64_t size_of(int file);

/// Its first bytes, at most `limit`; the file's position stays as it is.
std::string read_output(int file, std::uint64_t limit);

}  // namespace poolbugs::sandbox
