// Whether the kernel may write to an eventfd for a control group: the memory
// controller of version 1 does so on request (cgroup.event_control,
// Documentation/admin-guide/cgroup-v1/memory.rst).
#pragma once

#include <string_view>

#include "platform/wait_facts.hpp"

namespace poolbugs::wait {

/// The text of /proc/cgroups: `memory` belongs to a hierarchy of version 1.
/// True if the text is none (cgroups(7): 0 is "not mounted" or version 2).
bool has_old_memory_groups(std::string_view cgroups);

/// The text of /proc/PID/mountinfo: such a hierarchy is mounted writable.
bool mounts_old_memory_groups(std::string_view mounts);

/// Surroundings::group_events. False if there is no such hierarchy, or if in
/// the tree's own namespaces it is mounted read-only for every process. A
/// program that runs as the machine's root could mount it anew in namespaces
/// below its own, ask for an event and leave no trace: not seen.
bool may_have_group_events(const Facts& facts, bool own_namespaces);

}  // namespace poolbugs::wait
