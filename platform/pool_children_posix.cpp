#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <set>

#include "platform/pool_starter.hpp"
#include "platform/spawn.hpp"

namespace poolbugs::pool {
namespace {

int wait_status(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return status;
}

std::mutex parents_own_mutex;
std::set<int>& parents_own() {
  static auto* descriptors = new std::set<int>;
  return *descriptors;
}

}  // namespace

Result<void> Children::add(std::uint64_t number, pid_t pid) {
  Result<UniqueFd> exit = exit_descriptor(pid);
  if (!exit) {
    ::kill(pid, SIGKILL);
    wait_status(pid);
    return exit.error();
  }
  children_.push_back({number, pid, std::move(*exit)});
  return {};
}

void Children::kill(std::uint64_t number) {
  for (const Child& child : children_)
    if (child.number == number) ::kill(child.pid, SIGKILL);
}

void Children::kill_and_reap_all() {
  for (const Child& child : children_) ::kill(child.pid, SIGKILL);
  for (const Child& child : children_) wait_status(child.pid);
  children_.clear();
}

std::vector<int> Children::descriptors() const {
  std::vector<int> all;
  for (const Child& child : children_) all.push_back(child.exit.get());
  return all;
}

std::vector<Ended> Children::reap() {
  std::vector<Ended> ended;
  std::erase_if(children_, [&](const Child& child) {
    pollfd entry{child.exit.get(), POLLIN, 0};
    if (::poll(&entry, 1, 0) <= 0) return false;
    ended.push_back({child.number, wait_status(child.pid)});
    return true;
  });
  return ended;
}

ParentsOwn::ParentsOwn(int fd) : fd_(fd) {
  std::lock_guard lock(parents_own_mutex);
  parents_own().insert(fd);
}

ParentsOwn::~ParentsOwn() {
  std::lock_guard lock(parents_own_mutex);
  parents_own().erase(fd_);
}

pid_t ParentsOwn::fork_without_them() {
  std::lock_guard lock(parents_own_mutex);
  pid_t pid = ::fork();
  if (pid == 0) {
    for (int fd : parents_own()) ::close(fd);
    parents_own().clear();
  }
  return pid;
}

}  // namespace poolbugs::pool
