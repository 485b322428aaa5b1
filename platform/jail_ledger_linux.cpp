// What a run left behind, seen from inside its sandbox just before the end.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "platform/jail_linux.hpp"
#include "platform/proc_linux.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs::jail {
namespace {

constexpr std::size_t kMostLines = 200;

struct Ledger {
  std::vector<std::string> lines;
  void add(const char* kind, const std::string& name) {
    if (lines.size() < kMostLines) lines.push_back(kind + (" " + name));
  }
};

/// Names go through a line protocol.
std::string one_line(std::string text) {
  while (!text.empty() && text.back() == '\0') text.pop_back();
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 127)
      c = c == '\0' ? ' ' : '?';
  if (text.size() > 300) text.resize(300);
  return text;
}

void add_processes(bool full, Ledger& ledger) {
  std::vector<pid_t> pids =
      full ? proc::numbered_entries("/proc") : proc::descendants(::getpid());
  for (const pid_t pid : pids) {
    if (pid == ::getpid()) continue;
    const std::string folder = "/proc/" + std::to_string(pid);
    const std::string stat = proc::read_file((folder + "/stat").c_str());
    const std::string state = proc::stat_field(stat, 3);
    if (state.empty() || state == "Z" || state == "X") continue;
    std::string name =
        one_line(proc::read_file((folder + "/cmdline").c_str(), 4096));
    if (name.empty())
      name = one_line(proc::read_file((folder + "/comm").c_str()));
    ledger.add("process", name);
  }
}

/// Whether a held folder (see Settings) is `path` or lies below it.
bool leads_to_bind(const Settings& settings, const std::string& path) {
  const auto below = [&](const std::string& held) {
    return held == path || held.rfind(path + "/", 0) == 0;
  };
  return std::any_of(settings.read_only.begin(), settings.read_only.end(),
                     below) ||
         std::any_of(settings.writable.begin(), settings.writable.end(), below);
}

/// Files below a folder, deepest first names last; descends at most `depth`.
void add_files(const Settings& settings, const std::string& folder, int depth,
               Ledger& ledger) {
  DIR* dir = ::opendir(folder.c_str());
  if (dir == nullptr) return;
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(dir))
    if (std::strcmp(entry->d_name, ".") != 0 &&
        std::strcmp(entry->d_name, "..") != 0)
      names.emplace_back(entry->d_name);
  ::closedir(dir);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const std::string path = folder + "/" + name;
    const bool held = leads_to_bind(settings, path);
    if (!held) ledger.add("file", one_line(path));
    struct stat info {};
    const bool is_bind =
        std::find(settings.read_only.begin(), settings.read_only.end(), path) !=
            settings.read_only.end() ||
        std::find(settings.writable.begin(), settings.writable.end(), path) !=
            settings.writable.end();
    if (depth > 0 && !is_bind && ::lstat(path.c_str(), &info) == 0 &&
        S_ISDIR(info.st_mode))
      add_files(settings, path, depth - 1, ledger);
  }
}

void add_shared_memory(Ledger& ledger) {
  DIR* dir = ::opendir("/dev/shm");
  if (dir == nullptr) return;
  while (const dirent* entry = ::readdir(dir)) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    // glibc keeps a named semaphore in a file "sem.NAME" (sem_overview(7)).
    const bool semaphore = name.rfind("sem.", 0) == 0;
    ledger.add(semaphore ? "semaphore" : "shared-memory",
               one_line("/dev/shm/" + name));
  }
  ::closedir(dir);
}

/// System V objects are listed after a heading line (proc(5)).
void add_system_v(Ledger& ledger) {
  for (const char* kind : {"shm", "sem", "msg"}) {
    const std::string path = std::string("/proc/sysvipc/") + kind;
    const std::string text = proc::read_file(path.c_str());
    const auto lines = std::count(text.begin(), text.end(), '\n');
    for (auto i = 1; i < lines; ++i) ledger.add("sysv-ipc", kind);
  }
}

/// A folder, also one whose own rights forbid it; -1 for anything else.
int open_folder(int at, const char* name) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  struct stat info {};
  if (::fstatat(at, name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
      !S_ISDIR(info.st_mode))
    return -1;
  ::fchmodat(at, name, 0700, 0);
  return ::openat(at, name, kFlags);
}

std::vector<std::string> names_in(int folder) {
  std::vector<std::string> names;
  DIR* dir = ::fdopendir(::openat(folder, ".", O_RDONLY | O_CLOEXEC));
  if (dir == nullptr) return names;
  while (const dirent* entry = ::readdir(dir))
    if (std::strcmp(entry->d_name, ".") != 0 &&
        std::strcmp(entry->d_name, "..") != 0)
      names.emplace_back(entry->d_name);
  ::closedir(dir);
  return names;
}

}  // namespace

std::string leftovers(const Settings& settings, const std::string& folder) {
  Ledger ledger;
  add_processes(settings.full, ledger);
  if (settings.full) {
    add_shared_memory(ledger);
    add_system_v(ledger);
  }
  const std::string top = settings.full ? "/tmp" : folder;
  const std::size_t before = ledger.lines.size();
  add_files(settings, top, 4, ledger);
  // The working folder is ours; name what is in it as the run saw it.
  std::erase(ledger.lines, "file " + folder);
  for (std::size_t i = before; i < ledger.lines.size(); ++i) {
    std::string& line = ledger.lines[i];
    const std::string prefix = "file " + folder + "/";
    if (line.rfind(prefix, 0) == 0)
      line = "file $TMPDIR/" + line.substr(prefix.size());
  }
  std::string text;
  for (const std::string& line : ledger.lines) text += line + "\n";
  return text;
}

bool empty_folder(const std::string& folder) {
  const UniqueFd top(open_folder(AT_FDCWD, folder.c_str()));
  if (!top) return false;
  // Folders give what they hold to the top before they go, so neither the
  // length of a path nor the number of descriptors limits the depth.
  unsigned long moved = 0;
  for (bool progress = true; progress;) {
    const std::vector<std::string> names = names_in(top.get());
    if (names.empty()) return true;
    progress = false;
    for (const std::string& name : names) {
      if (::unlinkat(top.get(), name.c_str(), 0) == 0) {
        progress = true;
        continue;
      }
      const UniqueFd below(open_folder(top.get(), name.c_str()));
      for (const std::string& inner : names_in(below.get())) {
        if (::unlinkat(below.get(), inner.c_str(), 0) == 0) continue;
        // To move a folder takes the right to write in it (rename(2)).
        ::fchmodat(below.get(), inner.c_str(), 0700, 0);
        std::string fresh;
        do {
          fresh = ".poolbugs-" + std::to_string(++moved);
        } while (::faccessat(top.get(), fresh.c_str(), F_OK,
                             AT_SYMLINK_NOFOLLOW) == 0);
        ::renameat(below.get(), inner.c_str(), top.get(), fresh.c_str());
      }
      if (::unlinkat(top.get(), name.c_str(), AT_REMOVEDIR) == 0)
        progress = true;
    }
  }
  return false;
}

}  // namespace poolbugs::jail
