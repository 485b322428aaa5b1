// poolbugs-jail: starts runs for one slot of the harness, one after another,
// each in its sandbox. See jail_protocol_linux.hpp for what is said.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "platform/jail_linux.hpp"
#include "platform/proc_linux.hpp"

#ifdef POOLBUGS_COVERAGE
extern "C" void __gcov_dump();
#endif

namespace poolbugs::jail {
namespace {

[[noreturn]] void leave(int status) {
#ifdef POOLBUGS_COVERAGE
  __gcov_dump();  // _exit skips what gcov registered with atexit
#endif
  ::_exit(status);
}

Settings parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    const std::string key = argument.substr(0, equals);
    const std::string value =
        equals == std::string::npos ? "" : argument.substr(equals + 1);
    if (key == "group")
      settings.full = false;
    else if (key == "name")
      settings.name = value;
    else if (key == "read-only")
      settings.read_only.push_back(value);
    else if (key == "writable")
      settings.writable.push_back(value);
    else if (key == "processes")
      settings.processes = std::atol(value.c_str());
    else if (key == "memory")
      settings.memory = std::strtoull(value.c_str(), nullptr, 10);
    else if (key == "disk")
      settings.disk = std::strtoull(value.c_str(), nullptr, 10);
    else if (key == "leak-grace-ms")
      settings.leak_grace_ms = std::atoi(value.c_str());
    else if (key != "full")
      fail_with("poolbugs-jail: unknown argument " + argument);
  }
  return settings;
}

/// Pointers into the message, which must outlive the launch.
Launch unpack(char* message, std::size_t size, const std::string& folder,
              std::vector<std::string>& own) {
  LaunchHeader header;
  std::memcpy(&header, message, sizeof header);
  Launch launch;
  char* at = message + sizeof header;
  char* const end = message + size;
  for (std::uint32_t i = 0; i < header.argument_count && at < end; ++i) {
    launch.arguments.push_back(at);
    at += std::strlen(at) + 1;
  }
  for (std::uint32_t i = 0; i < header.environment_count && at < end; ++i) {
    launch.environment.push_back(at);
    at += std::strlen(at) + 1;
  }
  own = {"HOME=" + folder, "TMPDIR=" + folder, "PWD=" + folder};
  for (std::string& entry : own) launch.environment.push_back(entry.data());
  launch.arguments.push_back(nullptr);
  launch.environment.push_back(nullptr);
  return launch;
}

/// Processes and threads, as RLIMIT_NPROC counts them.
rlim_t tasks_of_this_user() {
  std::size_t count = 0;
  for (const pid_t pid : proc::numbered_entries("/proc")) {
    const std::string folder = "/proc/" + std::to_string(pid);
    struct stat info {};
    if (::stat(folder.c_str(), &info) == 0 && info.st_uid == ::getuid())
      count += proc::numbered_entries((folder + "/task").c_str()).size();
  }
  return count;
}

/// The limit that holds where no cgroup does; root is not bound by it.
void limit_tasks(const Settings& settings, const Cgroups& cgroups,
                 std::string& text) {
  if (!cgroups.pids_text.empty()) {
    text = cgroups.pids_text;
    return;
  }
  if (::geteuid() == 0) {
    text = settings.full ? "pid_max of the pid namespace (Linux 6.14 and "
                           "later), and the watchdog"
                         : "the watchdog alone";
    return;
  }
  // Outside of a user namespace of ours the count is the user's on the whole
  // machine, so it needs room for what else the user may start meanwhile.
  constexpr rlim_t kRoom = 256;
  const rlim_t most = static_cast<rlim_t>(settings.processes) +
                      (settings.full ? 2 : tasks_of_this_user() + kRoom);
  rlimit limit{};
  ::getrlimit(RLIMIT_NPROC, &limit);
  if (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > most)
    limit.rlim_cur = limit.rlim_max = most;
  ::setrlimit(RLIMIT_NPROC, &limit);
  text = "RLIMIT_NPROC, and the watchdog";
}

