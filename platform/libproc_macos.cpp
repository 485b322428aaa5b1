#include "platform/libproc_macos.hpp"

#include <libproc.h>
#include <sys/proc.h>
#include <sys/sysctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace poolbugs::libproc {
namespace {

/// proc_listpids(3) until all of them fit.
std::vector<pid_t> list(std::uint32_t kind, std::uint32_t of) {
  std::vector<pid_t> ids(256);
  while (true) {
    const auto room = static_cast<int>(ids.size() * sizeof(pid_t));
    const int got = ::proc_listpids(kind, of, ids.data(), room);
    if (got < room) {
      ids.resize(static_cast<std::size_t>(std::max(got, 0)) / sizeof(pid_t));
      return ids;
    }
    ids.resize(ids.size() * 2);
  }
}

/// What KERN_PROCARGS2 gives: argc, the path of the program, NULs, argv, and
/// the environment, each with a NUL at its end.
std::string arguments_of(pid_t process) {
  int name[] = {CTL_KERN, KERN_PROCARGS2, process};
  std::size_t size = 0;
  if (::sysctl(name, 3, nullptr, &size, nullptr, 0) != 0) return "";
  std::string text(size, '\0');
  if (::sysctl(name, 3, text.data(), &size, nullptr, 0) != 0) return "";
  text.resize(size);
  return text;
}

}  // namespace

std::optional<Process> find(pid_t process) {
  proc_bsdinfo info{};
  // 1: zombies too (proc_pidinfo in xnu's bsd/kern/proc_info.c).
  if (::proc_pidinfo(process, PROC_PIDTBSDINFO, 1, &info, sizeof info) !=
      static_cast<int>(sizeof info))
    return std::nullopt;
  Process found;
  found.id = process;
  found.parent = static_cast<pid_t>(info.pbi_ppid);
  found.started_us = info.pbi_start_tvsec * 1'000'000 + info.pbi_start_tvusec;
  found.zombie = info.pbi_status == SZOMB;
  found.stopped = info.pbi_status == SSTOP;
  found.name = std::string(info.pbi_comm,
                           ::strnlen(info.pbi_comm, sizeof info.pbi_comm));
  return found;
}

std::vector<Process> all() {
  std::vector<Process> processes;
  for (const pid_t id : list(PROC_UID_ONLY, ::geteuid()))
    if (auto process = find(id)) processes.push_back(std::move(*process));
  std::ranges::stable_sort(processes, {}, &Process::started_us);
  return processes;
}

std::vector<Process> descendants(pid_t root, std::size_t most) {
  std::vector<Process> found;
  const auto add_children = [&](pid_t parent) {
    std::vector<Process> children;
    for (const pid_t id : list(PROC_PPID_ONLY, static_cast<uint32_t>(parent)))
      if (auto child = find(id)) children.push_back(std::move(*child));
    std::ranges::stable_sort(children, {}, &Process::started_us);
    for (Process& child : children) found.push_back(std::move(child));
  };
  add_children(root);
  for (std::size_t i = 0; i < found.size() && found.size() <= most; ++i)
    add_children(found[i].id);
  return found;
}

bool has_in_environment(pid_t process, const std::string& entry) {
  // Between NULs, so that no other entry ends with it.
  const std::string wanted = '\0' + entry + '\0';
  return arguments_of(process).find(wanted) != std::string::npos;
}

std::string command_line(const Process& process) {
  const std::string text = arguments_of(process.id);
  int count = 0;
  if (text.size() <= sizeof count) return process.name;
  std::memcpy(&count, text.data(), sizeof count);
  std::size_t at = text.find('\0', sizeof count);
  at = text.find_first_not_of('\0', at);
  std::string line;
  for (; count > 0 && at < text.size(); --count) {
    const std::size_t end = std::min(text.find('\0', at), text.size());
    line += (line.empty() ? "" : " ") + text.substr(at, end - at);
    at = end + 1;
  }
  return line.empty() ? process.name : line;
}

}  // namespace poolbugs::libproc
