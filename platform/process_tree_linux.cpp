#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "platform/proc_linux.hpp"
#include "platform/process_tree.hpp"

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

ThreadSample sample_thread(const std::string& folder, pid_t thread) {
  ThreadSample sample;
  sample.id = thread;
  const std::string base = folder + std::to_string(thread);
  const std::string stat = proc::read_file((base + "/stat").c_str());
  const std::string state = proc::stat_field(stat, 3);
  if (!state.empty()) sample.state = state[0];
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

/// System calls in which programs wait. One that is not here has no name: the
/// reader sees its number.
const char* call_name(long number) {
  switch (number) {
#define POOLBUGS_CALL(name) \
  case SYS_##name:          \
    return #name;
    POOLBUGS_CALL(read)
    POOLBUGS_CALL(readv)
    POOLBUGS_CALL(pread64)
    POOLBUGS_CALL(write)
    POOLBUGS_CALL(writev)
    POOLBUGS_CALL(sendto)
    POOLBUGS_CALL(sendmsg)
    POOLBUGS_CALL(recvfrom)
    POOLBUGS_CALL(recvmsg)
    POOLBUGS_CALL(accept)
    POOLBUGS_CALL(accept4)
    POOLBUGS_CALL(connect)
    POOLBUGS_CALL(futex)
    POOLBUGS_CALL(ppoll)
    POOLBUGS_CALL(pselect6)
    POOLBUGS_CALL(epoll_pwait)
    POOLBUGS_CALL(wait4)
    POOLBUGS_CALL(waitid)
    POOLBUGS_CALL(nanosleep)
    POOLBUGS_CALL(clock_nanosleep)
    POOLBUGS_CALL(flock)
    POOLBUGS_CALL(fcntl)
    POOLBUGS_CALL(semtimedop)
    POOLBUGS_CALL(semop)
    POOLBUGS_CALL(msgrcv)
    POOLBUGS_CALL(msgsnd)
    POOLBUGS_CALL(mq_timedreceive)
    POOLBUGS_CALL(mq_timedsend)
    POOLBUGS_CALL(rt_sigtimedwait)
    POOLBUGS_CALL(rt_sigsuspend)
    POOLBUGS_CALL(openat)
    POOLBUGS_CALL(vmsplice)
    POOLBUGS_CALL(splice)
#ifdef SYS_poll
    POOLBUGS_CALL(poll)
    POOLBUGS_CALL(select)
    POOLBUGS_CALL(epoll_wait)
    POOLBUGS_CALL(pause)
    POOLBUGS_CALL(open)
    POOLBUGS_CALL(vfork)
#endif
#undef POOLBUGS_CALL
    default:
      return nullptr;
  }
}

/// Whether the call ends by itself. The time-out's place among the arguments
/// is in each call's manual page.
bool is_timed(long number, const unsigned long long* arguments) {
  switch (number) {
    case SYS_nanosleep:
    case SYS_clock_nanosleep:
    // What a sleep goes on with after a stop (restart_syscall(2)).
    case SYS_restart_syscall:
      return true;
    case SYS_futex:
      return arguments[3] != 0;
    case SYS_semtimedop:
      return arguments[3] != 0;
    case SYS_ppoll:
    case SYS_rt_sigtimedwait:
      return arguments[2] != 0;
    case SYS_pselect6:
    case SYS_mq_timedreceive:
    case SYS_mq_timedsend:
      return arguments[4] != 0;
    case SYS_epoll_pwait:
      return static_cast<int>(arguments[3]) != -1;
#ifdef SYS_poll
    case SYS_poll:
      return static_cast<int>(arguments[2]) >= 0;
    case SYS_select:
      return arguments[4] != 0;
    case SYS_epoll_wait:
      return static_cast<int>(arguments[3]) != -1;
#endif
    default:
      return call_name(number) == nullptr;  // whatever that may do
  }
}

}  // namespace

int TreeSample::tasks() const {
  std::size_t count = 0;
  for (const ProcessSample& process : processes)
    count += process.threads.size();
  return static_cast<int>(count);
}

std::uint64_t TreeSample::private_memory() const {
  std::uint64_t bytes = 0;
  for (const ProcessSample& process : processes)
    bytes += process.private_memory;
  return bytes;
}

TreeSample sample_tree(long root, std::size_t most) {
  TreeSample sample;
  const auto processes = proc::descendants(static_cast<pid_t>(root), most);
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
  const std::string text = proc::read_file(path.c_str());
  // "NUMBER ARG0 … ARG5 SP PC", or "running", or "-1 SP PC" outside of a call.
  long number = -1;
  unsigned long long arguments[6] = {};
  const int fields =
      std::sscanf(text.c_str(), "%ld %llx %llx %llx %llx %llx %llx", &number,
                  &arguments[0], &arguments[1], &arguments[2], &arguments[3],
                  &arguments[4], &arguments[5]);
  if (fields != 7) return {"", true};
  const char* name = call_name(number);
  return {name != nullptr ? name : "system call " + std::to_string(number),
          is_timed(number, arguments)};
}

}  // namespace poolbugs
