// Where in the kernel a thread sleeps: /proc/PID/task/TID/wchan.
#pragma once

#include <string>
#include <string_view>

#include "platform/wait_reading_linux.hpp"

namespace poolbugs::wait {

/// The name of the function; "" if it is not known: kernels without
/// CONFIG_KALLSYMS, and those that cannot unwind a stack, say "0".
/// `tasks`: /proc/PID/task.
std::string read_place(FileReader& files, int tasks, long thread);

/// Whether a thread that sleeps there sleeps although its call does not say
/// so: on the way into the call or out of it, or in a page fault.
bool is_elsewhere(std::string_view place);

/// Whether that is where a parent waits for its vfork child.
bool waits_for_vfork(std::string_view place);

/// With no name for its place: who has seccomp filters may wait for a
/// notifier.
bool may_be_notified(FileReader& files, int tasks, long thread);

}  // namespace poolbugs::wait
