// Children whose facts are read: for the tests of read_facts().
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "platform/wait_reader.hpp"

namespace poolbugs::wait {

using std::chrono::steady_clock;

[[noreturn]] inline void wait_for_ever() {
  while (true) ::pause();
}

/// A child that does `work` in a session of its own; all of it is killed at
/// the end.
class Child {
 public:
  explicit Child(const std::function<void()>& work) : pid_(::fork()) {
    if (pid_ == 0) {
      ::setpgid(0, 0);
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      work();
      wait_for_ever();
    }
    ::setpgid(pid_, pid_);
  }
  ~Child() {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  [[nodiscard]] pid_t pid() const { return pid_; }

  [[nodiscard]] Facts read(const Pollers& pollers = {}) const {
    Tree tree;
    tree.above = pid_;
    tree.with_above = true;
    return read_facts(tree, pollers);
  }
  /// The facts as soon as they are undisturbed and `wanted` holds; those of
  /// the last try after 20 s.
  [[nodiscard]] Facts read_when(
      const std::function<bool(const Facts&)>& wanted) const {
    const auto deadline = steady_clock::now() + std::chrono::seconds(20);
    while (true) {
      Facts facts = read();
      const bool good = facts.disturbed.empty() && wanted(facts);
      if (good || steady_clock::now() > deadline) {
        EXPECT_TRUE(good) << facts.disturbed;
        return facts;
      }
      ::sched_yield();
    }
  }
  /// As soon as its first thread sleeps in this system call.
  [[nodiscard]] Facts read_in(long call) const {
    return read_when([call](const Facts& facts) {
      return !facts.processes.empty() && !facts.processes[0].threads.empty() &&
             facts.processes[0].threads[0].call == call;
    });
  }

 private:
  pid_t pid_;
};

inline const Descriptor& descriptor_of(const ProcessFacts& process,
                                       int number) {
  static const Descriptor none;
  const auto found =
      std::ranges::find(process.descriptors, number, &Descriptor::number);
  EXPECT_NE(found, process.descriptors.end());
  return found == process.descriptors.end() ? none : *found;
}

inline std::size_t threads_of(const Facts& facts) {
  return facts.processes.empty() ? 0 : facts.processes[0].threads.size();
}

class WaitReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto can = can_read_trees();
    if (!can) GTEST_SKIP() << can.error().text;
  }
};

}  // namespace poolbugs::wait
