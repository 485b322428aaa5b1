// All that libdw does for stacks: unwinding, names and lines.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/python_stack_linux.hpp"
#include "platform/stacks.hpp"
#include "platform/stacks_capture_linux.hpp"

namespace poolbugs::stacks {

/// What was found in ELF files, kept between processes that map the same.
struct SymbolCache {
  using File = std::string;  ///< device and inode, as in maps
  using Place = std::pair<File, std::uint64_t>;  ///< offset in memory
  std::map<Place, std::vector<Frame>> frames;
  struct Python {
    std::optional<std::uint64_t> root, version;  ///< offsets
    int major = 0, minor = 0;                    ///< by the file's name
  };
  std::map<File, Python> pythons;
};

/// The files that a process maps, as of now. They are opened in the process'
/// own root folder, and only if they are still the mapped ones (same inode).
/// Debug information is looked for in the file itself and, by build id, below
/// /usr/lib/debug; nothing is ever downloaded.
class Image {
 public:
  /// An Error if the mappings cannot be read.
  static Result<std::unique_ptr<Image>> open(long process, SymbolCache& cache);
  virtual ~Image() = default;

  /// If this process is a CPython.
  virtual std::optional<PythonPlace> python() = 0;
  /// Innermost first, at most 64; trimmed as stacks.hpp says.
  virtual std::vector<Frame> unwind(const CapturedThread& thread) = 0;
  /// "" if unknown.
  virtual std::string symbol(std::uint64_t pc) = 0;
};

}  // namespace poolbugs::stacks
