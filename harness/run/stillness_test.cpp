#include "harness/run/stillness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace poolbugs::run {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

/// Two processes; the second has two threads. Time passes as the test says.
class StillnessTest : public testing::Test {
 protected:
  StillnessTest() {
    tree_.processes.resize(2);
    tree_.processes[0] = {.id = 10, .start_ticks = 7, .threads = {{.id = 10}}};
    tree_.processes[1] = {
        .id = 20, .start_ticks = 9, .threads = {{.id = 20}, {.id = 21}}};
    for (ProcessSample& process : tree_.processes)
      for (ThreadSample& thread : process.threads) thread.state = 'S';
  }
  ThreadSample& mover() { return tree_.processes[1].threads[1]; }
  static void polls(ThreadSample& thread) { ++thread.switches; }
  /// 50 ms of it, a fifth in the kernel, on a machine that others use too.
  static void burns(ThreadSample& thread) {
    thread.state = 'R';
    thread.cpu_ns += 20'000'000;
    thread.queue_ns += 28'000'000;
    thread.user_ticks += 4;
    thread.system_ticks += 1;
  }
  void see() {
    ms_ += 50;
    tree_.at = Stillness::Clock::time_point(milliseconds(ms_));
    seen_.see(tree_, output_);
  }
  void pass(
      int ms, const std::function<void()>& change = [] {}) {
    for (const int end = ms_ + ms; ms_ < end;) {
      change();
      see();
    }
  }

  TreeSample tree_;
  std::uint64_t output_ = 0;
  int ms_ = 0;
  Stillness seen_;
  const wait::Pollers mover_{{20, 21}};
};

TEST_F(StillnessTest, NobodyIsNotStill) {
  tree_.processes.clear();
  pass(3000);
  EXPECT_FALSE(seen_.still_but_for({}));
}

TEST_F(StillnessTest, ASecondOfNothingIsStill) {
  pass(1000);
  EXPECT_FALSE(seen_.still_but_for({}));
  pass(50);
  EXPECT_TRUE(seen_.still_but_for({}));
}

TEST_F(StillnessTest, OnlyThoseWhoMayRunMayRun) {
  pass(3000, [&] { polls(mover()); });
  EXPECT_TRUE(seen_.still_but_for(mover_));
  EXPECT_FALSE(seen_.still_but_for({{20, 20}}));
  EXPECT_FALSE(seen_.still_but_for({}));
  polls(tree_.processes[0].threads[0]);
  pass(1000, [&] { polls(mover()); });
  EXPECT_FALSE(seen_.still_but_for(mover_));
  pass(50);
  EXPECT_TRUE(seen_.still_but_for(mover_));
}

TEST_F(StillnessTest, SinceThenNobodyElseRan) {
  pass(1000);
  const auto then = tree_.at;
  pass(3000, [&] { polls(mover()); });
  EXPECT_TRUE(seen_.still_since(then, mover_));
  EXPECT_FALSE(seen_.still_since(then, {}));
  polls(tree_.processes[0].threads[0]);
  pass(2000);
  EXPECT_TRUE(seen_.still_but_for({}));
  EXPECT_FALSE(seen_.still_since(then, mover_));
  const auto later = tree_.at;
  ++output_;
  pass(2000);
  EXPECT_FALSE(seen_.still_since(later, {}));
}

TEST_F(StillnessTest, WhateverMovesBeginsTheSecondAnew) {
  const std::vector<std::function<void()>> changes{
      [&] { ++tree_.processes[0].bytes_moved; },
      [&] { ++output_; },
      [&] { tree_.processes[0].threads.push_back({.id = 12, .state = 'S'}); },
      [&] { tree_.processes[0].threads.pop_back(); },
      [&] { tree_.processes[0].threads[0].id = 13; },
      [&] { tree_.processes[1].start_ticks = 11; },
      [&] {
        tree_.processes.push_back(tree_.processes[0]);
        tree_.processes.back().id = 30;
      },
      [&] { tree_.processes.pop_back(); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    pass(1100);
    ASSERT_TRUE(seen_.still_but_for({})) << i;
    changes[i]();
    see();
    EXPECT_EQ(seen_.since(), tree_.at) << i;
    pass(950);
    EXPECT_FALSE(seen_.still_but_for({})) << i;
  }
}

TEST_F(StillnessTest, WhoBurnsForASecondIsASpinner) {
  pass(500);
  pass(1000, [&] { burns(mover()); });
  EXPECT_THAT(seen_.spinners(), IsEmpty());
  pass(50, [&] { burns(mover()); });
  EXPECT_THAT(seen_.spinners(), ElementsAre(Pair(20, 21)));
  EXPECT_TRUE(seen_.still_but_for(seen_.spinners()));
  pass(50, [&] { mover().state = 'S'; });
  EXPECT_THAT(seen_.spinners(), IsEmpty());
}

TEST_F(StillnessTest, ASpinnerDoesNothingElse) {
  const std::vector<std::function<void()>> others{
      [&] { ++mover().faults; },                // works on something new
      [&] { --mover().system_ticks; },          // computes
      [&] { mover().queue_ns -= 15'000'000; },  // sleeps in between
      [&] {
        if (ms_ % 500 == 0) mover().state = 'S';
      },
  };
  for (std::size_t i = 0; i < others.size(); ++i) {
    mover().system_ticks = 1000;
    mover().queue_ns = 1'000'000'000;
    seen_ = {};
    pass(4000, [&] {
      burns(mover());
      others[i]();
    });
    EXPECT_THAT(seen_.spinners(), IsEmpty()) << i;
  }
}

TEST_F(StillnessTest, FewTicksInTheKernelMayBeChance) {
  const std::uint64_t before = mover().system_ticks;
  pass(3000, [&] {
    burns(mover());
    mover().system_ticks = before + (ms_ > 1000 ? 2 : 0);
    mover().user_ticks = before;
  });
  EXPECT_THAT(seen_.spinners(), IsEmpty());
}

}  // namespace
}  // namespace poolbugs::run
