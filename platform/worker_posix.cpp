#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "platform/spawn.hpp"
#include "platform/unique_fd.hpp"
#include "platform/worker.hpp"

#ifdef POOLBUGS_COVERAGE
extern "C" void __gcov_dump();
#endif

extern char** environ;

namespace poolbugs {
namespace {

constexpr int kFirst = 3;
constexpr char kWorkerFlag[] = "--worker";

/// Nothing of the parent's exit may run in a forked child.
bool forked_child = false;

[[noreturn]] void give_up(const char* call, int number) {
  std::fprintf(stderr, "start_worker: %s: %s\n", call, std::strerror(number));
  if (forked_child) ::_exit(70);
  std::exit(70);
}

int past_last(const std::vector<int>& descriptors) {
  return kFirst + static_cast<int>(descriptors.size());
}

/// A descriptor that the worker gets under another number, so that its own
/// number must not stay open: a second copy would hold back an EOF.
bool moves(int fd, const std::vector<int>& descriptors) {
  return fd >= past_last(descriptors);
}

/// Copies above the numbers that will be taken: whatever overlaps whatever,
/// nothing is overwritten before it was read.
std::vector<UniqueFd> copies_out_of_the_way(
    const std::vector<int>& descriptors) {
  std::vector<UniqueFd> copies;
  for (int fd : descriptors) {
    copies.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, past_last(descriptors)));
    if (!copies.back()) give_up("fcntl F_DUPFD_CLOEXEC", errno);
  }
  return copies;
}

/// The forked worker keeps what it had under the numbers 3, 4, 5 …, elsewhere.
void keep_what_is_overwritten(const std::vector<int>& descriptors) {
  for (int fd = kFirst; fd < past_last(descriptors); ++fd) {
    if (std::ranges::find(descriptors, fd) != descriptors.end()) continue;
    int flags = ::fcntl(fd, F_GETFD);
    if (flags < 0) continue;  // was not open
    bool close_on_exec = (flags & FD_CLOEXEC) != 0;
    if (::fcntl(fd, close_on_exec ? F_DUPFD_CLOEXEC : F_DUPFD,
                past_last(descriptors)) < 0)
      give_up("fcntl F_DUPFD", errno);
  }
}

[[noreturn]] void run_forked(int (*work)(),
                             const std::vector<int>& descriptors) {
  forked_child = true;
  std::vector<UniqueFd> copies = copies_out_of_the_way(descriptors);
  keep_what_is_overwritten(descriptors);
  for (size_t i = 0; i < copies.size(); ++i)
    if (::dup2(copies[i].get(), kFirst + static_cast<int>(i)) < 0)
      give_up("dup2", errno);
  for (int fd : descriptors)
    if (moves(fd, descriptors)) ::close(fd);
  copies.clear();
  forked_child = false;  // `work` may start workers of its own
  int status = work();
#ifdef POOLBUGS_COVERAGE
  __gcov_dump();
#endif
  ::_exit(status);
}

void check(const char* call, int number) {
  if (number != 0) give_up(call, number);
}

pid_t spawn_again(char** argv, const std::vector<int>& descriptors) {
  Result<std::vector<std::string>> command = own_command();
  if (!command) {
    std::fprintf(stderr, "start_worker: %s\n", command.error().text.c_str());
    std::exit(70);
  }
  std::vector<UniqueFd> copies = copies_out_of_the_way(descriptors);
  posix_spawn_file_actions_t actions;
  check("posix_spawn_file_actions_init",
        ::posix_spawn_file_actions_init(&actions));
  for (auto fd = descriptors.begin(); fd != descriptors.end(); ++fd)
    if (moves(*fd, descriptors) &&
        std::find(descriptors.begin(), fd, *fd) == fd)
      check("posix_spawn_file_actions_addclose",
            ::posix_spawn_file_actions_addclose(&actions, *fd));
  for (size_t i = 0; i < copies.size(); ++i)
    check("posix_spawn_file_actions_adddup2",
          ::posix_spawn_file_actions_adddup2(&actions, copies[i].get(),
                                             kFirst + static_cast<int>(i)));
  posix_spawnattr_t attributes;
  check("posix_spawnattr_init", ::posix_spawnattr_init(&attributes));
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  // glibc skips SIGKILL and SIGSTOP itself.
  check("posix_spawnattr_setsigdefault",
        ::posix_spawnattr_setsigdefault(&attributes, &all));
  check("posix_spawnattr_setsigmask",
        ::posix_spawnattr_setsigmask(&attributes, &none));
  check("posix_spawnattr_setflags",
        ::posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
  char flag[sizeof kWorkerFlag];
  std::memcpy(flag, kWorkerFlag, sizeof flag);
  std::vector<char*> arguments;
  for (std::string& word : *command) arguments.push_back(word.data());
  if (arguments.size() == 1) arguments[0] = argv[0];
  arguments.insert(arguments.end(), {flag, nullptr});
  pid_t pid = -1;
  check("posix_spawn", ::posix_spawn(&pid, command->front().c_str(), &actions,
                                     &attributes, arguments.data(), environ));
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&actions);
  return pid;
}

}  // namespace

StartMethod start_method(int argc, char** argv) {
  if (argc < 2) return StartMethod::fork;
  if (auto method = parse_start_method(argv[1])) return *method;
  std::fprintf(stderr, "usage: %s [fork|spawn|forkserver]\n", argv[0]);
  std::exit(2);
}

bool is_worker(int argc, char** argv) {
  return argc == 2 && std::string_view(argv[1]) == kWorkerFlag;
}

pid_t start_worker(StartMethod method, char** argv, int (*work)(),
                   const std::vector<int>& descriptors) {
  switch (method) {
    case StartMethod::spawn:
      return spawn_again(argv, descriptors);
    case StartMethod::forkserver:
      std::fprintf(stderr,
                   "start_worker: forkserver is a method of the pool; plain "
                   "workers start by fork or spawn\n");
      std::exit(70);
    case StartMethod::fork:
      break;
  }
  pid_t pid = ::fork();
  if (pid < 0) give_up("fork", errno);
  if (pid == 0) run_forked(work, descriptors);
  return pid;
}

std::int64_t wait_for(pid_t worker) {
  int status = 0;
  while (::waitpid(worker, &status, 0) < 0)
    if (errno != EINTR) {
      std::fprintf(stderr, "wait_for: waitpid %d: %s\n",
                   static_cast<int>(worker), std::strerror(errno));
      std::exit(70);
    }
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace poolbugs
