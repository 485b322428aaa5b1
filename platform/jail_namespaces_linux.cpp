// The full sandbox: user, pid, mount and ipc namespaces (namespaces(7)).
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "platform/jail_linux.hpp"

namespace poolbugs::jail {
namespace {

constexpr const char* kWorkFolder = "/tmp/run";

void write_or_fail(const char* path, const std::string& text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) fail(path);
  if (::write(file, text.data(), text.size()) !=
      static_cast<ssize_t>(text.size()))
    fail(path);
  ::close(file);
}

/// Identity maps. Root keeps all ids, which only a process outside of the new
/// namespace may write (user_namespaces(7)); a user has just its own.
void new_user_namespace() {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  if (uid != 0) {
    if (::unshare(CLONE_NEWUSER) != 0) fail("unshare(CLONE_NEWUSER)");
    const std::string one =
        std::to_string(uid) + " " + std::to_string(uid) + " 1";
    const std::string group =
        std::to_string(gid) + " " + std::to_string(gid) + " 1";
    write_or_fail("/proc/self/setgroups", "deny");
    write_or_fail("/proc/self/uid_map", one);
    write_or_fail("/proc/self/gid_map", group);
    return;
  }
  int ready[2];
  if (::pipe2(ready, O_CLOEXEC) != 0) fail("pipe2");
  const std::string jail = "/proc/" + std::to_string(::getpid());
  const pid_t writer = ::fork();
  if (writer < 0) fail("fork");
  if (writer == 0) {
    ::close(ready[1]);
    char byte;
    if (::read(ready[0], &byte, 1) != 1) ::_exit(1);
    write_or_fail((jail + "/uid_map").c_str(), "0 0 4294967295");
    write_or_fail((jail + "/gid_map").c_str(), "0 0 4294967295");
    ::_exit(0);
  }
  if (::unshare(CLONE_NEWUSER) != 0) fail("unshare(CLONE_NEWUSER)");
  if (::write(ready[1], "x", 1) != 1) fail("write");
  ::close(ready[0]);
  ::close(ready[1]);
  int status = 0;
  if (::waitpid(writer, &status, 0) != writer || status != 0)
    fail_with("uid_map: the map of user ids could not be written");
}

void set_attributes(int at, const char* path, unsigned flags, std::uint64_t set,
                    std::uint64_t clear) {
  mount_attr attributes{};
  attributes.attr_set = set;
  attributes.attr_clr = clear;
  if (::syscall(SYS_mount_setattr, at, path, flags, &attributes,
                sizeof attributes) != 0)
    fail("mount_setattr");
}

/// Kernel 6.14 made pid_max a limit of the pid namespace (commit
/// 7863dcc72d0f); before, writing it would change the whole machine.
bool pid_max_is_per_namespace() {
  utsname name{};
  int major = 0, minor = 0;
  if (::uname(&name) != 0 ||
      std::sscanf(name.release, "%d.%d", &major, &minor) != 2)
    return false;
  return major > 6 || (major == 6 && minor >= 14);
}

void mount_tmpfs(const char* where, std::uint64_t bytes) {
  char options[64];
  std::snprintf(options, sizeof options, "size=%llu,nr_inodes=65536,mode=1777",
                static_cast<unsigned long long>(bytes));
  if (::mount("poolbugs", where, "tmpfs", MS_NOSUID | MS_NODEV, options) != 0)
    fail((std::string("mount tmpfs on ") + where).c_str());
}

void make_folders(const std::string& path) {
  for (std::size_t at = path.find('/', 1); at != std::string::npos;
       at = path.find('/', at + 1))
    ::mkdir(path.substr(0, at).c_str(), 0755);
  ::mkdir(path.c_str(), 0755);
}

bool is_full(const char* path) {
  struct statfs info {};
  return ::statfs(path, &info) == 0 &&
         (info.f_bavail == 0 || info.f_ffree == 0);
}

/// A mount of its own, so that it can be writable in a read-only tree.
void make_writable(const std::string& path) {
  if (::mount(path.c_str(), path.c_str(), nullptr, MS_BIND | MS_REC, nullptr) !=
      0)
    fail(("mount --bind " + path).c_str());
  set_attributes(AT_FDCWD, path.c_str(), 0, 0, MOUNT_ATTR_RDONLY);
}

/// The files of a fresh /proc that speak for the whole machine. Root of this
/// user namespace is the machine's root to them, for the ids are the same.
void protect_machine() {
  for (const char* path : {"/proc/sys", "/proc/sysrq-trigger", "/proc/irq",
                           "/proc/bus", "/proc/fs"}) {
    if (::access(path, F_OK) != 0) continue;  // not on every machine
    if (::mount(path, path, nullptr, MS_BIND | MS_REC, nullptr) != 0)
      fail((std::string("mount --bind ") + path).c_str());
    set_attributes(AT_FDCWD, path, 0, MOUNT_ATTR_RDONLY, 0);
  }
}

/// A copy of the tree at `path`, to be mounted where a private /tmp hides it.
struct Held {
  std::string path;
  int tree;
};
Held hold(const std::string& path) {
  const int tree = static_cast<int>(
      ::syscall(SYS_open_tree, AT_FDCWD, path.c_str(),
                OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
  if (tree < 0) fail(("open_tree " + path).c_str());
  return {path, tree};
}

void show_again(const Held& held) {
  make_folders(held.path);
  if (::syscall(SYS_move_mount, held.tree, "", AT_FDCWD, held.path.c_str(),
                MOVE_MOUNT_F_EMPTY_PATH) != 0)
    fail(("move_mount " + held.path).c_str());
  ::close(held.tree);
}

}  // namespace

void enter_namespaces(const Settings& settings) {
  new_user_namespace();
  if (::unshare(CLONE_NEWNS) != 0) fail("unshare(CLONE_NEWNS)");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    fail("mount --make-rprivate /");
  set_attributes(AT_FDCWD, "/", AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0);
  for (const std::string& path : settings.writable) make_writable(path);
}

std::string mount_private(const Settings& settings) {
  std::vector<Held> all;
  for (const std::string& path : settings.read_only) all.push_back(hold(path));
  for (const std::string& path : settings.writable) all.push_back(hold(path));
  mount_tmpfs("/tmp", settings.disk);
  mount_tmpfs("/dev/shm", settings.disk);
  for (const Held& held : all) show_again(held);
  if (::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
              nullptr) != 0)
    fail("mount proc");
  if (settings.processes > 0 && pid_max_is_per_namespace()) {
    // The kernel's least value is 301 (RESERVED_PIDS + 1).
    const long most = settings.processes + 45;
    const int file = ::open("/proc/sys/kernel/pid_max", O_WRONLY | O_CLOEXEC);
    if (file >= 0) {
      const std::string text = std::to_string(most < 301 ? 301 : most);
      if (::write(file, text.data(), text.size()) < 0) errno = 0;
      ::close(file);
    }
  }
  if (::geteuid() == 0) protect_machine();
  if (::mkdir(kWorkFolder, 0700) != 0) fail("mkdir /tmp/run");
  if (::chdir(kWorkFolder) != 0) fail("chdir /tmp/run");
  // Not even root among the run may undo this: the capability is gone after
  // its exec (capabilities(7)).
  ::prctl(PR_CAPBSET_DROP, 21 /* CAP_SYS_ADMIN */, 0, 0, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return kWorkFolder;
}

bool private_disk_full() { return is_full("/tmp") || is_full("/dev/shm"); }

}  // namespace poolbugs::jail
