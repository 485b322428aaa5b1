// Whether this machine lets us read what a proof needs, tried on a child.
#include <fcntl.h>
#include <linux/kcmp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "platform/wait_reading_linux.hpp"

namespace poolbugs::wait {
namespace {

/// A child that waits in read(2) until it is destroyed, or we end.
class Reader {
 public:
  Reader() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return;
    end_ = UniqueFd(ends[0]);
    UniqueFd other(ends[1]);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(ends[1]);
      char byte = 0;
      [[maybe_unused]] const ssize_t got = ::read(ends[0], &byte, 1);
      ::_exit(0);
    }
    other_ = std::move(other);
  }
  ~Reader() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] int descriptor() const { return end_.get(); }

 private:
  UniqueFd end_, other_;
  pid_t pid_ = -1;
};

Error no_rights(int number) {
  Error error = errno_error("/proc/PID/syscall of a child", number);
  if (means_denied(number))
    error.text +=
        " (is ptrace forbidden, by kernel.yama.ptrace_scope or a container?)";
  return error;
}

/// Its system call, once it is where we know it to be.
Result<CallText> read_call(const Reader& child) {
  using std::chrono::steady_clock;
  FileReader files;
  const std::string path = "/proc/" + std::to_string(child.pid()) + "/syscall";
  const auto deadline = steady_clock::now() + std::chrono::seconds(5);
  while (steady_clock::now() < deadline) {
    const auto call = parse_syscall(files.read(AT_FDCWD, path.c_str()));
    if (files.error() != 0) return no_rights(files.error());
    if (!call) break;
    if (!call->running && call->call == SYS_read &&
        call->arguments[0] == static_cast<std::uint64_t>(child.descriptor()))
      return *call;
    ::sched_yield();
  }
  return Error{"/proc/PID/syscall does not tell a child's system call"};
}

Result<void> try_on_a_child() {
  const Reader child;
  if (child.pid() < 0) return errno_error("fork", errno);
  const auto call = read_call(child);
  if (!call) return call.error();
  char code = 0;
  iovec ours{&code, 1};
  iovec theirs{reinterpret_cast<void*>(call->pc), 1};
  if (::process_vm_readv(child.pid(), &ours, 1, &theirs, 1, 0) != 1)
    return errno_error("process_vm_readv of a child", errno);
  if (!same_resource(child.pid(), child.pid(), KCMP_FILES))
    return errno_error("kcmp of a child", errno);
  return {};
}

Result<void> find_out() {
#if !(defined(__x86_64__) && defined(__LP64__)) && !defined(__aarch64__)
  return Error{"the system calls of this kind of processor are not known"};
#endif
  utsname system{};
  int version = 0, revision = 0;
  if (::uname(&system) != 0 ||
      std::sscanf(system.release, "%d.%d", &version, &revision) != 2)
    return Error{"uname: the kernel's version is not known"};
  if (version < 5 || (version == 5 && revision < 10))
    return Error{"the kernel is older than 5.10"};
  return try_on_a_child();
}

}  // namespace

Result<void> can_read_trees() {
  static const Result<void> known = find_out();
  return known;
}

}  // namespace poolbugs::wait
