// What a CPython would do with SIGINT, read from its memory with
// process_vm_readv(2): nobody is stopped. CPython catches SIGINT always; who
// did not ask for anything has signal.default_int_handler in the table that
// signal.getsignal() reads (Modules/signalmodule.c).
//
// That table is one for the whole process and global to all subinterpreters;
// a fork copies it. It is found by its shape, in the static memory of the one
// file that holds this interpreter. Objects are known by their types, which are
// at exported addresses: nothing that a program builds in Python looks alike.
//
// Taken for granted, because the kernel says of a handler only that there is
// one: that nobody replaced CPython's own C function by sigaction(2) in C (a
// library, ctypes, faulthandler.register(SIGINT)). A program that embeds
// Python often does, so only executables called "python…" are looked at.
#pragma once

namespace poolbugs::stacks {

enum class PythonSigint {
  not_python,       ///< no CPython in its executable or a libpython
  default_handler,  ///< signal.default_int_handler: raises KeyboardInterrupt
  runner,           ///< asyncio.Runner's own: cancels its main task (3.11 on)
  /// Whatever the program asked for, or nothing; or a descriptor is written to
  /// as well (signal.set_wakeup_fd()).
  other,
  /// May not be read; embeds Python, or has two of them; an unknown version;
  /// starts or ends; changed meanwhile.
  unknown,
};

/// 2.7 and 3.6 to 3.13. Remembers files that it has seen.
PythonSigint python_sigint(long process);

}  // namespace poolbugs::stacks
