// Where the fields of CPython's structures lie, version by version.
#pragma once

#include <cstdint>

#include "platform/python_stack_linux.hpp"
#include "platform/result.hpp"

namespace poolbugs::stacks {

/// Offsets in bytes, in the order of python_stack_layouts.sh. 0 where a version
/// has no such field, or none is needed.
struct PythonLayout {
  int major = 0, minor = 0;
  std::uint64_t interpreters_head = 0;  ///< from PythonPlace::root
  std::uint64_t interpreter_next = 0, interpreter_threads = 0;
  std::uint64_t thread_next = 0, thread_interpreter = 0;
  std::uint64_t thread_frame = 0;  ///< of the frame, or to 3.12 the C frame …
  std::uint64_t c_frame_frame = 0;  ///< … in which it then is
  std::uint64_t thread_id = 0, thread_native_id = 0;
  std::uint64_t frame_previous = 0, frame_code = 0;
  std::uint64_t frame_last = 0;  ///< last instruction: index or pointer
  std::uint64_t frame_owner = 0;
  std::uint64_t code_file = 0, code_name = 0;  ///< 3.11+: co_qualname
  std::uint64_t code_lines = 0, code_first_line = 0, code_instructions = 0;
  std::uint64_t bytes_size = 0, bytes_data = 0;
  std::uint64_t text_state = 0, text_length = 0;
  std::uint64_t text_ascii_data = 0, text_other_data = 0;

  [[nodiscard]] bool at_least(int wanted_minor) const {
    return major == 3 && minor >= wanted_minor;
  }
  [[nodiscard]] LineTable lines() const;
};

/// From 3.13 on out of the interpreter itself (_Py_DebugOffsets at the start
/// of _PyRuntime), before from a table.
Result<PythonLayout> python_layout(Memory& memory, const PythonPlace& place);

}  // namespace poolbugs::stacks
