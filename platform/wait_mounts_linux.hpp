// File systems that only a tree can reach.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string_view>

namespace poolbugs::wait {

/// Devices of the tmpfs that are in `theirs` and not in `ours`, two texts of
/// /proc/PID/mountinfo (proc_pid_mountinfo(5)).
std::set<std::uint64_t> private_tmpfs(std::string_view theirs,
                                      std::string_view ours);

/// The same of a living process and of ourselves; empty if it cannot be told.
std::set<std::uint64_t> private_tmpfs_of(long process);

}  // namespace poolbugs::wait
