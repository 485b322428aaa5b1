#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/glance.hpp"
#include "platform/proc_linux.hpp"
#include "platform/spawn.hpp"

namespace poolbugs {
namespace {

class GlanceTest : public testing::Test {
 protected:
  ~GlanceTest() override {
    for (const pid_t child : children_) end(child);
  }
  static void end(pid_t child) {
    for (const pid_t below : proc::descendants(child)) ::kill(below, SIGKILL);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  pid_t start(const std::string& script) {
    const auto child = spawn_process("/bin/sh", {"-c", script}, {});
    children_.push_back(child.value());
    return child.value();
  }
  /// Looks until `holds`, for 10 s at most.
  template <class Predicate>
  bool soon(Predicate holds) {
    for (int i = 0; i < 2000; ++i) {
      if (holds(glancer_.look())) return true;
      ::usleep(5'000);
    }
    return false;
  }
  bool settles() {
    return soon([](const Glance& glance) { return !glance.changed; });
  }

  std::vector<pid_t> children_;
  Glancer glancer_{::getpid()};
};

TEST_F(GlanceTest, NobodyIsSeenWhereNobodyIs) {
  const Glance glance = glancer_.look();
  EXPECT_FALSE(glance.runs);
  EXPECT_FALSE(glance.changed);
  EXPECT_EQ(glance.seen, 0);
}

TEST_F(GlanceTest, SleepersAreSeenOnceAndThenAtRest) {
  start("sleep 100 & sleep 100 & wait");
  EXPECT_TRUE(soon([](const Glance& glance) { return glance.seen == 3; }));
  ASSERT_TRUE(settles());
  const Glance glance = glancer_.look();
  EXPECT_FALSE(glance.runs);
  EXPECT_FALSE(glance.changed);
  EXPECT_EQ(glance.seen, 3);
  EXPECT_GT(glance.cost.count(), 0);
}

TEST_F(GlanceTest, AGrandchildThatBurnsIsFoundAndAskedFirst) {
  start("sleep 100 & sh -c 'while :; do :; done' & wait");
  ASSERT_TRUE(soon([](const Glance& glance) { return glance.runs; }));
  // On a CPU or in its queue: it is always one of the two.
  for (int i = 0; i < 20; ++i) {
    const Glance glance = glancer_.look();
    EXPECT_TRUE(glance.runs);
    EXPECT_TRUE(glance.changed);
    EXPECT_EQ(glance.seen, 1);
  }
}

TEST_F(GlanceTest, WhoCameAndWhoWentIsAChange) {
  start("sleep 100");
  ASSERT_TRUE(settles());
  const pid_t other = start("exec sleep 100");
  EXPECT_TRUE(glancer_.look().changed);
  ASSERT_TRUE(settles());
  end(other);
  children_.pop_back();
  EXPECT_TRUE(glancer_.look().changed);
  EXPECT_FALSE(glancer_.look().changed);
}

TEST_F(GlanceTest, WhoRanInBetweenIsAChange) {
  const pid_t child = start("exec sleep 100");
  ASSERT_TRUE(settles());
  for (const int number : {SIGSTOP, SIGCONT}) {
    ::kill(child, number);  // nobody comes or goes
    EXPECT_TRUE(soon([](const Glance& glance) { return glance.changed; }));
    EXPECT_TRUE(settles());
  }
}

}  // namespace
}  // namespace poolbugs
