#include "platform/process_tree_macos.hpp"

#include <libproc.h>
#include <sys/resource.h>

#include "platform/libproc_macos.hpp"
#include "platform/process_tree.hpp"

namespace poolbugs {
namespace {

char state_of(const proc_threadinfo& thread) {
  switch (thread.pth_run_state) {
    case TH_STATE_RUNNING:
      return 'R';
    case TH_STATE_WAITING:
      return 'S';
    case TH_STATE_UNINTERRUPTIBLE:
      return 'D';
    case TH_STATE_STOPPED:
    case TH_STATE_HALTED:
      return 'T';
    default:
      return '?';
  }
}

std::vector<std::uint64_t> thread_handles(pid_t process) {
  std::vector<std::uint64_t> handles(64);
  while (true) {
    const auto room = static_cast<int>(handles.size() * sizeof(std::uint64_t));
    const int got =
        ::proc_pidinfo(process, PROC_PIDLISTTHREADS, 0, handles.data(), room);
    if (got < room) {
      handles.resize(static_cast<std::size_t>(got > 0 ? got : 0) /
                     sizeof(std::uint64_t));
      return handles;
    }
    handles.resize(handles.size() * 2);
  }
}

/// Nanoseconds, from seconds and microseconds (fill_taskthreadinfo in xnu's
/// osfmk/kern/bsd_kern.c).
ThreadSample sample_thread(pid_t process, std::uint64_t handle) {
  ThreadSample sample;
  sample.id = static_cast<long>(handle);
  proc_threadinfo thread{};
  if (::proc_pidinfo(process, PROC_PIDTHREADINFO, handle, &thread,
                     sizeof thread) != static_cast<int>(sizeof thread))
    return sample;
  constexpr std::uint64_t kTick = 10'000'000;
  sample.state = state_of(thread);
  sample.cpu_ns = thread.pth_user_time + thread.pth_system_time;
  if (sample.state == 'R') {
    sample.user_ticks = thread.pth_user_time / kTick;
    sample.system_ticks = thread.pth_system_time / kTick;
  }
  return sample;
}

}  // namespace

ProcessSample sample_process(const libproc::Process& process) {
  ProcessSample sample;
  sample.id = process.id;
  sample.parent = process.parent;
  sample.start_ticks = process.started_us;
  if (process.zombie) {
    sample.threads.push_back({.id = process.id, .state = 'Z'});
    return sample;
  }
  rusage_info_v2 used{};
  if (::proc_pid_rusage(process.id, RUSAGE_INFO_V2,
                        reinterpret_cast<rusage_info_t*>(&used)) == 0)
    sample.private_memory = used.ri_phys_footprint;
  for (const std::uint64_t handle : thread_handles(process.id))
    sample.threads.push_back(sample_thread(process.id, handle));
  proc_taskinfo task{};
  if (!sample.threads.empty() &&
      ::proc_pidinfo(process.id, PROC_PIDTASKINFO, 0, &task, sizeof task) ==
          static_cast<int>(sizeof task)) {
    // Counted for the process alone; an increase of any thread's is seen there.
    sample.threads.front().switches = static_cast<std::uint32_t>(task.pti_csw);
    sample.threads.front().faults = static_cast<std::uint32_t>(task.pti_faults);
  }
  return sample;
}

TreeSample sample_processes(const std::vector<libproc::Process>& processes,
                            std::size_t most) {
  TreeSample sample;
  for (const libproc::Process& process : processes) {
    if (processes.size() <= most) {
      sample.processes.push_back(sample_process(process));
      continue;
    }
    ProcessSample counted;
    counted.id = process.id;
    counted.threads.emplace_back();
    sample.processes.push_back(counted);
  }
  sample.at = std::chrono::steady_clock::now();
  return sample;
}

TreeSample sample_tree(long root, std::size_t most, bool with_root) {
  auto processes = libproc::descendants(static_cast<pid_t>(root), most);
  if (with_root)
    if (auto first = libproc::find(static_cast<pid_t>(root)))
      processes.insert(processes.begin(), std::move(*first));
  return sample_processes(processes, most);
}

/// What a thread waits in, and whether with a time-out, macOS tells nobody
/// without its task port (task_for_pid), which only a debugger gets.
Wait where_it_waits(long, long) { return {"", true, -1, {}}; }

}  // namespace poolbugs
