#include "platform/wait_groups_linux.hpp"

#include <algorithm>
#include <string>

#include "platform/proc_linux.hpp"

namespace poolbugs::wait {
namespace {

constexpr std::size_t kMostText = std::size_t{16} << 20;

std::string_view cut(std::string_view& text, char at) {
  const std::size_t end = text.find(at);
  const std::string_view head = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return head;
}

bool has_option(std::string_view options, std::string_view wanted) {
  while (!options.empty())
    if (cut(options, ',') == wanted) return true;
  return false;
}

}  // namespace

bool has_old_memory_groups(std::string_view cgroups) {
  if (!cgroups.starts_with("#subsys_name\thierarchy")) return true;
  while (!cgroups.empty()) {
    std::string_view line = cut(cgroups, '\n');
    if (cut(line, '\t') == "memory") return cut(line, '\t') != "0";
  }
  return false;
}

bool mounts_old_memory_groups(std::string_view mounts) {
  if (mounts.empty()) return true;
  while (!mounts.empty()) {
    // ID PARENT DEVICE ROOT WHERE OPTIONS … - TYPE SOURCE SUPER (proc(5))
    std::string_view line = cut(mounts, '\n');
    const std::size_t type = line.find(" - cgroup ");
    if (type == std::string_view::npos) continue;
    std::string_view super = line.substr(type + 10);
    cut(super, ' ');
    for (int field = 0; field < 5; ++field) cut(line, ' ');
    if (has_option(super, "memory") && !has_option(cut(line, ' '), "ro"))
      return true;
  }
  return false;
}

bool may_have_group_events(const Facts& facts) {
  if (!has_old_memory_groups(proc::read_file("/proc/cgroups"))) return false;
  return std::any_of(facts.processes.begin(), facts.processes.end(),
                     [](const ProcessFacts& process) {
                       const std::string path =
                           "/proc/" + std::to_string(process.id) + "/mountinfo";
                       return !process.zombie &&
                              mounts_old_memory_groups(
                                  proc::read_file(path.c_str(), kMostText));
                     });
}

}  // namespace poolbugs::wait
