#include "harness/run/pollers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolbugs::run {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class PollersTest : public testing::Test {
 protected:
  void see(int ms, std::uint64_t switches) {
    sight_.switches = switches;
    see_all(ms, {sight_});
  }
  void see_all(int ms, const std::vector<Sight>& seen) {
    tracker_.see(seen, PollerTracker::Clock::time_point(milliseconds(ms)));
  }
  Sight sight_{.process = 10,
               .thread = 11,
               .start_ticks = 7,
               .timed = true,
               .call = 230,
               .arguments = {1, 2, 3, 4, 5, 6},
               .switches = 0};
  PollerTracker tracker_;
};

TEST_F(PollersTest, ThreeRoundsInASecondMakeAPoller) {
  see(0, 1);
  see(300, 2);
  see(600, 3);
  EXPECT_THAT(tracker_.pollers(), IsEmpty());
  see(900, 4);
  EXPECT_THAT(tracker_.pollers(), ElementsAre(Pair(10, 11)));
}

TEST_F(PollersTest, RoundsThatWereNotSeenDoNotCount) {
  see(0, 1);
  see(300, 100);
  see(600, 200);
  EXPECT_THAT(tracker_.pollers(), IsEmpty());
}

TEST_F(PollersTest, ASleeperIsNone) {
  for (int ms = 0; ms < 3000; ms += 100) see(ms, 5);
  EXPECT_THAT(tracker_.pollers(), IsEmpty());
}

TEST_F(PollersTest, SlowerThanThreeASecondIsNone) {
  for (int i = 0; i < 10; ++i) see(i * 510, static_cast<std::uint64_t>(i));
  EXPECT_THAT(tracker_.pollers(), IsEmpty());
}

TEST_F(PollersTest, WhoStopsPollingIsNoneASecondLater) {
  for (int i = 0; i < 5; ++i) see(i * 100, static_cast<std::uint64_t>(i));
  EXPECT_THAT(tracker_.pollers(), ElementsAre(Pair(10, 11)));
  for (int ms = 500; ms < 1600; ms += 100) see(ms, 4);
  EXPECT_THAT(tracker_.pollers(), IsEmpty());
}

TEST_F(PollersTest, AnotherCallOrOtherArgumentsBeginAnew) {
  const std::vector<std::function<void()>> changes{
      [&] { ++sight_.call; }, [&] { ++sight_.arguments[5]; },
      [&] { ++sight_.start_ticks; }};
  for (const auto& change : changes) {
    see(0, 1);
    see(100, 2);
    see(200, 3);
    change();
    see(300, 4);
    EXPECT_THAT(tracker_.pollers(), IsEmpty());
    tracker_ = {};
  }
}

TEST_F(PollersTest, AWaitWithoutEndBeginsAnew) {
  see(0, 1);
  see(100, 2);
  see(200, 3);
  sight_.timed = false;
  see(250, 4);
  sight_.timed = true;
  see(300, 5);
  see(400, 6);
  EXPECT_THAT(tracker_.pollers(), IsEmpty());
}

TEST_F(PollersTest, WhoJustRanIsNotForgotten) {
  see(0, 1);
  see(100, 2);
  see_all(200, {});
  see(300, 3);
  see(400, 4);
  EXPECT_THAT(tracker_.pollers(), ElementsAre(Pair(10, 11)));
  see_all(1500, {});
  EXPECT_THAT(tracker_.pollers(), IsEmpty());
}

}  // namespace
}  // namespace poolbugs::run
