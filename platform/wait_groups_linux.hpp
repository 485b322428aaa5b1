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

/// Surroundings::group_events. False if there is no such hierarchy, or if it is
/// mounted writable for no process: who asks for an event names an eventfd of
/// his own (memcg_write_event_control() in mm/memcontrol-v1.c). A program
/// that runs as the machine's root could mount it anew, ask and unmount it: not
/// seen.
bool may_have_group_events(const Facts& facts);

}  // namespace poolbugs::wait
