#include "platform/sandbox_jail_linux.hpp"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "platform/jail_protocol_linux.hpp"
#include "platform/proc_linux.hpp"
#include "platform/spawn.hpp"

namespace poolbugs::sandbox {
namespace {

using std::chrono::milliseconds;

Result<UniqueFd> make_output(const char* name) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC));
  // Every writer appends, also one that opens /proc/self/fd/1 again.
  if (!file || ::fcntl(file.get(), F_SETFL, O_APPEND) != 0)
    return errno_error("memfd_create", errno);
  return file;
}

bool lies_below(const std::filesystem::path& path, const char* top) {
  const std::string text = path.lexically_normal().string();
  return text == top || text.rfind(std::string(top) + "/", 0) == 0;
}

std::vector<std::string> jail_arguments(const Settings& settings, Mode mode,
                                        const std::string& name) {
  std::vector<std::string> arguments;
  const Limits& limits = settings.limits;
  arguments.push_back(mode == Mode::full ? "full" : "group");
  arguments.push_back("name=" + name);
  arguments.push_back("processes=" + std::to_string(limits.tasks));
  arguments.push_back("memory=" + std::to_string(limits.memory));
  arguments.push_back("disk=" + std::to_string(limits.disk));
  arguments.push_back("leak-grace-ms=" +
                      std::to_string(limits.leak_grace.count()));
  for (const auto& path : settings.visible)
    if (lies_below(path, "/tmp"))
      arguments.push_back("read-only=" + path.lexically_normal().string());
  for (const auto& path : settings.writable)
    arguments.push_back("writable=" + path.lexically_normal().string());
  return arguments;
}

/// "a: b" of a line in the Ready message.
std::string line_value(const std::string& text, const std::string& key) {
  const std::size_t at = text.find("\n" + key + ": ");
  if (at == std::string::npos) return "";
  const std::size_t start = at + key.size() + 3;
  return text.substr(start, text.find('\n', start) - start);
}

/// Until `descriptor` is readable or hung up; false if it is not in time.
bool wait_readable(int descriptor, Clock::time_point deadline) {
  while (true) {
    const auto left =
        std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
    pollfd poll{descriptor, POLLIN, 0};
    const int ready =
        ::poll(&poll, 1, static_cast<int>(std::max<decltype(left)>(left, 0)));
    if (ready > 0) return true;
    if (ready == 0 && left <= 0) return false;
    if (ready < 0 && errno != EINTR) return false;
  }
}

int reap(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

/// Ends everything that a dead jail left to us as subreaper.
void end_strangers(const std::set<pid_t>& jails) {
  const std::string self = std::to_string(::getpid());
  for (bool found = true; found;) {
    found = false;
    for (const pid_t pid : proc::descendants(::getpid())) {
      const std::string stat =
          proc::read_file(("/proc/" + std::to_string(pid) + "/stat").c_str());
      if (proc::stat_field(stat, 4) != self || jails.contains(pid)) continue;
      for (const pid_t below : proc::descendants(pid)) ::kill(below, SIGKILL);
      ::kill(pid, SIGKILL);
      reap(pid);
      found = true;
    }
  }
}

/// The kernel may count a process that was reaped for a moment longer.
void remove_cgroup(const std::string& path) {
  const auto deadline = Clock::now() + std::chrono::seconds(1);
  while (::rmdir(path.c_str()) != 0 && errno == EBUSY &&
         Clock::now() < deadline)
    ::poll(nullptr, 0, 1);
}

}  // namespace

Result<std::unique_ptr<Jail>> open_jail(const Settings& settings, Mode mode,
                                        const std::string& name) {
  auto jail = std::make_unique<Jail>();
  auto out = make_output("stdout");
  if (!out) return out.error();
  auto err = make_output("stderr");
  if (!err) return err.error();
  jail->out = std::move(*out);
  jail->err = std::move(*err);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    return errno_error("socketpair", errno);
  jail->socket.reset(ends[0]);
  UniqueFd theirs(ends[1]);
  jail->name = name;
  const auto pid =
      spawn_process(settings.helper, jail_arguments(settings, mode, name),
                    {{theirs.get(), jail::kSocketFd},
                     {jail->out.get(), jail::kStdoutFd},
                     {jail->err.get(), jail::kStderrFd}});
  if (!pid) return pid.error();
  jail->pid = *pid;
  theirs.reset();  // or its end would not be seen here
  std::string text(4096, '\0');
  const bool answered =
      wait_readable(jail->socket.get(), Clock::now() + settings.patience);
  const ssize_t got =
      answered ? ::recv(jail->socket.get(), text.data(), text.size(), 0) : 0;
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  if (text.empty() || text[0] != static_cast<char>(jail::Kind::ready)) {
    if (!answered) ::kill(jail->pid, SIGKILL);
    reap(jail->pid);
    return Error{!answered      ? "poolbugs-jail is not ready in time"
                 : text.empty() ? "poolbugs-jail ended at its start"
                                : text.substr(1)};
  }
  text[0] = '\n';
  jail->folder = line_value(text, "folder");
  jail->process_limit = line_value(text, "processes");
  jail->memory_limit = line_value(text, "memory");
  for (const char* key : {"pids-cgroup", "memory-cgroup"})
    if (std::string path = line_value(text, key); !path.empty())
      jail->cgroups.push_back(std::move(path));
  return jail;
}

void wait_for_jails(const std::vector<std::unique_ptr<Jail>>& jails,
                    milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  std::set<pid_t> all;
  for (const auto& jail : jails) all.insert(jail->pid);
  for (const auto& jail : jails) {
    const auto ended = exit_descriptor(jail->pid);
    const bool left = ended && wait_readable(ended->get(), deadline);
    all.erase(jail->pid);
    // A run may have killed it, or stopped it for ever.
    siginfo_t how{};
    if (!left ||
        ::waitid(P_PID, static_cast<id_t>(jail->pid), &how,
                 WEXITED | WNOWAIT) != 0 ||
        how.si_code != CLD_EXITED)
      bury_jail(*jail, all);
    else
      reap(jail->pid);
  }
}

std::string bury_jail(Jail& jail, const std::set<pid_t>& others) {
  // Its socket is closed before its end can be waited for (do_exit() in the
  // kernel); how it ended is worth a moment.
  pollfd socket{jail.socket.get(), 0, 0};
  if (::poll(&socket, 1, 0) > 0 && (socket.revents & POLLHUP) != 0)
    if (const auto ended = exit_descriptor(jail.pid))
      wait_readable(ended->get(), Clock::now() + std::chrono::seconds(1));
  jail.socket.reset();
  siginfo_t how{};
  ::waitid(P_PID, static_cast<id_t>(jail.pid), &how,
           WEXITED | WNOWAIT | WNOHANG);
  ::kill(jail.pid, SIGKILL);
  reap(jail.pid);
  end_strangers(others);
  if (!jail.folder.empty()) {
    std::error_code ignored;
    std::filesystem::remove_all(jail.folder, ignored);
  }
  for (const std::string& path : jail.cgroups) remove_cgroup(path);
  jail.pid = -1;
  jail.run = 0;
  if (how.si_pid == 0) return "it closed its socket";
  return how.si_code == CLD_EXITED
             ? "it ended with status " + std::to_string(how.si_status)
             : "it died of signal " + std::to_string(how.si_status);
}

}  // namespace poolbugs::sandbox
