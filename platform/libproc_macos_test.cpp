#include "platform/libproc_macos.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "platform/process_tree.hpp"
#include "platform/spawn.hpp"

namespace poolbugs::libproc {
namespace {

/// A child that lives as long as this.
class Sleeper {
 public:
  Sleeper() : pid_(spawn_process("/bin/sleep", {"98765"}, {}).value()) {}
  Sleeper(Sleeper&&) = delete;
  ~Sleeper() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

TEST(LibprocTest, FindsAChildAndWhatItRuns) {
  const Sleeper child;
  const auto found = find(child.pid());
  ASSERT_TRUE(found);
  EXPECT_EQ(found->parent, ::getpid());
  EXPECT_FALSE(found->zombie);
  EXPECT_GT(found->started_us, 0U);
  EXPECT_EQ(command_line(*found), "/bin/sleep 98765");
}

TEST(LibprocTest, AZombieIsOne) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t ended{};
  ::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT);
  const auto found = find(child);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->zombie);
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(find(child));
}

TEST(LibprocTest, DescendantsAreBelowUs) {
  const Sleeper child;
  const auto below = descendants(::getpid());
  EXPECT_TRUE(std::ranges::any_of(
      below, [&](const Process& one) { return one.id == child.pid(); }));
  EXPECT_TRUE(std::ranges::none_of(
      below, [](const Process& one) { return one.id == ::getpid(); }));
}

TEST(LibprocTest, OurOwnEnvironmentIsShown) {
  const char* path = ::getenv("PATH");
  ASSERT_NE(path, nullptr);
  EXPECT_TRUE(has_in_environment(::getpid(), std::string("PATH=") + path));
  EXPECT_FALSE(has_in_environment(::getpid(), "POOLBUGS_NO_SUCH=1"));
}

TEST(LibprocTest, WeHaveAThreadThatRuns) {
  const TreeSample sample = sample_tree(::getpid(), 4096, true);
  ASSERT_FALSE(sample.processes.empty());
  const ProcessSample& self = sample.processes.front();
  EXPECT_GT(self.private_memory, 0U);
  EXPECT_TRUE(std::ranges::any_of(
      self.threads, [](const ThreadSample& one) { return one.state == 'R'; }));
  EXPECT_GT(self.threads.front().switches, 0U);
}

}  // namespace
}  // namespace poolbugs::libproc
