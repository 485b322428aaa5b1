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

/// The path of this program in UTF-8, for starting it again. It is resolved
/// now, so it holds in a child as well.
Result<std::string> own_executable();

/// The words of a command that an environment variable holds, one a line;
/// none if it is not set.
std::vector<std::string> command_in(const char* variable);

/// What starts this program again: its path, after the words of the emulator
/// that it needs on this machine, which the harness leaves in
/// POOLBUGS_EMULATOR. Without binfmt_misc no kernel executes the programs of
/// another architecture, and qemu-user hands its guest's execve to the kernel
/// (https://github.com/vivier/qemu-m68k/commit/8952fce860f0).
Result<std::vector<std::string>> own_command();

/// Whose process group a child is in: ours, or one that it leads.
enum class Group { ours, own };

/// Starts `exe` (no search in PATH) with the arguments after argv[0] and our
/// environment. Of each pair {from, to} the child has our descriptor `from`
/// under the number `to`, whatever overlaps; besides these it inherits what is
/// not close-on-exec. No signal is blocked or ignored in it. The caller waits
/// for the pid. "spawn /no/such: No such file or directory" if it cannot start.
/// Windows: 0, 1, 2 are the standard handles, ours where they are not in the
/// list; the child finds the other numbers by inherited() and inherits nothing
/// else, also no handle that another thread made inheritable. Arguments are
/// quoted as command_line.hpp says. "CreateProcess C:\no\such: File not found
/// (error 2)". macOS: besides the list the child inherits 0, 1 and 2 alone.
Result<Child> spawn_process(
    const std::filesystem::path& exe, const std::vector<std::string>& args,
    const std::vector<std::pair<Descriptor, int>>& fds_from_to,
    Group group = Group::ours);

/// spawn_process() of own_command() with these arguments after it.
Result<Child> spawn_self(
    const std::vector<std::string>& args,
    const std::vector<std::pair<Descriptor, int>>& fds_from_to);

/// What the parent gave this process under `number`, which the caller may own.
/// Windows: kNoDescriptor if it gave nothing under it; from the first call on,
/// children of this process do not inherit it, however they are started.
Descriptor inherited(int number);

/// A descriptor that polls readable (Windows: is signalled) once the process
/// has ended. `child` is a child of ours that was not waited for: its pid
/// cannot mean another process.
Result<UniqueFd> exit_descriptor(Child child);

#ifndef _WIN32
/// Ends this process (SIGKILL) when the thread that started it ends, at once
/// if that was before this call: then its parent is no longer `parent`.
/// On Windows the parent sees to it: spawn_windows.hpp.
void end_with_parent(pid_t parent);
#endif

}  // namespace poolbugs
