// Small readers of /proc that allocate little: used many times a second by the
// harness, and by the static jail.
#pragma once

#include <sys/types.h>

#include <limits>
#include <string>
#include <vector>

namespace poolbugs::proc {

/// Reads at most `limit` bytes of a file; "" if it cannot be read.
std::string read_file(const char* path, std::size_t limit = 64 * 1024);

/// Every process below `root` (not root itself), parents before children; not
/// many more than `most`, for those who cannot afford to list a fork bomb.
/// Processes that come or go meanwhile may be missed: call again to be sure.
/// From /proc/PID/task/TID/children where the kernel has it
/// (CONFIG_PROC_CHILDREN), else from the parents in all of /proc/PID/stat.
std::vector<pid_t> descendants(
    pid_t root, std::size_t most = std::numeric_limits<std::size_t>::max());

/// The children of all threads of a process, in the same way.
std::vector<pid_t> children(pid_t parent);

/// Numbers among the names in a folder ("/proc", "/proc/1/task"), sorted.
std::vector<pid_t> numbered_entries(const char* folder);

/// The field of /proc/…/stat with this number (proc(5), from 3 on), or "".
/// Counts from the last ')' since a name may hold spaces and brackets.
std::string stat_field(const std::string& stat, int number);

}  // namespace poolbugs::proc
