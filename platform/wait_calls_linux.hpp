// What each system call waits for. Every function gives the things that would
// end the wait, or an Error: why the thread counts as free, a phrase.
#pragma once

#include <vector>

#include "platform/result.hpp"
#include "platform/wait_objects_linux.hpp"

namespace poolbugs::wait {

using Waits = Result<std::vector<Wait>>;

Wait until_end_of(Objects& objects, int child);

/// The call that `facts` shows, of a thread of this process (an index).
Waits model_call(Objects& objects, const ThreadFacts& facts, int process);

// wait_files_linux.cpp
enum class Direction { read, write };
/// A blocking read or write of one descriptor.
Waits model_transfer(Objects& objects, int process, int descriptor,
                     Direction direction);
/// poll, select, epoll: whatever may happen to any of these.
Waits model_poll(Objects& objects, const ThreadFacts& facts, int process);
Waits model_epoll(Objects& objects, int process, int descriptor);
/// flock, and fcntl with F_SETLKW.
Waits model_flock(Objects& objects, const ThreadFacts& facts, int process);
Waits model_record_lock(Objects& objects, const ThreadFacts& facts,
                        int process);

// wait_futex_linux.cpp
Waits model_futex(Objects& objects, const ThreadFacts& facts, int process);

/// What anybody in the same IPC namespace may do: known only where nobody else
/// is there.
Waits model_anybody(Objects& objects, ObjectKind kind);

/// Signals: those that the thread handles, and `awaited`.
Waits model_signal(Objects& objects, int process, std::uint64_t awaited = 0);

}  // namespace poolbugs::wait
