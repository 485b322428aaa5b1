// What outside parties have in common: they signal, stop, hold something until
// the rescue. And what their plants do.
#include <poll.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <fstream>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {

void interrupted(const std::function<long()>& wait) {
  expect(wait() == -1 && errno == EINTR, "EINTR");
}

pid_t idle_child() {
  return in_child([] { hear(make_pipe().read); });
}

void end_by_kill(pid_t child) {
  must(::kill(child, SIGKILL), "kill");
  join(child, SIGKILL);
}

std::thread asleep_in(long call, const std::function<void()>& work) {
  std::atomic<long> id = 0;
  std::thread thread([&id, work] {
    id = ::syscall(SYS_gettid);
    work();
  });
  while (id == 0) sleep_for(0.001);
  const std::string path = "/proc/self/task/" + std::to_string(id) + "/syscall";
  for (long now = -1; now != call; sleep_for(0.001)) {
    std::string word;
    if (!(std::ifstream(path) >> word)) break;
    now = word == "running" ? -1 : std::atol(word.c_str());
  }
  return thread;
}

int told_process() { return pidfd_of(told()); }

void send_signal(int pidfd, int signal) {
  ::syscall(SYS_pidfd_send_signal, pidfd, signal, nullptr, 0);
}

Rescue until_it_ends(std::function<void(int)> act) {
  return [act = std::move(act)] {
    pollfd process{told_process(), POLLIN, 0};
    do {
      act(process.fd);
    } while (::poll(&process, 1, 20) == 0);
    ::close(process.fd);
  };
}

Rescue keeps_sending(int signal) {
  return until_it_ends([=](int process) { send_signal(process, signal); });
}

Rescue stops_and_continues() {
  return until_it_ends([](int process) {
    send_signal(process, SIGSTOP);
    sleep_for(0.02);
    send_signal(process, SIGCONT);
  });
}

Rescue helped_by(const std::function<void(int)>& helper) {
  const Pipe pipe = make_pipe();
  ::fcntl(pipe.read, F_SETFD, FD_CLOEXEC);
  ::fcntl(pipe.write, F_SETFD, FD_CLOEXEC);
  const pid_t child = in_child([&] {
    ::close(pipe.write);
    helper(pipe.read);
  });
  ::close(pipe.read);
  return [=] {
    ::close(pipe.write);
    join(child);
  };
}

}  // namespace poolbugs::look_alikes
