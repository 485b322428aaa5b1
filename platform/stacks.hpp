// Where the threads of running processes are, as function, file and line, and
// for CPython also as Python frames (read from its memory: no code runs there).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace poolbugs::stacks {

struct Frame {
  std::string function;  ///< demangled, no parameters; "?" if unknown
  /// Base name of the source; where that is not known (`line` is 0), of the
  /// ELF file. Lines come from debug information within the ELF file; from what
  /// distributions ship apart only names. Inlined calls have their own frames.
  std::string file;
  int line = 0;
  bool operator==(const Frame&) const = default;
};

struct ThreadStack {
  long thread = 0;  ///< as this process sees it
  /// Innermost first, at most 64, down to main or the thread's first function;
  /// without the standard library's own calls between std::thread or
  /// std::function and what they hold.
  std::vector<Frame> native;
  std::vector<Frame> python;  ///< likewise; empty if it runs no Python
  std::string failure;        ///< why `native` is empty or of one frame
};

struct ProcessStacks {
  long process = 0;
  std::vector<ThreadStack> threads;  ///< by id
  std::string failure;               ///< why there are no threads
  std::string python_failure;        ///< it is a CPython that we cannot read
};

/// Stops each process in turn for a moment (about a millisecond) by ptrace
/// (PTRACE_SEIZE and PTRACE_INTERRUPT), copies registers and stacks, lets it go
/// on and only then unwinds the copies. System calls are interrupted: most
/// restart unseen, but those that signal(7) lists as "interrupted by a stop
/// signal" return EINTR: epoll_wait, sigtimedwait, semop, reads of inotify …
/// A process that was stopped stays stopped; signals that come meanwhile are
/// delivered. A thread that cannot stop within about a second (uninterruptible
/// sleep, a parent in vfork, a frozen group) has a `failure`, and if its
/// program counter is known one frame.
///
/// Nobody stays stopped, whatever happens here: the tracer is a thread of its
/// own, and the kernel lets its tracees go when it ends. No status of a child
/// is swallowed. But meanwhile no other thread of ours may wait for children
/// (it could take the stops for itself), and SIGCHLD comes more often.
/// Needs ptrace rights (ptrace(2), "Ptrace access mode checking"); 64 bit
/// processes of our own machine only. Costs some ms a process, more for the
/// first with large debug information.
std::vector<ProcessStacks> take_stacks(const std::vector<long>& processes);

/// The function at a program counter, as in Frame, from the mappings and the
/// ELF file alone: nobody is stopped. "" if unknown.
std::string symbol_at(long process, std::uint64_t pc);

}  // namespace poolbugs::stacks
