// File systems that only a tree can reach.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace poolbugs::wait {

/// Devices of the tmpfs that are in `theirs` and not in `ours`, two texts of
/// /proc/PID/mountinfo (proc_pid_mountinfo(5)).
std::set<std::uint64_t> private_tmpfs(std::string_view theirs,
                                      std::string_view ours);

/// The same of a living process and of ourselves; empty if it cannot be told.
std::set<std::uint64_t> private_tmpfs_of(long process);

/// Where in this text of /proc/PID/mountinfo the tmpfs of that device is to be
/// seen as a whole: from its root on, and with no other mount below. Nothing
/// if there is no such place, or its path is escaped.
std::optional<std::string> whole_tmpfs(std::string_view mounts,
                                       std::uint64_t device);

/// Pipes, by inode, that the kernel writes to for a file system of the kind
/// autofs in this text (autofs_show_options() in fs/autofs/inode.c).
std::set<std::uint64_t> autofs_pipes(std::string_view mounts);

/// The same of a living process.
std::optional<std::string> whole_tmpfs_at(long process, std::uint64_t device);
std::set<std::uint64_t> autofs_pipes_of(long process);

}  // namespace poolbugs::wait
