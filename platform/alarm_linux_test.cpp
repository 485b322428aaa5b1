#include "platform/alarm_linux.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>
#include <thread>

#include "platform/proc_linux.hpp"

namespace poolbugs::wait {
namespace {

using Alarm = Surroundings::Alarm;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Two CPUs, of a 6.18 kernel, shortened.
const std::string kHead =
    "Timer List Version: v0.10\n"
    "HRTIMER_MAX_CLOCK_BASES: 8\n"
    "now at 12015293297334 nsecs\n"
    "\n";
const std::string kFirst =
    "cpu: 0\n"
    " clock 0:\n"
    "  .base:       000000007cdfdf0c\n"
    "  .index:      0\n"
    "active timers:\n"
    " #0: <000000000c99b5cd>, tick_nohz_handler, S:01\n"
    " # expires at 12015296000000-12015296000000 nsecs [in 2702666 to 2702666 "
    "nsecs]\n"
    " #1: <000000006388f4ff>, it_real_fn, S:01\n"
    " # expires at 12015334413102-12015334463102 nsecs [in 41115768 to "
    "41165768 nsecs]\n"
    " clock 1:\n"
    "active timers:\n"
    "  .expires_next   : 12015296000000 nsecs\n"
    "\n";
const std::string kSecond = "cpu: 1\n clock 0:\nactive timers:\n\n";
const std::string kDevices =
    "Tick Device: mode:     1\nBroadcast device\n\n"
    "Tick Device: mode:     1\nPer CPU device: 0\n\n"
    "Tick Device: mode:     1\nPer CPU device: 1\n\n";

TEST(TimerListTest, TellsTimersByQueue) {
  const TimerList list = parse_timer_list(kHead + kFirst + kSecond + kDevices);
  EXPECT_TRUE(list.whole);
  EXPECT_THAT(list.cpus, ElementsAre(0, 1));
  ASSERT_THAT(list.queues, SizeIs(3));
  EXPECT_THAT(list.queues.at({0, 0}),
              ElementsAre(ListedTimer{"<000000000c99b5cd>", "tick_nohz_handler",
                                      12015296000000},
                          ListedTimer{"<000000006388f4ff>", "it_real_fn",
                                      12015334413102}));
  EXPECT_THAT(list.queues.at({1, 0}), IsEmpty());
  ASSERT_THAT(alarms(list), SizeIs(1));
  EXPECT_EQ(alarms(list)[0].address, "<000000006388f4ff>");
}

TEST(TimerListTest, OtherFunctionsAreNoAlarms) {
  EXPECT_THAT(alarms(parse_timer_list(
                  kHead + "cpu: 0\n clock 0:\n #0: <0>, hrtimer_wakeup, S:01\n"
                          " # expires at 1-1 nsecs [in 1 to 1 nsecs]\n")),
              IsEmpty());
}

TEST(TimerListTest, WhatIsCutIsNotWhole) {
  const std::string text = kHead + kFirst + kSecond + kDevices;
  ASSERT_TRUE(parse_timer_list(text).whole);
  // The last device may be cut behind its number: nothing is lost then.
  const std::size_t enough = text.find("device: 1") + 9;
  for (std::size_t size = 0; size < enough; ++size)
    EXPECT_FALSE(parse_timer_list(text.substr(0, size)).whole) << size;
  EXPECT_FALSE(parse_timer_list(kHead + kFirst + kDevices).whole);
  EXPECT_FALSE(parse_timer_list(kFirst + kSecond + kDevices).whole);
  EXPECT_FALSE(parse_timer_list("").whole);
}

TEST(TimerListTest, DamagedLinesAreLeftOut) {
  for (const char* line : {" #", " #0", " #0: <", " #0: <1>, f", " #x: a, b, c",
                           "cpu: ", " clock x:", "Per CPU device: 99999999999"})
    EXPECT_THAT(alarms(parse_timer_list(std::string(line) + "\n")), IsEmpty());
}

TEST(TimerListTest, ARemovedTimerMayHideTheNextOne) {
  const ListedTimer tick{"<1>", "tick", 10}, wake{"<2>", "wake", 20},
      late{"<3>", "wake", 30};
  EXPECT_TRUE(read_undisturbed({}, {}));
  EXPECT_TRUE(read_undisturbed({tick, late}, {tick, wake, late}));
  EXPECT_FALSE(read_undisturbed({tick, late}, {late}));
  // It expired and was set anew.
  EXPECT_FALSE(
      read_undisturbed({tick, late}, {wake, late, {"<1>", "tick", 40}}));
  // One was put before it while the list was written.
  EXPECT_FALSE(read_undisturbed({tick, wake, wake}, {tick, wake}));
}

bool others_have_alarms() {
  return !alarms(parse_timer_list(proc::read_file("/proc/timer_list", 1 << 26)))
              .empty();
}

bool can_read_list() {
  return parse_timer_list(proc::read_file("/proc/timer_list", 1 << 26)).whole;
}

#define SKIP_UNLESS_QUIET()                                               \
  if (!can_read_list()) GTEST_SKIP() << "the list of timers is not ours"; \
  if (others_have_alarms()) GTEST_SKIP() << "somebody has an alarm"

/// A child that calls `work` and then stays until the end of the test.
class Child {
 public:
  explicit Child(const std::function<void()>& work) {
    int ready[2];
    EXPECT_EQ(::pipe(ready), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      work();
      EXPECT_EQ(::write(ready[1], "x", 1), 1);
      for (;;) ::pause();
    }
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_ = -1;
};

/// Another test may set an alarm for a moment: that is not our failure.
Alarm settled_alarm(const std::set<ListedAlarm>& before = {}) {
  Alarm found = find_alarm(before);
  for (int i = 0; i < 100 && found != Alarm::none; ++i)
    found = find_alarm(before);
  return found;
}

/// Of a test beside this one.
bool alarms_besides(const std::set<ListedAlarm>& before) {
  const auto now = listed_alarms();
  return !std::includes(before.begin(), before.end(), now.begin(), now.end());
}

#define EXPECT_NO_ALARM()                                              \
  if (const Alarm found = settled_alarm(); found != Alarm::none) {     \
    if (others_have_alarms()) GTEST_SKIP() << "somebody has an alarm"; \
    ADD_FAILURE() << static_cast<int>(found);                          \
  }

TEST(AlarmTest, NoneWhereNobodyHasOne) {
  SKIP_UNLESS_QUIET();
  EXPECT_NO_ALARM();
}

TEST(AlarmTest, TheSelfTestLeavesNothingBehind) {
  SKIP_UNLESS_QUIET();
  EXPECT_NO_ALARM();
  itimerval left{};
  ::getitimer(ITIMER_REAL, &left);
  EXPECT_EQ(left.it_value.tv_sec, 0);
  EXPECT_EQ(left.it_value.tv_usec, 0);
}

TEST(AlarmTest, FindsTheAlarmOfAnotherProcess) {
  SKIP_UNLESS_QUIET();
  {
    const Child child([] { ::alarm(1000); });
    EXPECT_EQ(find_alarm(), Alarm::pending_somewhere);
  }
  EXPECT_NO_ALARM();
}

TEST(AlarmTest, FindsAnIntervalTimerWithAHandler) {
  SKIP_UNLESS_QUIET();
  const Child child([] {
    ::signal(SIGALRM, [](int) {});
    const itimerval every{{900, 0}, {900, 0}};
    ::setitimer(ITIMER_REAL, &every, nullptr);
  });
  EXPECT_EQ(find_alarm(), Alarm::pending_somewhere);
}

TEST(AlarmTest, OneThatWasThereBeforeDoesNotCount) {
  SKIP_UNLESS_QUIET();
  const Child old([] { ::alarm(1000); });
  const auto before = listed_alarms();
  EXPECT_EQ(find_alarm(), Alarm::pending_somewhere);
  EXPECT_FALSE(before.empty());
  const Alarm found = settled_alarm(before);
  EXPECT_TRUE(found == Alarm::none || alarms_besides(before));
  const Child later([] { ::alarm(1000); });
  EXPECT_EQ(find_alarm(before), Alarm::pending_somewhere);
}

TEST(AlarmTest, AnAlarmOfOurOwnCountsAndStays) {
  if (!can_read_list()) GTEST_SKIP() << "the list of timers is not ours";
  const itimerval mine{{0, 0}, {800, 0}};
  ::setitimer(ITIMER_REAL, &mine, nullptr);
  EXPECT_EQ(find_alarm(), Alarm::pending_somewhere);
  const itimerval none{};
  itimerval left{};
  ::setitimer(ITIMER_REAL, &none, &left);
  EXPECT_GE(left.it_value.tv_sec, 790);
  EXPECT_LE(left.it_value.tv_sec, 800);
}

long seconds_left() {
  itimerval left{};
  ::getitimer(ITIMER_REAL, &left);
  return left.it_value.tv_sec;
}

TEST(OwnAlarmTest, LeavesAnEarlierOneAlone) {
  ::alarm(800);
  {
    const OwnAlarm own;
    EXPECT_FALSE(own.is_set());
    EXPECT_TRUE(own.others());
    EXPECT_LE(seconds_left(), 800);
  }
  EXPECT_GE(seconds_left(), 790);
  ::alarm(0);
}

TEST(OwnAlarmTest, LeavesOneAloneThatIsSetMeanwhile) {
  OwnAlarm own;
  EXPECT_TRUE(own.is_set());
  EXPECT_GT(seconds_left(), 900'000);
  ::alarm(800);
  own.disarm();
  EXPECT_TRUE(own.others());
  EXPECT_GE(seconds_left(), 790);
  ::alarm(0);
}

TEST(OwnAlarmTest, EndsWithItsScope) {
  {
    const OwnAlarm own;
    EXPECT_FALSE(own.others());
    EXPECT_GT(seconds_left(), 900'000);
  }
  EXPECT_EQ(seconds_left(), 0);
}

TEST(AlarmTest, ManyThreadsMayAsk) {
  SKIP_UNLESS_QUIET();
  std::atomic<int> none = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] { none += settled_alarm() == Alarm::none; });
  for (std::thread& thread : threads) thread.join();
  if (none < 4 && others_have_alarms()) GTEST_SKIP() << "somebody has an alarm";
  EXPECT_EQ(none, 4);
}

}  // namespace
}  // namespace poolbugs::wait
