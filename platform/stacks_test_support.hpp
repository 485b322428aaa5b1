// Processes to take stacks of, for the tests.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "platform/proc_linux.hpp"
#include "platform/process_tree.hpp"
#include "platform/stacks.hpp"

namespace poolbugs::stacks {

using std::chrono::steady_clock;

inline bool within_10_s(const std::function<bool()>& wanted) {
  const auto deadline = steady_clock::now() + std::chrono::seconds(10);
  while (!wanted())
    if (steady_clock::now() > deadline) return false;
  return true;
}

inline std::string status_of(long process, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + ":")) return line.substr(name.size() + 2);
  return {};
}

/// A child with a pipe from us, that does `work(pipe)`; killed at the end.
class Child {
 public:
  explicit Child(const std::function<int(int)>& work, int flags = 0) {
    if (::pipe2(pipe_, O_CLOEXEC) != 0) return;
    // clone(2) by number: fork, but with namespaces.
    pid_ = static_cast<pid_t>(
        ::syscall(SYS_clone, flags | SIGCHLD, nullptr, nullptr, nullptr, 0));
    if (pid_ == 0) ::_exit(work(pipe_[0]));
  }
  ~Child() {
    if (pid_ > 0 && !reaped_) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void send() const { EXPECT_EQ(::write(pipe_[1], "\x05", 1), 1); }
  /// Status of waitpid(2).
  int end() {
    int status = -1;
    EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
    reaped_ = true;
    return status;
  }
  /// Until every thread waits, `threads` in number.
  [[nodiscard]] bool settled(std::size_t threads = 1) const {
    const std::string folder = "/proc/" + std::to_string(pid_) + "/task";
    return within_10_s([&] {
      const auto ids = proc::numbered_entries(folder.c_str());
      return ids.size() == threads && std::ranges::all_of(ids, [&](pid_t id) {
               const std::string call = where_it_waits(pid_, id).call;
               return call == "read" || call == "futex" ||
                      call == "epoll_wait" || call == "pause" ||
                      call == "ppoll" || call == "poll";
             });
    });
  }

 private:
  int pipe_[2] = {-1, -1};
  pid_t pid_ = -1;
  bool reaped_ = false;
};

inline ProcessStacks stacks_of(long process) {
  auto all = take_stacks({process});
  EXPECT_EQ(all.size(), 1U);
  EXPECT_EQ(all.at(0).process, process);
  return all.at(0);
}

inline std::string text(const std::vector<Frame>& frames) {
  std::string result;
  for (const Frame& frame : frames)
    result += frame.function + " (" + frame.file + ":" +
              std::to_string(frame.line) + ")\n";
  return result;
}

/// The place of the first frame of this function, or the number of frames.
inline std::size_t place_of(const std::vector<Frame>& frames,
                            const std::string& function) {
  std::size_t i = 0;
  while (i < frames.size() &&
         frames[i].function.find(function) == std::string::npos)
    ++i;
  return i;
}

inline bool is_in(const std::vector<Frame>& frames,
                  const std::string& function) {
  return place_of(frames, function) < frames.size();
}

}  // namespace poolbugs::stacks
