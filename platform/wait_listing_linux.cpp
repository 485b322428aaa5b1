#include "platform/wait_listing_linux.hpp"

#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>

#include "platform/proc_linux.hpp"
#include "platform/wait_reading_linux.hpp"

namespace poolbugs::wait {
namespace {

bool kernel_lists_children() {
  static const bool lists = ::access("/proc/thread-self/children", R_OK) == 0;
  return lists;
}

}  // namespace

std::vector<long> list_tasks(long process) {
  const auto tasks = proc::numbered_entries(
      ("/proc/" + std::to_string(process) + "/task").c_str());
  return {tasks.begin(), tasks.end()};
}

std::vector<long> ChildLists::of(long process, const std::vector<long>& tasks) {
  std::vector<long> children;
  if (kernel_lists_children()) {
    FileReader files;
    const UniqueFd folder = open_tasks(process);
    for (const long thread : tasks) {
      const std::string name = std::to_string(thread) + "/children";
      const auto more =
          parse_numbers(files.read(folder.get(), name.c_str(), true));
      children.insert(children.end(), more.begin(), more.end());
    }
  } else {
    if (by_parent_.empty()) read_parents();
    const auto [first, last] = by_parent_.equal_range(process);
    for (auto it = first; it != last; ++it) children.push_back(it->second);
  }
  std::sort(children.begin(), children.end());
  return children;
}

void ChildLists::read_parents() {
  FileReader files;
  std::set<long> seen{0};
  for (const pid_t id : proc::numbered_entries("/proc")) {
    const std::string path = "/proc/" + std::to_string(id) + "/stat";
    const auto stat = parse_stat(files.read(-1, path.c_str(), true));
    if (!stat) continue;
    seen.insert(stat->id);
    by_parent_.emplace(stat->parent, stat->id);
  }
  // Whose parent is not there changed parents meanwhile, to whom is not known.
  for (const auto& [parent, child] : by_parent_)
    if (!seen.contains(parent)) sure_ = false;
}

}  // namespace poolbugs::wait
