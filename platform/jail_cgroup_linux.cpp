// Limits by cgroups of our own, version 1 or 2 (cgroups(7)), where we may make
// some: below our own cgroup, so that an outer limit still binds. Version 2
// forbids children with controllers to a cgroup that holds processes; there
// the root of the hierarchy is the parent, if that is allowed to us.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "platform/jail_linux.hpp"
#include "platform/proc_linux.hpp"

namespace poolbugs::jail {
namespace {

constexpr const char* kMount = "/sys/fs/cgroup";

/// The path of our own cgroup in a hierarchy of version 1, "" if there is no
/// such hierarchy. Lines of /proc/self/cgroup are "8:pids:/path".
std::string own_path_v1(const char* controller) {
  const std::string text = proc::read_file("/proc/self/cgroup");
  const std::string key = std::string(":") + controller + ":";
  const std::size_t at = text.find(key);
  if (at == std::string::npos) return "";
  const std::size_t start = at + key.size();
  return text.substr(start, text.find('\n', start) - start);
}

int open_at(int folder, const char* name, int flags) {
  return ::openat(folder, name, flags | O_CLOEXEC);
}

bool write_at(int folder, const char* name, const std::string& value) {
  const int file = open_at(folder, name, O_WRONLY);
  if (file < 0) return false;
  const ssize_t wrote = ::write(file, value.data(), value.size());
  ::close(file);
  return wrote == static_cast<ssize_t>(value.size());
}

/// The number behind `key` in a file of "key number" lines, or the file's only
/// number if the key is empty.
long counter(int file, const char* key) {
  if (file < 0) return 0;
  char text[1024];
  const ssize_t got = ::pread(file, text, sizeof text - 1, 0);
  if (got <= 0) return 0;
  text[got] = '\0';
  const char* at = text;
  const std::size_t length = std::strlen(key);
  while (length > 0 &&
         (std::strncmp(at, key, length) != 0 || at[length] != ' ')) {
    at = std::strchr(at, '\n');
    if (at == nullptr) return 0;
    ++at;
  }
  return std::atol(at + length);
}

struct Group {
  int parent = -1, procs = -1, events = -1;
  std::string path;
};

/// mkdir PARENT/NAME, set the limit, move ourselves in. Leaves nothing behind
/// if one step is refused.
bool enter_group(const std::string& parent_path, const std::string& name,
                 const char* limit_file, const std::string& limit,
                 const char* events_file, Group& group) {
  group.parent =
      ::open(parent_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (group.parent < 0) return false;
  group.procs = open_at(group.parent, "cgroup.procs", O_WRONLY);
  // An empty one is of a jail that died and had the same pid.
  ::unlinkat(group.parent, name.c_str(), AT_REMOVEDIR);
  const bool made =
      group.procs >= 0 && ::mkdirat(group.parent, name.c_str(), 0755) == 0;
  const int own = made ? open_at(group.parent, name.c_str(), O_DIRECTORY) : -1;
  const bool entered = own >= 0 && write_at(own, limit_file, limit) &&
                       write_at(own, "cgroup.procs", "0");
  if (entered) group.events = open_at(own, events_file, O_RDONLY);
  if (own >= 0) ::close(own);
  group.path = parent_path + "/" + name;
  if (entered) return true;
  if (made) ::unlinkat(group.parent, name.c_str(), AT_REMOVEDIR);
  ::close(group.parent);
  if (group.procs >= 0) ::close(group.procs);
  group = {};
  return false;
}

/// Where version 2 lets us make groups with this controller.
std::string parent_v2(const char* controller) {
  const std::string mount = kMount;
  const std::string enabled =
      proc::read_file((mount + "/cgroup.subtree_control").c_str());
  return (" " + enabled).find(std::string(" ") + controller) !=
                 std::string::npos
             ? mount
             : "";
}

}  // namespace

Cgroups Cgroups::enter(const Settings& settings) {
  Cgroups made;
  // The jail itself and the run's init count too.
  const std::string tasks = std::to_string(settings.processes + 2);
  const std::string bytes = std::to_string(settings.memory);
  Group pids, memory;
  const std::string mount = kMount;
  const std::string pids_v1 = own_path_v1("pids");
  const std::string memory_v1 = own_path_v1("memory");
  const std::string v2 = parent_v2("pids");
  if (!pids_v1.empty() && enter_group(mount + "/pids" + pids_v1, settings.name,
                                      "pids.max", tasks, "pids.events", pids))
    made.pids_text = "pids cgroup (version 1)";
  else if (!v2.empty() && enter_group(v2, settings.name, "pids.max", tasks,
                                      "pids.events", pids))
    made.pids_text = "pids cgroup (version 2)";
  if (!memory_v1.empty() &&
      enter_group(mount + "/memory" + memory_v1, settings.name,
                  "memory.limit_in_bytes", bytes, "memory.oom_control", memory))
    made.memory_text = "memory cgroup (version 1)";
  else if (!parent_v2("memory").empty()) {
    // One hierarchy, one group: the one that holds us already, if it does.
    const int own = ::open((mount + "/" + settings.name).c_str(),
                           O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own >= 0 && write_at(own, "memory.max", bytes)) {
      memory.events = open_at(own, "memory.events", O_RDONLY);
      made.memory_text = "memory cgroup (version 2)";
    }
    if (own >= 0) ::close(own);
  }
  made.pids_parent = pids.parent;
  made.pids_procs = pids.procs;
  made.pids_path = pids.path;
  made.memory_path = memory.path;
  made.pids_events = pids.events;
  made.memory_parent = memory.parent;
  made.memory_procs = memory.procs;
  made.memory_events = memory.events;
  return made;
}

bool Cgroups::pids_refused() {
  const long now = counter(pids_events, "max");
  const bool refused = now > pids_seen;
  pids_seen = now;
  return refused;
}

bool Cgroups::memory_refused() {
  const long now = counter(memory_events, "oom_kill");
  const bool refused = now > memory_seen;
  memory_seen = now;
  return refused;
}

void Cgroups::remove(const Settings& settings) {
  const auto leave = [&](int procs, int parent) {
    if (parent < 0) return;
    if (::write(procs, "0", 1) != 1) return;
    ::unlinkat(parent, settings.name.c_str(), AT_REMOVEDIR);
  };
  leave(pids_procs, pids_parent);
  leave(memory_procs, memory_parent);
}

}  // namespace poolbugs::jail
