#include "platform/python_stack_layout_linux.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <string>

namespace poolbugs::stacks {
namespace {

/// Printed by python_stack_layouts.sh from the headers of 2.7.18, 3.6.15,
/// 3.7.16, 3.8.18, 3.9.18, 3.10.13, 3.11.7 and 3.12.1 on x86-64.
constexpr PythonLayout known[] = {
    {2,   7, 0,  0,  8,   0,  8, 16, 0,  144, 0, 24, 32,
     120, 0, 80, 88, 104, 96, 0, 16, 36, 0,   0, 0,  0},
    {3,   6, 0,  0,   8,   8,  16, 24, 0,  152, 0,  24, 32,
     120, 0, 96, 104, 112, 36, 0,  16, 32, 32,  16, 48, 72},
    {3,   7, 24, 0,   8,   8,  16, 24, 0,  176, 0,  24, 32,
     104, 0, 96, 104, 112, 36, 0,  16, 32, 32,  16, 48, 72},
    {3,   8, 32,  0,   8,   8,  16, 24, 0,  176, 0,  24, 32,
     104, 0, 104, 112, 120, 40, 0,  16, 32, 32,  16, 48, 72},
    {3,   9, 32,  0,   8,   8,  16, 24, 0,  176, 0,  24, 32,
     104, 0, 104, 112, 120, 40, 0,  16, 32, 32,  16, 48, 72},
    {3,  10, 32,  0,   8,   8,  16, 24, 0,  176, 0,  24, 32,
     96, 0,  104, 112, 120, 40, 0,  16, 32, 32,  16, 48, 72},
    {3,  11, 40,  0,   16,  8,  16,  56, 8,  152, 160, 48, 32,
     56, 69, 112, 128, 136, 72, 184, 16, 32, 32,  16,  48, 72},
    {3,  12, 40,  0,   72,  8,  16,  56, 0,  136, 144, 8,  0,
     56, 70, 112, 128, 136, 68, 192, 16, 32, 32,  16,  40, 56},
};

using Word = std::uint64_t;

/// _Py_DebugOffsets of 3.13 (Include/internal/pycore_runtime.h), to what is
/// needed. Later versions have other fields.
struct DebugOffsets {
  char cookie[8];
  Word version, free_threaded;
  struct {
    Word size, finalizing, interpreters_head;
  } runtime;
  struct {
    Word size, id, next, threads_head, gc, imports_modules, sysdict, builtins,
        ceval_gil, gil_state, gil_enabled, gil_locked, gil_holder;
  } interpreter;
  struct {
    Word size, prev, next, interp, current_frame, thread_id, native_thread_id,
        datastack_chunk, status;
  } thread;
  struct {
    Word size, previous, executable, instr_ptr, localsplus, owner;
  } frame;
  struct {
    Word size, filename, name, qualname, linetable, firstlineno, argcount,
        localsplusnames, localspluskinds, co_code_adaptive;
  } code;
  struct {
    Word size, ob_type;
  } object;
  struct {
    Word size, tp_name, tp_repr, tp_flags;
  } type;
  struct {
    Word size, ob_item, ob_size;
  } tuple, list;
  struct {
    Word size, ma_keys, ma_values;
  } dict;
  struct {
    Word size, ob_fval;
  } float_object;
  struct {
    Word size, lv_tag, ob_digit;
  } long_object;
  struct {
    Word size, ob_size, ob_sval;
  } bytes;
  struct {
    Word size, state, length, asciiobject_size;
  } unicode;
};

Error unknown(int major, int minor) {
  if (major == 0) return {"the version of this Python is not known"};
  return {"Python " + std::to_string(major) + "." + std::to_string(minor) +
          " keeps its frames in a way that is not known here"};
}

Result<PythonLayout> self_described(const DebugOffsets& own) {
  // PY_VERSION_HEX: a byte each.
  const int major = static_cast<int>(own.version >> 24 & 0xff);
  const int minor = static_cast<int>(own.version >> 16 & 0xff);
  if (major != 3 || minor != 13) return unknown(major, minor);
  return PythonLayout{
      .major = major,
      .minor = minor,
      .interpreters_head = own.runtime.interpreters_head,
      .interpreter_next = own.interpreter.next,
      .interpreter_threads = own.interpreter.threads_head,
      .thread_next = own.thread.next,
      .thread_interpreter = own.thread.interp,
      .thread_frame = own.thread.current_frame,
      .thread_id = own.thread.thread_id,
      .thread_native_id = own.thread.native_thread_id,
      .frame_previous = own.frame.previous,
      .frame_code = own.frame.executable,
      .frame_last = own.frame.instr_ptr,
      .frame_owner = own.frame.owner,
      .code_file = own.code.filename,
      .code_name = own.code.qualname,
      .code_lines = own.code.linetable,
      .code_first_line = own.code.firstlineno,
      .code_instructions = own.code.co_code_adaptive,
      .bytes_size = own.bytes.ob_size,
      .bytes_data = own.bytes.ob_sval,
      .text_state = own.unicode.state,
      .text_length = own.unicode.length,
      .text_ascii_data = own.unicode.asciiobject_size,
      // PyCompactUnicodeObject adds utf8_length and utf8.
      .text_other_data = own.unicode.asciiobject_size + 16,
  };
}

}  // namespace

LineTable PythonLayout::lines() const {
  if (major == 2) return LineTable::lnotab_unsigned;
  if (minor >= 11) return LineTable::locations;
  return minor == 10 ? LineTable::linetable : LineTable::lnotab;
}

Result<PythonLayout> python_layout(Memory& memory, const PythonPlace& place) {
  DebugOffsets own{};
  if (memory.get(place.root, own) &&
      std::memcmp(own.cookie, "xdebugpy", sizeof own.cookie) == 0)
    return self_described(own);
  const auto* row =
      std::ranges::find_if(known, [&](const PythonLayout& layout) {
        return layout.major == place.major && layout.minor == place.minor;
      });
  if (row == std::end(known)) return unknown(place.major, place.minor);
  return *row;
}

}  // namespace poolbugs::stacks
