// Small readers of libproc, the nearest thing of macOS to /proc. Of processes
// of other users it tells nothing but what ps(1) shows (proc_security_policy in
// xnu's bsd/kern/proc_info.c).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace poolbugs::libproc {

struct Process {
  pid_t id = 0, parent = 0;
  std::uint64_t started_us = 0;  ///< since 1970; tells reused ids apart
  bool zombie = false, stopped = false;
  std::string name;  ///< at most 15 bytes (MAXCOMLEN)
};

std::optional<Process> find(pid_t process);

/// Every process of this user, oldest first.
std::vector<Process> all();

/// Every process below `root` (not root itself), zombies too, parents before
/// children; not many more than `most`. Orphans are not among them: launchd is
/// their parent, and macOS has no subreaper.
std::vector<Process> descendants(
    pid_t root, std::size_t most = std::numeric_limits<std::size_t>::max());

/// Whether the process was started with NAME=VALUE in its environment. "No" as
/// well of those that hide it: of Apple's own programs the kernel shows none
/// (cs_restricted in sysctl_procargsx, xnu's bsd/kern/kern_sysctl.c).
bool has_in_environment(pid_t process, const std::string& entry);

/// Its arguments, a space between; its name if they cannot be read.
std::string command_line(const Process& process);

}  // namespace poolbugs::libproc