/// A run in namespaces of its own. The child is their first process; when it
/// leaves, the kernel ends whatever is left and we reap it.
bool run_full(const Settings& settings, char* message, std::size_t size,
              Cgroups& cgroups) {
  const pid_t init = static_cast<pid_t>(
      ::syscall(SYS_clone, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | SIGCHLD,
                nullptr, nullptr, nullptr, nullptr));
  if (init < 0) fail("clone(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC)");
  if (init == 0) {
    // If this process is killed, the run must not outlive it. (A harness that
    // dies is seen as EOF on the socket.)
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_NAME, "poolbugs-init");
    const std::string folder = mount_private(settings);
    std::vector<std::string> own;
    Launch launch = unpack(message, size, folder, own);
    leave(supervise(settings, launch, folder, cgroups) ? 0 : 1);
  }
  int status = 0;
  while (::waitpid(init, &status, 0) < 0 && errno == EINTR) {
  }
  cgroups.pids_refused();  // the init had copies of these counters
  cgroups.memory_refused();
  if (WIFEXITED(status)) return true;
  return send_failure("the sandbox' first process died of signal " +
                      std::to_string(WTERMSIG(status)));
}

/// Made with a name that nobody else, in a shared /tmp, could have taken.
std::string make_work_folder(const Settings& settings) {
  const char* base = std::getenv("TMPDIR");
  std::string folder = (base != nullptr && base[0] == '/' ? base : "/tmp") +
                       ("/" + settings.name + "-XXXXXX");
  if (::mkdtemp(folder.data()) == nullptr) fail(("mkdtemp " + folder).c_str());
  return folder;
}

/// Fresh, also if the last run removed it or put something else there.
void make_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0 || empty_folder(folder)) return;
  ::unlink(folder.c_str());
  if (::mkdir(folder.c_str(), 0700) != 0) fail(("mkdir " + folder).c_str());
}

void remove_folder(const std::string& folder) {
  empty_folder(folder);
  ::rmdir(folder.c_str());
}

/// Launches until the harness closes the socket.
void serve(const Settings& settings, const std::string& folder,
           Cgroups& cgroups) {
  static char message[kMaxMessage];
  while (true) {
    const ssize_t got = ::recv(kSocketFd, message, sizeof message, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    const auto size = static_cast<std::size_t>(got);
    // An End that crossed our Done is about a run that is over.
    if (message[0] != static_cast<char>(Kind::launch)) continue;
    if (settings.full) {
      if (!run_full(settings, message, size, cgroups)) return;
      continue;
    }
    make_folder(folder);
    if (::chdir(folder.c_str()) != 0) fail("chdir");
    std::vector<std::string> own;
    Launch launch = unpack(message, size, folder, own);
    const bool alive = supervise(settings, launch, folder, cgroups);
    empty_folder(folder);
    if (!alive) return;
  }
}

int run(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "probe") == 0) return 0;
  const Settings settings = parse(argc, argv);
  for (const int fd : {kSocketFd, kStdoutFd, kStderrFd})
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::close_range(kStderrFd + 1, ~0U, 0);
  ::setsid();
  ::signal(SIGCHLD, [](int) {});  // so that it ends ppoll
  ::signal(SIGPIPE, SIG_IGN);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
    ::signal(number, SIG_IGN);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &child, nullptr);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::umask(022);
  Cgroups cgroups = Cgroups::enter(settings);
  std::string folder;
  if (settings.full) {
    enter_namespaces(settings);
  } else {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    folder = make_work_folder(settings);
  }
  // Not before: a user namespace keeps the limit of its creation for the
  // count in its parent (get_userns_rlimit_max in the kernel's ucount.c), where
  // the runs of all jails are counted together.
  std::string tasks;
  limit_tasks(settings, cgroups, tasks);
  std::string ready(1, static_cast<char>(Kind::ready));
  ready += "processes: " + tasks + "\nmemory: " +
           (cgroups.memory_text.empty() ? "the watchdog alone"
                                        : cgroups.memory_text) +
           "\nfolder: " + folder + "\npids-cgroup: " + cgroups.pids_path +
           "\nmemory-cgroup: " + cgroups.memory_path + "\n";
  if (send_message(ready.data(), ready.size()))
    serve(settings, folder, cgroups);
  if (!settings.full) kill_descendants(false);
  if (!folder.empty()) remove_folder(folder);
  cgroups.remove(settings);
  leave(0);
}

}  // namespace

void fail(const char* call) {
  fail_with(std::string(call) + ": " + std::strerror(errno));
}

void fail_with(const std::string& text) {
  send_failure(text);
  leave(1);
}

bool send_failure(const std::string& text) {
  const std::string message = static_cast<char>(Kind::failed) + text;
  return send_message(message.data(), message.size());
}

bool send_message(const void* data, std::size_t size) {
  while (true) {
    if (::send(kSocketFd, data, size, MSG_NOSIGNAL) >= 0) return true;
    if (errno != EINTR) return false;
  }
}

}  // namespace poolbugs::jail

int main(int argc, char** argv) { return poolbugs::jail::run(argc, argv); }
