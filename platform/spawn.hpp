// Starting an executable with exactly the descriptors it should have.
#pragma once

#ifndef _WIN32
#include <sys/types.h>
#endif

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "platform/result.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs {

/// What a parent knows its child by until it has waited for it: a pid, on
/// Windows the HANDLE of the process, as the CRT's _spawn and _cwait have it.
#ifdef _WIN32
using Child = std::intptr_t;
#else
using Child = pid_t;
#endif

/// The path of this program, for starting it again. It is resolved now, so it
/// holds in a child as well.
Result<std::string> own_executable();

/// Whose process group a child is in: ours, or one that it leads.
enum class Group { ours, own };

/// Starts `exe` (no search in PATH) with the arguments after argv[0] and our
/// environment. Of each pair {from, to} the child has our descriptor `from`
/// under the number `to`, whatever overlaps; besides these it inherits what is
/// not close-on-exec. No signal is blocked or ignored in it. The caller waits
/// for the pid. "spawn /no/such: No such file or directory" if it cannot start.
Result<Child> spawn_process(const std::filesystem::path& exe,
                            const std::vector<std::string>& args,
                            const std::vector<std::pair<Descriptor, int>>& fds_from_to,
                            Group group = Group::ours);

/// A descriptor that polls readable once the process has ended. `child` is a
/// child of ours that was not waited for: its pid cannot mean another process.
Result<UniqueFd> exit_descriptor(Child child);

/// Ends this process (SIGKILL) when the thread that started it ends, at once
/// if that was before this call: then its parent is no longer `parent`.
void end_with_parent(pid_t parent);

}  // namespace poolbugs
