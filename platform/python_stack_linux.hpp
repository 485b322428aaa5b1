// The Python stacks in the memory of a CPython: 2.7 and 3.6 to 3.13, without
// running code in it. Any memory will do, also a damaged one: what is read is
// checked and every loop is bounded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "platform/result.hpp"
#include "platform/stacks.hpp"
#include "platform/stacks_memory_linux.hpp"

namespace poolbugs::stacks {

/// Where an interpreter keeps its state.
struct PythonPlace {
  /// Address of _PyRuntime (3.7 and later) or of interp_head.
  std::uint64_t root = 0;
  int major = 0, minor = 0;  ///< 0 if not known; not needed from 3.13 on
};

struct PythonThread {
  std::uint64_t id = 0;         ///< what pthread_self(3) says
  std::uint64_t native_id = 0;  ///< gettid(2) in its own namespace; 0: unknown
  std::vector<Frame> frames;    ///< innermost first, at most 64
};

/// An Error names the version that is not known, or says what is damaged.
Result<std::vector<PythonThread>> read_python(Memory& memory,
                                              const PythonPlace& place);

/// How a code object tells lines; offsets are in bytes of its instructions.
enum class LineTable { lnotab_unsigned, lnotab, linetable, locations };

/// The line of the instruction at `offset`, or `first_line` where the table
/// says none. Formats: Objects/lnotab_notes.txt (to 3.10), and
/// Objects/locations.md (3.11 and later) of CPython.
int line_of(LineTable kind, std::span<const std::uint8_t> table, int first_line,
            std::int64_t offset);

}  // namespace poolbugs::stacks
