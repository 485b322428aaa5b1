// Children that end with their parent, on Windows.
#pragma once

#include "platform/spawn.hpp"

namespace poolbugs {

/// A job whose processes, and all that they start, end when its last handle is
/// closed (JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
/// https://learn.microsoft.com/windows/win32/api/winnt/ns-winnt-jobobject_basic_limit_information).
/// Windows closes the handles of a process however that ends, and only
/// we have this one: so they end with us, even if they are suspended or have
/// not run their first instruction. (A thread in the child that waits for the
/// parent's handle would not do that.)
Result<UniqueFd> make_kill_on_close_job();

/// spawn_process() of a child that is in `job` before it runs
/// (PROC_THREAD_ATTRIBUTE_JOB_LIST, from Windows 10 on:
/// https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-updateprocthreadattribute).
/// If we are in a job ourselves it is in that one as well.
Result<Child> spawn_in_job(
    const std::filesystem::path& exe, const std::vector<std::string>& args,
    const std::vector<std::pair<Descriptor, int>>& fds_from_to, Group group,
    Descriptor job);

}  // namespace poolbugs
