#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "platform/proc_linux.hpp"
#include "platform/process_tree.hpp"
#include "platform/system_calls_linux.hpp"
#include "platform/wait_text_linux.hpp"

namespace poolbugs {
namespace {

std::string path_of(long process, const char* file) {
  return "/proc/" + std::to_string(process) + "/" + file;
}

/// The number after "KEY: " in the text of /proc/PID/io.
std::uint64_t value_of(const std::string& text, const char* key) {
  const std::size_t at = text.find(key);
  if (at == std::string::npos) return 0;
  return std::strtoull(text.c_str() + at + std::char_traits<char>::length(key),
                       nullptr, 10);
}

/// What it spends its CPU time on, from /proc/PID/task/TID/stat.
void add_pace(const std::string& stat, ThreadSample& sample) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return;
  unsigned long long minor = 0, major = 0, user = 0, system = 0;
  // Fields 10, 12, 14 and 15 (proc(5)).
  if (std::sscanf(stat.c_str() + name_end + 1,
                  " %*c %*d %*d %*d %*d %*d %*u %llu %*u %llu %*u %llu %llu",
                  &minor, &major, &user, &system) != 4)
    return;
  sample.faults = minor + major;
  sample.user_ticks = user;
  sample.system_ticks = system;
}

ThreadSample sample_thread(const std::string& folder, pid_t thread) {
  ThreadSample sample;
  sample.id = thread;
  const std::string base = folder + std::to_string(thread);
  const std::string stat = proc::read_file((base + "/stat").c_str());
  const std::string state = proc::stat_field(stat, 3);
  if (!state.empty()) sample.state = state[0];
  if (sample.state == 'R') add_pace(stat, sample);
  // Time on a CPU, time waiting for one, times put on one
  // (Documentation/scheduler/sched-stats.rst).
  const std::string scheduled = proc::read_file((base + "/schedstat").c_str());
  unsigned long long run = 0, waited = 0, switches = 0;
  if (std::sscanf(scheduled.c_str(), "%llu %llu %llu", &run, &waited,
                  &switches) == 3) {
    sample.cpu_ns = run;
    sample.queue_ns = waited;
    sample.switches = switches;
  }
  return sample;
}

ProcessSample sample_process(pid_t process) {
  ProcessSample sample;
  sample.id = process;
  const std::string stat = proc::read_file(path_of(process, "stat").c_str());
  sample.parent = std::atol(proc::stat_field(stat, 4).c_str());
  sample.start_ticks =
      std::strtoull(proc::stat_field(stat, 22).c_str(), nullptr, 10);
  const std::string io = proc::read_file(path_of(process, "io").c_str());
  sample.bytes_moved = value_of(io, "rchar: ") + value_of(io, "wchar: ");
  // Pages: size, resident, of these shared (proc(5)).
  const std::string statm = proc::read_file(path_of(process, "statm").c_str());
  unsigned long long size = 0, resident = 0, shared = 0;
  if (std::sscanf(statm.c_str(), "%llu %llu %llu", &size, &resident, &shared) ==
          3 &&
      resident > shared)
    sample.private_memory = (resident - shared) *
                            static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  const std::string folder = path_of(process, "task/");
  for (const pid_t thread : proc::numbered_entries(folder.c_str()))
    sample.threads.push_back(sample_thread(folder, thread));
  return sample;
}

}  // namespace

TreeSample sample_tree(long root, std::size_t most, bool with_root) {
  TreeSample sample;
  auto processes = proc::descendants(static_cast<pid_t>(root), most);
  if (with_root) processes.insert(processes.begin(), static_cast<pid_t>(root));
  for (const pid_t process : processes) {
    if (processes.size() <= most) {
      sample.processes.push_back(sample_process(process));
      continue;
    }
    ProcessSample counted;
    counted.id = process;
    counted.threads.emplace_back();
    sample.processes.push_back(counted);
  }
  sample.at = std::chrono::steady_clock::now();
  return sample;
}

Wait where_it_waits(long process, long thread) {
  const std::string path =
      path_of(process, ("task/" + std::to_string(thread) + "/syscall").c_str());
  const auto call = wait::parse_syscall(proc::read_file(path.c_str()));
  if (!call || call->call < 0) return {"", true, -1, {}};
  const char* name = call_name(call->call);
  return {name != nullptr ? name : "system call " + std::to_string(call->call),
          is_timed(call->call, call->arguments.data()), call->call,
          call->arguments};
}

}  // namespace poolbugs
