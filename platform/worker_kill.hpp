// The end that no program can prepare for: of a worker that the out-of-memory
// killer, `kill -9` or the task manager ends.
#pragma once

#include <cstdint>

namespace poolbugs {

/// What wait_for() tells of a process that ended so: on POSIX minus SIGKILL.
/// On Windows whoever ends a process chooses its exit code, and nothing tells
/// it from one that the process chose itself
/// (https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-terminateprocess);
/// here it is 137, as shells have it for SIGKILL.
#ifdef _WIN32
inline constexpr std::int64_t kKilled = 137;
#else
inline constexpr std::int64_t kKilled = -9;
#endif

/// Ends this process so: no destructor, handler or buffer is looked after.
[[noreturn]] void kill_this_process();

}  // namespace poolbugs
