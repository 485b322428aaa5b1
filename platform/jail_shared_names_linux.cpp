// Which names in /dev/shm are a run's, where it has no /dev/shm of its own.
#include <dirent.h>
#include <unistd.h>

#include "platform/jail_linux.hpp"
#include "platform/proc_linux.hpp"

namespace poolbugs::jail {
namespace {

constexpr const char* kFolder = "/dev/shm/";

std::set<std::string> names_now() {
  std::set<std::string> names;
  DIR* dir = ::opendir(kFolder);
  if (dir == nullptr) return names;
  while (const dirent* entry = ::readdir(dir))
    if (entry->d_name[0] != '.') names.insert(entry->d_name);
  ::closedir(dir);
  return names;
}

void add_mapped(pid_t pid, std::set<std::string>& names) {
  const std::string path = "/proc/" + std::to_string(pid) + "/maps";
  const std::string maps = proc::read_file(path.c_str(), 4 << 20);
  const std::string folder = kFolder;
  for (std::size_t at = maps.find(folder); at != std::string::npos;
       at = maps.find(folder, at + 1)) {
    const std::size_t start = at + folder.size();
    names.insert(maps.substr(start, maps.find('\n', start) - start));
  }
}

void add_held(pid_t pid, std::set<std::string>& names) {
  const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
  const std::string prefix = kFolder;
  for (const pid_t fd : proc::numbered_entries(folder.c_str())) {
    char target[512];
    const std::string path = folder + "/" + std::to_string(fd);
    const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
    if (size <= 0) continue;
    const std::string name(target, static_cast<std::size_t>(size));
    if (name.rfind(prefix, 0) == 0) names.insert(name.substr(prefix.size()));
  }
}

}  // namespace

void SharedNames::remember_existing() { before = names_now(); }

void SharedNames::look() {
  for (const pid_t pid : proc::descendants(::getpid())) {
    add_mapped(pid, own);
    add_held(pid, own);
  }
}

std::string SharedNames::new_names() const {
  // A message has an end (kMaxMessage).
  constexpr int kMostLines = 100;
  std::string lines;
  int count = 0;
  for (const std::string& name : names_now()) {
    if (before.contains(name) || ++count > kMostLines) continue;
    const bool semaphore = name.rfind("sem.", 0) == 0;
    lines += !own.contains(name) ? "stranger"
             : semaphore         ? "semaphore"
                                 : "shared-memory";
    lines += " " + (kFolder + name) + "\n";
  }
  return lines;
}

void SharedNames::remove_own() const {
  for (const std::string& name : own)
    if (!before.contains(name) && name.find('/') == std::string::npos)
      ::unlink((kFolder + name).c_str());
}

}  // namespace poolbugs::jail
