#!/bin/sh
# Prints the rows of the table in python_stack_layout_linux.cpp, measured by
# compiling offsetof() against the headers of installed CPythons:
#   platform/python_stack_layouts.sh INCLUDE_FOLDER…
# where INCLUDE_FOLDER holds Python.h (…/include/python3.11). 64 bit only.
set -eu
probe=$(mktemp -d)
trap 'rm -rf "$probe"' EXIT
cat > "$probe/probe.c" << 'END'
#include <Python.h>
#if PY_VERSION_HEX >= 0x03080000
#include <internal/pycore_code.h>
#if PY_VERSION_HEX >= 0x03090000
#include <internal/pycore_interp.h>
#include <internal/pycore_runtime.h>
#endif
#include <internal/pycore_pystate.h>
#elif PY_VERSION_HEX >= 0x03070000
#include <internal/pystate.h>
#endif
#include <frameobject.h>
#include <stddef.h>
#include <stdio.h>
#if PY_VERSION_HEX >= 0x030b0000
#include <internal/pycore_frame.h>
#define FRAME _PyInterpreterFrame
#define F_BACK previous
#define F_LASTI prev_instr
#define TSTATE_FRAME offsetof(PyThreadState, cframe)
#define CFRAME offsetof(_PyCFrame, current_frame)
#define CO_LINES co_linetable
#define CO_NAME co_qualname
#define CO_CODE offsetof(PyCodeObject, co_code_adaptive)
#define NATIVE offsetof(PyThreadState, native_thread_id)
#define OWNER offsetof(FRAME, owner)
#define UNIT 2
#else
#if PY_VERSION_HEX >= 0x030a0000
#define CO_LINES co_linetable
#define UNIT 2
#else
#define CO_LINES co_lnotab
#define UNIT 1
#endif
#define FRAME PyFrameObject
#define F_BACK f_back
#define F_LASTI f_lasti
#define TSTATE_FRAME offsetof(PyThreadState, frame)
#define CFRAME 0
#define CO_NAME co_name
#define CO_CODE 0
#define NATIVE 0
#define OWNER 0
#endif
#if PY_VERSION_HEX >= 0x030b0000
#define THREADS offsetof(PyInterpreterState, threads.head)
#else
#define THREADS offsetof(PyInterpreterState, tstate_head)
#endif
#if PY_VERSION_HEX >= 0x03070000
#define HEAD offsetof(_PyRuntimeState, interpreters.head)
#else
#define HEAD 0 /* the symbol interp_head itself */
#endif
#if PY_VERSION_HEX >= 0x03000000
#define TEXT_STATE offsetof(PyASCIIObject, state)
#define TEXT_LENGTH offsetof(PyASCIIObject, length)
#define TEXT_ASCII sizeof(PyASCIIObject)
#define TEXT_OTHER sizeof(PyCompactUnicodeObject)
#define BYTES PyBytesObject
#else
#define TEXT_STATE 0
#define TEXT_LENGTH 0
#define TEXT_ASCII 0
#define TEXT_OTHER 0
#define BYTES PyStringObject
#endif
int main(void) {
  /* in the order of PythonLayout */
  printf("{%d, %d", PY_MAJOR_VERSION, PY_MINOR_VERSION);
#define SHOW(name, value) printf(", %ld", (long)(value))
  SHOW(interpreters_head, HEAD);
  SHOW(interpreter_next, offsetof(PyInterpreterState, next));
  SHOW(interpreter_threads, THREADS);
  SHOW(thread_next, offsetof(PyThreadState, next));
  SHOW(thread_interpreter, offsetof(PyThreadState, interp));
  SHOW(thread_frame, TSTATE_FRAME);
  SHOW(c_frame_frame, CFRAME);
  SHOW(thread_id, offsetof(PyThreadState, thread_id));
  SHOW(thread_native_id, NATIVE);
  SHOW(frame_previous, offsetof(FRAME, F_BACK));
  SHOW(frame_code, offsetof(FRAME, f_code));
  SHOW(frame_last, offsetof(FRAME, F_LASTI));
  SHOW(frame_owner, OWNER);
  SHOW(code_file, offsetof(PyCodeObject, co_filename));
  SHOW(code_name, offsetof(PyCodeObject, CO_NAME));
  SHOW(code_lines, offsetof(PyCodeObject, CO_LINES));
  SHOW(code_first_line, offsetof(PyCodeObject, co_firstlineno));
  SHOW(code_instructions, CO_CODE);
  SHOW(bytes_size, offsetof(BYTES, ob_base.ob_size) + 0);
  SHOW(bytes_data, offsetof(BYTES, ob_sval));
  SHOW(text_state, TEXT_STATE);
  SHOW(text_length, TEXT_LENGTH);
  SHOW(text_ascii_data, TEXT_ASCII);
  SHOW(text_other_data, TEXT_OTHER);
  puts("},");
  return 0;
}
END
# Python 2 has the fields of its macro PyObject_VAR_HEAD in the struct itself.
for include in "$@"; do
  source=$probe/probe.c
  case $include in
    *2.7)
      sed 's/ob_base\.ob_size/ob_size/' "$source" > "$probe/two.c"
      source=$probe/two.c
      ;;
  esac
  "${CC:-cc}" -w -DPy_BUILD_CORE -I "$include" -I "$include/internal" \
    "$source" -o "$probe/probe"
  "$probe/probe"
done
