#include "platform/asking_task_linux.hpp"

#include <fcntl.h>

#include <algorithm>
#include <charconv>

#include "platform/proc_linux.hpp"
#include "platform/wait_file_reader_linux.hpp"

namespace poolbugs::wait {
namespace {

/// The value of a line "NAME:\tvalue" of status, where that is a set.
std::optional<std::uint64_t> set_in(const std::string& status,
                                    std::string_view name) {
  const std::size_t at = status.find(name);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t from = status.find_first_not_of(" \t", at + name.size());
  if (from == std::string::npos) return std::nullopt;
  std::uint64_t set = 0;
  const auto [end, error] = std::from_chars(
      status.data() + from, status.data() + status.size(), set, 16);
  if (error != std::errc{}) return std::nullopt;
  return set;
}

}  // namespace

AskedTask::AskedTask(long process, long thread)
    : folder_("/proc/" + std::to_string(process) + "/task/" +
              std::to_string(thread) + "/") {}

std::string AskedTask::read(const char* file) const {
  return proc::read_file((folder_ + file).c_str());
}

char AskedTask::state() const {
  const auto stat = parse_stat(read("stat"));
  return stat ? stat->state : '\0';
}

bool AskedTask::has_ended() const {
  const char now = state();
  return now == '\0' || now == 'Z' || now == 'X';
}

std::optional<std::uint64_t> AskedTask::switches() const {
  const auto times = parse_schedstat(read("schedstat"));
  return times ? times : parse_status(read("status")).switches;
}

std::optional<CallText> AskedTask::asleep() const {
  auto call = parse_syscall(read("syscall"));
  if (!call || call->running || state() != 'S') return std::nullopt;
  return call;
}

const char* AskedTask::why_not() const {
  const StatusText status = parse_status(read("status"));
  // A call that it never made may be its death (seccomp(2)).
  if (status.seccomp != 0) return "has filters for its system calls";
  return status.tracer != 0 ? "is traced already" : nullptr;
}

bool AskedTask::has_signals() const {
  const std::string status = read("status");
  const auto own = set_in(status, "SigPnd:"), all = set_in(status, "ShdPnd:"),
             blocked = set_in(status, "SigBlk:");
  return !own || !all || !blocked || ((*own | *all) & ~*blocked) != 0;
}

std::optional<std::vector<int>> listed_timers(long process) {
  FileReader files;
  const std::string path = "/proc/" + std::to_string(process) + "/timers";
  std::string_view text = files.read(AT_FDCWD, path.c_str(), true);
  if (files.error() != 0) return std::nullopt;
  std::vector<int> timers;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    constexpr std::string_view kId = "ID: ";
    if (!line.starts_with(kId)) continue;
    line.remove_prefix(kId.size());
    int id = 0;
    if (std::from_chars(line.data(), line.data() + line.size(), id).ec !=
        std::errc{})
      return std::nullopt;
    timers.push_back(id);
  }
  return timers;
}

}  // namespace poolbugs::wait
