// One thread, read twice.
//
// Why two equal readings prove that it slept all the time between them: the
// count of times it was put on a CPU is read *before* the system call in the
// first reading and *after* it in the second. A sleeper's /proc/…/syscall is
// "running" unless it is off the CPU (task_current_syscall() in
// lib/syscall.c, by wait_task_inactive()). Had it run between the two looks at
// its call, the count would have grown in between; had it been woken and not
// run yet, its second state would be R. The call alone would not say so: one
// that is being woken and is not yet in a queue is inactive in its state
// TASK_WAKING for task_current_syscall(), and R for stat (TASK_REPORT in
// include/linux/sched.h).
//
// Files of the first reading stay open for the second where there is room:
// nothing is checked less, and no other thread can have this one's id.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "platform/wait_reading_linux.hpp"

namespace poolbugs::wait {
namespace {

std::optional<std::uint64_t> read_switches(FileReader& files, int tasks,
                                           ThreadReading& thread,
                                           bool& by_status) {
  ThreadPath path(thread.facts.id);
  if (!by_status) {
    const auto times = parse_schedstat(
        files.read(thread.times_file, tasks, path.of("schedstat")));
    if (times) return times;
  }
  by_status = true;
  return parse_status(files.read(tasks, path.of("status"), true)).switches;
}

bool has_left(char state) {
  return state == 'Z' || state == 'X' || state == 'x';
}

}  // namespace

bool means_denied(int error) { return error == EACCES || error == EPERM; }
bool means_gone(int error) { return error == ENOENT || error == ESRCH; }

UniqueFd open_tasks(long process) {
  std::array<char, 48> path{};
  std::snprintf(path.data(), path.size(), "/proc/%ld/task", process);
  return UniqueFd(::open(path.data(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

Reading read_thread(FileReader& files, int tasks, bool quick,
                    ThreadReading& thread, StatText& stat) {
  ThreadPath path(thread.facts.id);
  const auto switches =
      quick ? std::nullopt
            : read_switches(files, tasks, thread, thread.counted_by_status);
  std::optional<CallText> call;
  int error = 0;
  if (!quick) {
    call =
        parse_syscall(files.read(thread.call_file, tasks, path.of("syscall")));
    error = files.error();
  }
  const auto parsed =
      parse_stat(files.read(thread.stat_file, tasks, path.of("stat")));
  if (!parsed)
    return means_gone(files.error()) ? Reading::gone : Reading::not_read;
  stat = *parsed;
  thread.facts.state = stat.state;
  thread.facts.name = stat.name;
  thread.facts.blocked = stat.blocked;
  thread.facts.start_ticks = stat.start_ticks;
  if (has_left(stat.state)) return Reading::left;
  if (means_denied(error)) return Reading::denied;
  if (stat.state == 'R' || stat.state == 't' || quick ||
      (call && call->running))
    return Reading::runs;
  if (!call || !switches) return Reading::not_read;
  thread.facts.switches = *switches;
  thread.call = *call;
  thread.facts.call = call->call;
  thread.facts.arguments = call->arguments;
  thread.facts.pc = call->pc;
  thread.facts.stack = call->stack;
  return Reading::asleep;
}

bool sleeps_on(FileReader& files, int tasks, ThreadReading& before,
               long threads) {
  ThreadPath path(before.facts.id);
  const auto call =
      parse_syscall(files.read(before.call_file, tasks, path.of("syscall")));
  if (!call || !(*call == before.call)) return false;
  const auto stat =
      parse_stat(files.read(before.stat_file, tasks, path.of("stat")));
  if (!stat || stat->state != before.facts.state ||
      stat->start_ticks != before.facts.start_ticks || stat->threads != threads)
    return false;
  bool by_status = before.counted_by_status;
  const auto switches = read_switches(files, tasks, before, by_status);
  return by_status == before.counted_by_status && switches &&
         *switches == before.facts.switches;
}

}  // namespace poolbugs::wait
