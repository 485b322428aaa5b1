#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/error.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <cerrno>

#include "platform/spawn.hpp"

namespace poolbugs {
namespace {

namespace process = boost::process;

struct Binding {
  UniqueFd copy;
  int to;
};

Result<UniqueFd> copy_from(int fd, int lowest) {
  int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, lowest);
  if (copy < 0) return errno_error("fcntl F_DUPFD_CLOEXEC", errno);
  return UniqueFd(copy);
}

/// Runs between fork and exec: system calls only.
struct Prepare : process::extend::handler {
  const std::vector<Binding>* bindings = nullptr;
  pid_t* failed = nullptr;
  Group group = Group::ours;

  template <class Executor>
  void on_exec_setup(Executor& executor) const {
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number)
      ::sigaction(number, &standard, nullptr);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    if (group == Group::own) ::setpgid(0, 0);
    for (const Binding& binding : *bindings)
      if (::dup2(binding.copy.get(), binding.to) < 0) {
        executor.set_error(process::extend::get_last_error(), "dup2");
        ::_exit(127);  // it would go on and exec
      }
  }

  template <class Executor>
  void on_error(Executor& executor, const std::error_code&) const {
    *failed = executor.pid;
  }
};

}  // namespace

Result<pid_t> spawn_process(const std::filesystem::path& exe,
                            const std::vector<std::string>& args,
                            const std::vector<std::pair<int, int>>& fds_from_to,
                            Group group) {
  int above = 3;
  for (auto [from, to] : fds_from_to) above = std::max(above, to + 1);
  std::vector<Binding> bindings;
  std::vector<UniqueFd> reserved;
  for (auto [from, to] : fds_from_to) {
    // Copies lie above every number that is taken, so that nothing is
    // overwritten before it was read.
    Result<UniqueFd> copy = copy_from(from, above);
    if (!copy) return copy.error();
    bindings.push_back({std::move(*copy), to});
  }
  for (const Binding& binding : bindings) {
    // Boost.Process tells of a failed exec through a pipe of its own, which
    // must not sit on a number that the child binds: take those that are free.
    Result<UniqueFd> here = copy_from(binding.copy.get(), binding.to);
    if (!here) return here.error();
    if (here->get() == binding.to) reserved.push_back(std::move(*here));
  }
  pid_t failed = -1;
  Prepare prepare;
  prepare.bindings = &bindings;
  prepare.failed = &failed;
  prepare.group = group;
  std::error_code error;
  process::child child(process::exe = exe.string(), process::args = args,
                       prepare, error);
  if (error) {
    // Boost.Process reaps with WNOHANG, which may be too early.
    if (failed > 0)
      while (::waitpid(failed, nullptr, 0) < 0 && errno == EINTR) continue;
    return errno_error("spawn " + exe.string(), error.value());
  }
  pid_t pid = child.id();
  child.detach();  // its destructor would kill
  return pid;
}

Descriptor inherited(int number) { return number; }

}  // namespace poolbugs
