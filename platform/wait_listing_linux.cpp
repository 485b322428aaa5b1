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

void append(FileReader& files, KeptFile& kept, int tasks, long thread,
            std::vector<long>& children) {
  ThreadPath path(thread);
  const auto more =
      parse_numbers(files.read(kept, tasks, path.of("children"), true));
  children.insert(children.end(), more.begin(), more.end());
}

}  // namespace

std::vector<long> list_tasks(long process) {
  const auto tasks = proc::numbered_entries(
      ("/proc/" + std::to_string(process) + "/task").c_str());
  return {tasks.begin(), tasks.end()};
}

std::vector<long> ChildLists::of(FileReader& files, long process,
                                 const std::vector<long>& tasks) {
  if (!kernel_lists_children()) return by_parent(files, process);
  std::vector<long> children;
  const UniqueFd folder = open_tasks(process);
  for (const long thread : tasks) {
    KeptFile fresh;
    append(files, fresh, folder.get(), thread, children);
  }
  std::sort(children.begin(), children.end());
  return children;
}

std::vector<long> ChildLists::of(FileReader& files, ProcessReading& process) {
  if (!kernel_lists_children()) return by_parent(files, process.facts.id);
  std::vector<long> children;
  const UniqueFd folder = open_tasks(process.facts.id);
  for (ThreadReading& thread : process.threads) {
    // One that runs may end, and its id come back.
    if (!thread.facts.asleep) thread.children_file = {};
    append(files, thread.children_file, folder.get(), thread.facts.id,
           children);
  }
  for (const auto& [thread, start] : process.left) {
    KeptFile fresh;
    append(files, fresh, folder.get(), thread, children);
  }
  std::sort(children.begin(), children.end());
  return children;
}

std::vector<long> ChildLists::by_parent(FileReader& files, long process) {
  if (by_parent_.empty()) read_parents(files);
  std::vector<long> children;
  const auto [first, last] = by_parent_.equal_range(process);
  for (auto it = first; it != last; ++it) children.push_back(it->second);
  std::sort(children.begin(), children.end());
  return children;
}

void ChildLists::read_parents(FileReader& files) {
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
