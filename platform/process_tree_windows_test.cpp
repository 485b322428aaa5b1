// Looking at processes that nobody stops.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <windows.h>

#include <algorithm>

#include "platform/attend.hpp"
#include "platform/glance.hpp"
#include "platform/process_tree.hpp"
#include "platform/snapshot_windows.hpp"
#include "platform/spawn_test_support.hpp"
#include "platform/wide_windows.hpp"

namespace poolbugs {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using testing::IsEmpty;
using testing::SizeIs;
using Words = TestChild::Words;

long own_id() { return static_cast<long>(::GetCurrentProcessId()); }

std::vector<std::string> self(Words words) {
  std::vector<std::string> command{own_executable().value(), "--test-child"};
  command.insert(command.end(), words.begin(), words.end());
  return command;
}

/// Says by an event that it is there, and waits for another one.
const TestChild waits("waits", [](const Words& words) {
  const UniqueFd here(
      ::OpenEventW(EVENT_ALL_ACCESS, FALSE, to_wide(words[0]).c_str()));
  const UniqueFd go(
      ::OpenEventW(SYNCHRONIZE, FALSE, to_wide(words[1]).c_str()));
  ::SetEvent(here.get());
  ::WaitForSingleObject(go.get(), INFINITE);
  return 7;
});

/// Starts one of those and leaves it behind.
const TestChild orphans("orphans", [](const Words& words) {
  return spawn_test_child("waits", words) ? 300 : 1;
});

const TestChild returns("returns", [](const Words& words) {
  return std::atoi(words[0].c_str());
});

class Waiter {
 public:
  explicit Waiter(const char* name)
      : base_("poolbugs-" + std::to_string(own_id()) + name),
        here_(
            ::CreateEventW(nullptr, TRUE, FALSE, to_wide(words()[0]).c_str())),
        go_(::CreateEventW(nullptr, TRUE, FALSE, to_wide(words()[1]).c_str())) {
  }
  [[nodiscard]] Words words() const { return {base_ + "-here", base_ + "-go"}; }
  /// Until it waits: nothing of its CPU time changes any more.
  void wait_until_it_waits() const {
    ASSERT_EQ(::WaitForSingleObject(here_.get(), 60'000), WAIT_OBJECT_0);
  }
  void let_go() const { ::SetEvent(go_.get()); }

 private:
  std::string base_;
  UniqueFd here_, go_;
};

int run(Attendance& attendance, const std::vector<std::string>& command) {
  if (const auto failed = attendance.start(command)) return -failed->status;
  const auto end = attendance.wait_until(Clock::now() + 60s);
  return end ? static_cast<int>(end->code) : -1;
}

TEST(ProcessTreeWindows, SeesUsWithOurThreadsAndMemory) {
  const TreeSample sample = sample_tree(own_id(), 4096, true);
  ASSERT_FALSE(sample.processes.empty());
  const ProcessSample& us = sample.processes[0];
  EXPECT_EQ(us.id, own_id());
  EXPECT_GT(us.private_memory, 1'000'000U);
  EXPECT_GT(sample.tasks(), 0);
  ASSERT_FALSE(us.threads.empty());
  EXPECT_EQ(us.threads[0].id, static_cast<long>(::GetCurrentThreadId()));
}

TEST(ProcessTreeWindows, AnIdUsedTwiceMakesNobodyARelative) {
  const auto process = [](long id, long parent, std::uint64_t born) {
    SeenProcess one;
    one.sample.id = id;
    one.sample.parent = parent;
    one.sample.start_ticks = born;
    return one;
  };
  // By birth: 5 is a child of 4, whose id then went to a child of 1.
  const std::vector<SeenProcess> all{process(1, 0, 1), process(5, 4, 2),
                                     process(4, 1, 3), process(6, 4, 4)};
  std::vector<long> ids;
  for (const SeenProcess& one : below(all, 1, true))
    ids.push_back(one.sample.id);
  EXPECT_THAT(ids, testing::ElementsAre(1, 4, 6));
}

TEST(ProcessTreeWindows, NobodyKnowsWhetherAWaitHasATimeOut) {
  const auto here = static_cast<long>(::GetCurrentThreadId());
  EXPECT_TRUE(where_it_waits(own_id(), here).timed);
  EXPECT_TRUE(where_it_waits(own_id(), here + 1).timed);
  EXPECT_EQ(wait_reason_name(6), "UserRequest");
  EXPECT_EQ(wait_reason_name(11), "WrDelayExecution");
  EXPECT_EQ(wait_reason_name(1000), "wait reason 1000");
  EXPECT_EQ(wait_reason_name(-1), "");
}

TEST(AttendWindows, PassesTheExitCodeOn) {
  Attendance attendance;
  EXPECT_EQ(run(attendance, self({"returns", "300"})), 300);
}

TEST(AttendWindows, SaysWhyItCannotStart) {
  Attendance attendance;
  EXPECT_EQ(run(attendance, {"no-such-program-here"}), -127);
  EXPECT_EQ(run(attendance, {"C:\\windows\\no-such-program"}), -127);
}

TEST(AttendWindows, OrphansAreOfTheTreeAndEndWithIt) {
  const Waiter waiter("orphan");
  {
    Attendance attendance;
    Words words = waiter.words();
    words.insert(words.begin(), "orphans");
    EXPECT_EQ(run(attendance, self(words)), 300);
    waiter.wait_until_it_waits();
    const TreeSample sample = sample_tree(own_id());
    ASSERT_THAT(sample.processes, SizeIs(1));
    EXPECT_EQ(attendance.end_tree(100ms), 0);
    EXPECT_THAT(sample_tree(own_id()).processes, IsEmpty());
  }
}

TEST(AttendWindows, WithoutUsTheTreeGoesOn) {
  const Waiter waiter("stays");
  UniqueFd process;
  {
    Attendance attendance;
    Words words = waiter.words();
    words.insert(words.begin(), "waits");
    ASSERT_FALSE(attendance.start(self(words)));
    waiter.wait_until_it_waits();
    process.reset(::OpenProcess(SYNCHRONIZE | PROCESS_QUERY_INFORMATION, FALSE,
                                static_cast<DWORD>(attendance.id())));
    EXPECT_FALSE(attendance.wait_until(Clock::now()));
  }
  EXPECT_EQ(::WaitForSingleObject(process.get(), 0), DWORD{WAIT_TIMEOUT});
  waiter.let_go();
  ASSERT_EQ(::WaitForSingleObject(process.get(), 60'000), WAIT_OBJECT_0);
  DWORD code = 0;
  ::GetExitCodeProcess(process.get(), &code);
  EXPECT_EQ(code, 7U);
}

TEST(GlanceWindows, WhoSleepsDoesNotRun) {
  const Waiter waiter("glance");
  Attendance attendance;
  Words words = waiter.words();
  words.insert(words.begin(), "waits");
  ASSERT_FALSE(attendance.start(self(words)));
  waiter.wait_until_it_waits();
  Glancer glancer(own_id());
  EXPECT_TRUE(glancer.look().changed) << "somebody new is there";
  Glance glance;
  const auto deadline = Clock::now() + 60s;
  do glance = glancer.look();
  while (glance.changed && Clock::now() < deadline);
  EXPECT_FALSE(glance.runs);
  EXPECT_GE(glance.seen, 1);
  EXPECT_EQ(attendance.end_tree(0ms), 0);
  EXPECT_TRUE(glancer.look().changed) << "somebody is gone";
}

}  // namespace
}  // namespace poolbugs
