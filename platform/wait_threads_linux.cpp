// One thread, read twice.
//
// Why two equal readings prove that it slept all the time between them: the
// count of times it was put on a CPU is read *before* the system call in the
// first reading and *after* it in the second. A sleeper's /proc/…/syscall is
// "running" unless it is off the CPU (task_current_syscall() in
// lib/syscall.c, by wait_task_inactive()). Had it run between the two looks at
// its call, the count would have grown in between; had it been woken and not
// run yet, its second state would be R.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "platform/wait_reading_linux.hpp"

namespace poolbugs::wait {
namespace {

using Name = std::array<char, 48>;

Name file_of(long thread, const char* file) {
  Name name{};
  std::snprintf(name.data(), name.size(), "%ld/%s", thread, file);
  return name;
}

std::optional<std::uint64_t> read_switches(FileReader& files, int tasks,
                                           long thread, bool& by_status) {
  if (!by_status) {
    const auto times =
        parse_schedstat(files.read(tasks, file_of(thread, "schedstat").data()));
    if (times) return times;
  }
  by_status = true;
  return parse_status(files.read(tasks, file_of(thread, "status").data(), true))
      .switches;
}

bool has_left(char state) {
  return state == 'Z' || state == 'X' || state == 'x';
}

}  // namespace

std::string_view FileReader::read(int folder, const char* path, bool pieces) {
  error_ = 0;
  const UniqueFd file(::openat(folder, path, O_RDONLY | O_CLOEXEC));
  if (!file) {
    error_ = errno;
    return {};
  }
  std::size_t size = 0;
  while (true) {
    if (size == buffer_.size()) {
      if (size >= (std::size_t{256} << 20)) {
        error_ = EFBIG;
        return {};
      }
      buffer_.resize(size * 2);
    }
    const ssize_t got =
        ::read(file.get(), buffer_.data() + size, buffer_.size() - size);
    if (got < 0) {
      if (errno == EINTR) continue;
      error_ = errno;
      return {};
    }
    size += static_cast<std::size_t>(got);
    if (got == 0 || (!pieces && size < buffer_.size())) break;
  }
  return {buffer_.data(), size};
}

bool means_denied(int error) { return error == EACCES || error == EPERM; }
bool means_gone(int error) { return error == ENOENT || error == ESRCH; }

UniqueFd open_tasks(long process) {
  Name path{};
  std::snprintf(path.data(), path.size(), "/proc/%ld/task", process);
  return UniqueFd(::open(path.data(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

Reading read_thread(FileReader& files, int tasks, bool quick,
                    ThreadReading& thread, StatText& stat) {
  const long id = thread.facts.id;
  const auto switches =
      quick ? std::nullopt
            : read_switches(files, tasks, id, thread.counted_by_status);
  std::optional<CallText> call;
  int error = 0;
  if (!quick) {
    call = parse_syscall(files.read(tasks, file_of(id, "syscall").data()));
    error = files.error();
  }
  const auto parsed = parse_stat(files.read(tasks, file_of(id, "stat").data()));
  if (!parsed)
    return means_gone(files.error()) ? Reading::gone : Reading::not_read;
  stat = *parsed;
  thread.facts.state = stat.state;
  thread.facts.name = stat.name;
  thread.start_ticks = stat.start_ticks;
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
  return Reading::asleep;
}

bool sleeps_on(FileReader& files, int tasks, const ThreadReading& before,
               long threads) {
  const long id = before.facts.id;
  const auto call =
      parse_syscall(files.read(tasks, file_of(id, "syscall").data()));
  if (!call || !(*call == before.call)) return false;
  const auto stat = parse_stat(files.read(tasks, file_of(id, "stat").data()));
  if (!stat || stat->state != before.facts.state ||
      stat->start_ticks != before.start_ticks || stat->threads != threads)
    return false;
  bool by_status = before.counted_by_status;
  const auto switches = read_switches(files, tasks, id, by_status);
  return by_status == before.counted_by_status && switches &&
         *switches == before.facts.switches;
}

}  // namespace poolbugs::wait
