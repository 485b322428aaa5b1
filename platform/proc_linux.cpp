#include "platform/proc_linux.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "platform/unique_fd.hpp"

namespace poolbugs::proc {
namespace {

void append_numbers(const std::string& text, std::vector<pid_t>& out) {
  const char* at = text.c_str();
  while (*at != '\0') {
    char* end = nullptr;
    const long number = std::strtol(at, &end, 10);
    if (end == at) break;
    out.push_back(static_cast<pid_t>(number));
    at = end;
  }
}

bool kernel_lists_children() {
  static const bool lists = [] {
    const std::string pid = std::to_string(::getpid());
    const std::string path = "/proc/" + pid + "/task/" + pid + "/children";
    return ::access(path.c_str(), R_OK) == 0;
  }();
  return lists;
}

void append_children(pid_t parent, std::vector<pid_t>& out) {
  const std::string folder = "/proc/" + std::to_string(parent) + "/task/";
  for (const pid_t thread : numbered_entries(folder.c_str())) {
    const std::string path = folder + std::to_string(thread) + "/children";
    append_numbers(read_file(path.c_str(), 1 << 20), out);
  }
}

std::multimap<pid_t, pid_t> children_by_parent() {
  std::multimap<pid_t, pid_t> children;
  for (const pid_t pid : numbered_entries("/proc")) {
    const std::string path = "/proc/" + std::to_string(pid) + "/stat";
    const std::string parent = stat_field(read_file(path.c_str()), 4);
    if (!parent.empty())
      children.emplace(static_cast<pid_t>(std::atoi(parent.c_str())), pid);
  }
  return children;
}

std::vector<pid_t> descendants_by_parent(pid_t root) {
  const auto children = children_by_parent();
  std::vector<pid_t> found{root};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto [first, last] = children.equal_range(found[i]);
    for (auto it = first; it != last; ++it) found.push_back(it->second);
  }
  found.erase(found.begin());
  return found;
}

}  // namespace

std::string read_file(const char* path, std::size_t limit) {
  const UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!file) return text;
  char buffer[4096];
  while (text.size() < limit) {
    const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
    if (got <= 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

std::vector<pid_t> numbered_entries(const char* folder) {
  std::vector<pid_t> numbers;
  DIR* dir = ::opendir(folder);
  if (dir == nullptr) return numbers;
  while (const dirent* entry = ::readdir(dir))
    if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
      numbers.push_back(static_cast<pid_t>(std::atoi(entry->d_name)));
  ::closedir(dir);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::string stat_field(const std::string& stat, int number) {
  std::size_t at = stat.rfind(')');
  if (at == std::string::npos) return "";
  for (int field = 2; field < number; ++field) {
    at = stat.find(' ', at + 1);
    if (at == std::string::npos) return "";
  }
  const std::size_t end = stat.find_first_of(" \n", at + 1);
  return stat.substr(at + 1, end - at - 1);
}

std::vector<pid_t> children(pid_t parent) {
  std::vector<pid_t> found;
  if (kernel_lists_children()) {
    append_children(parent, found);
    return found;
  }
  const auto all = children_by_parent();
  const auto [first, last] = all.equal_range(parent);
  for (auto it = first; it != last; ++it) found.push_back(it->second);
  return found;
}

std::vector<pid_t> descendants(pid_t root, std::size_t most) {
  if (!kernel_lists_children()) return descendants_by_parent(root);
  std::vector<pid_t> found;
  append_children(root, found);
  for (std::size_t i = 0; i < found.size() && found.size() <= most; ++i)
    append_children(found[i], found);
  return found;
}

}  // namespace poolbugs::proc
