// How a worker leaves.
#pragma once

namespace poolbugs {

/// Flushes standard output, where a worker's own text may wait, and leaves
/// with _exit: destructors, atexit handlers and other buffers belong to the
/// process that it was forked from.
[[noreturn]] void leave_worker(int status);

#ifndef _WIN32
/// Forgets what standard output held when this process was forked: its parent
/// will write that.
void forget_inherited_output();
#endif

}  // namespace poolbugs
