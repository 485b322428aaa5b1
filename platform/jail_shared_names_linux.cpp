// Which names in /dev/shm are a run's, where it has no /dev/shm of its own.
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "platform/jail_linux.hpp"
#include "platform/proc_linux.hpp"

namespace poolbugs::jail {
namespace {

constexpr const char* kFolder = "/dev/shm/";

std::map<std::string, ino_t> names_now() {
  std::map<std::string, ino_t> names;
  DIR* dir = ::opendir(kFolder);
  if (dir == nullptr) return names;
  while (const dirent* entry = ::readdir(dir))
    if (entry->d_name[0] != '.') names.emplace(entry->d_name, entry->d_ino);
  ::closedir(dir);
  return names;
}

/// Lines "RANGE RIGHTS OFFSET DEVICE INODE PATH" (proc(5)). By inode, for
/// sem_open(3) gives a semaphore its name when it is mapped already.
void add_mapped(pid_t pid, std::set<ino_t>& inodes) {
  const std::string path = "/proc/" + std::to_string(pid) + "/maps";
  const std::string maps = proc::read_file(path.c_str(), 4 << 20);
  for (std::size_t at = maps.find(kFolder); at != std::string::npos;
       at = maps.find(kFolder, at + 1)) {
    const std::size_t end = maps.find_last_not_of(' ', at - 1);
    const std::size_t start = maps.rfind(' ', end);
    if (start != std::string::npos)
      inodes.insert(std::strtoull(maps.c_str() + start, nullptr, 10));
  }
}

void add_held(pid_t pid, std::set<ino_t>& inodes) {
  const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
  const std::string prefix = kFolder;
  for (const pid_t fd : proc::numbered_entries(folder.c_str())) {
    char target[512];
    const std::string path = folder + "/" + std::to_string(fd);
    const ssize_t size = ::readlink(path.c_str(), target, sizeof target);
    if (size <= 0) continue;
    struct stat info {};
    if (std::string(target, static_cast<std::size_t>(size)).rfind(prefix, 0) ==
            0 &&
        ::stat(path.c_str(), &info) == 0)
      inodes.insert(info.st_ino);
  }
}

}  // namespace

void SharedNames::remember_existing() {
  for (const auto& [name, inode] : names_now()) before.insert(name);
}

void SharedNames::look() {
  // Of a bomb's processes a few: all have the same, and there is no time.
  constexpr std::size_t kMost = 64;
  for (const pid_t pid : proc::descendants(::getpid(), kMost)) {
    add_mapped(pid, own);
    add_held(pid, own);
  }
}

std::string SharedNames::new_names() const {
  // A message has an end (kMaxMessage).
  constexpr int kMostLines = 100;
  std::string lines;
  int count = 0;
  for (const auto& [name, inode] : names_now()) {
    if (before.contains(name) || ++count > kMostLines) continue;
    const bool semaphore = name.rfind("sem.", 0) == 0;
    lines += !own.contains(inode) ? "stranger"
             : semaphore          ? "semaphore"
                                  : "shared-memory";
    lines += " " + (kFolder + name) + "\n";
  }
  return lines;
}

void SharedNames::remove_own() const {
  for (const auto& [name, inode] : names_now())
    if (!before.contains(name) && own.contains(inode))
      ::unlink((kFolder + name).c_str());
}

}  // namespace poolbugs::jail
