#include "harness/run/watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolbugs::run {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

/// A world in which time passes when the test says so.
class WatchTest : public testing::Test {
 protected:
  WatchTest() {
    settings_.quiet = milliseconds(500);
    settings_.deadline = milliseconds(10'000);
    settings_.tasks = 10;
    settings_.memory = 1000;
    settings_.disk = 2000;
    settings_.output = 3000;
    ProcessSample process;
    process.id = 100;
    process.start_ticks = 7;
    process.threads = {thread(100), thread(101)};
    look_.tree.processes = {process};
    watch_.emplace(settings_, start_);
  }

  static ThreadSample thread(long id, char state = 'S') {
    return {.id = id,
            .state = state,
            .cpu_ns = 1000,
            .queue_ns = 300,
            .switches = 5};
  }
  ProcessSample& process() { return look_.tree.processes.front(); }
  ThreadSample& first() { return process().threads.front(); }

  Decision look_at(int ms, bool timed = false) {
    look_.tree.at = start_ + milliseconds(ms);
    return watch_->look(look_, [&] {
      ++asked_;
      return timed;
    });
  }
  /// Looks until `ms`, every 50 ms, with `change` before each.
  template <class Change>
  Decision look_until(int from, int ms, Change change) {
    for (int at = from; at < ms; at += 50) {
      change();
      if (const Decision made = look_at(at); made != Decision::go_on)
        return made;
    }
    change();
    return look_at(ms);
  }

  WatchSettings settings_;
  Clock::time_point start_{};
  std::optional<Watch> watch_;
  Look look_;
  int asked_ = 0;
  long next_ = 500;  ///< the id of another thread
};

TEST_F(WatchTest, NobodyRanForLongEnoughIsQuiescent) {
  EXPECT_EQ(look_at(10), Decision::go_on);
  EXPECT_EQ(look_at(509), Decision::go_on);
  EXPECT_EQ(asked_, 0);
  EXPECT_EQ(look_at(510), Decision::quiescent);
  EXPECT_EQ(asked_, 1);
}

TEST_F(WatchTest, WithATimedWaitItIsNot) {
  look_at(10);
  EXPECT_EQ(look_at(600, true), Decision::go_on);
  EXPECT_EQ(look_at(700), Decision::quiescent);
}

TEST_F(WatchTest, ATimedWaitEndsAtTheDeadline) {
  look_at(10);
  EXPECT_EQ(look_at(9'999, true), Decision::go_on);
  EXPECT_EQ(look_at(10'000, true), Decision::deadline);
}

TEST_F(WatchTest, WithoutProcessesNothingIsDecided) {
  look_at(10);
  look_.tree.processes.clear();
  look_at(20);
  EXPECT_EQ(look_at(5'000), Decision::go_on);
  EXPECT_EQ(asked_, 0);
}

TEST_F(WatchTest, EveryKindOfActivityBeginsTheQuietAnew) {
  const std::vector<std::function<void()>> changes{
      [&] {
        ++first().switches;
        first().cpu_ns += 50'000'000;
      },
      [&] { ++process().bytes_moved; },
      [&] { look_.output = ++process().bytes_moved; },
      [&] { process().threads.push_back(thread(102)); },
      [&] { process().threads.pop_back(); },
      [&] {
        look_.tree.processes.push_back(process());
        look_.tree.processes.back().id = 200;
        look_.tree.processes.back().threads = {thread(200)};
      },
      [&] { look_.tree.processes.pop_back(); },
      [&] { first().state = 'R'; },
      [&] { first().state = 'D'; },
  };
  int at = 10;
  look_at(at);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    changes[i]();
    EXPECT_EQ(look_at(at += 400), Decision::go_on) << i;
    EXPECT_FALSE(watch_->idle()) << i;
    first().state = 'S';
    EXPECT_EQ(look_at(at += 400), Decision::go_on) << i;
    EXPECT_TRUE(watch_->idle()) << i;
  }
  EXPECT_EQ(look_at(at + 100), Decision::quiescent);
}

TEST_F(WatchTest, WhoOnlyComesRoundIsIdleAfterAWhile) {
  const auto polls = [&] {
    ++first().switches;
    first().cpu_ns += 500'000;  // of 50 ms
  };
  look_at(0);
  look_until(50, 450, polls);
  EXPECT_FALSE(watch_->idle());
  look_until(500, 2'000, polls);
  EXPECT_TRUE(watch_->idle());
  first().state = 'R';
  look_until(2'050, 2'050, polls);
  EXPECT_FALSE(watch_->idle());
}

TEST_F(WatchTest, WhoMovesOrStartsOrUsesMoreIsNotIdle) {
  const std::vector<std::function<void()>> changes{
      [&] { ++process().bytes_moved; },
      [&] {
        process().threads.pop_back();
        process().threads.push_back(thread(next_++));
      },
      [&] { first().cpu_ns += 1'500'000; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    watch_.emplace(settings_, start_);
    look_at(0);
    look_until(50, 2'000, [&] {
      ++first().switches;
      changes[i]();
    });
    EXPECT_FALSE(watch_->idle()) << i;
  }
}

TEST_F(WatchTest, ARunningThreadIsNotIdleEvenIfNothingWasCounted) {
  first().state = 'R';
  look_at(10);
  EXPECT_EQ(look_at(5'000), Decision::go_on);
  EXPECT_FALSE(watch_->idle());
}

TEST_F(WatchTest, WhereNothingIsCountedCpuTimeTellsWhoRan) {
  for (ThreadSample& one : process().threads) {
    one.state = '?';
    one.switches = 0;
  }
  look_at(0);
  look_at(20);
  EXPECT_FALSE(watch_->idle()) << "it may run, and its first tick is not over";
  EXPECT_EQ(look_until(50, 450, [] {}), Decision::go_on);
  first().cpu_ns += 10'000'000;
  EXPECT_EQ(look_at(500), Decision::go_on);
  EXPECT_EQ(watch_->last_active(), start_ + milliseconds(500));
  EXPECT_EQ(look_until(550, 990, [] {}), Decision::go_on);
  EXPECT_EQ(look_at(1000), Decision::quiescent);
  EXPECT_TRUE(watch_->idle());
}

TEST_F(WatchTest, ANewProcessWithAnOldIdIsABirth) {
  look_at(10);
  look_at(20);
  EXPECT_TRUE(watch_->idle());
  process().start_ticks = 8;
  look_at(30);
  EXPECT_FALSE(watch_->idle());
  EXPECT_EQ(watch_->last_stretch().births, 4);  // two at first, two now
}

TEST_F(WatchTest, CountersThatFallAreNotCounted) {
  process().bytes_moved = 1000;
  look_at(10);
  first().switches = 1;
  first().cpu_ns = 1;
  first().queue_ns = 0;
  process().bytes_moved = 1;
  look_at(20);
  const Activity activity = watch_->last_stretch();
  EXPECT_EQ(activity.switches, 10);
  EXPECT_EQ(activity.bytes_moved, 1000);
  EXPECT_DOUBLE_EQ(activity.cpu_seconds, 2000e-9);
  EXPECT_DOUBLE_EQ(activity.queue_seconds, 600e-9);
  EXPECT_TRUE(watch_->idle());
}

TEST_F(WatchTest, WhatThreadsDidThatAreGoneIsKept) {
  look_at(10);
  process().threads.pop_back();
  look_at(20);
  EXPECT_EQ(watch_->last_stretch().switches, 10);
}

TEST_F(WatchTest, LimitsAreRecorded) {
  struct {
    std::function<void()> below, at;
    Limit limit;
  } const kinds[]{
      {[&] { process().threads.assign(9, thread(1)); },
       [&] { process().threads.assign(10, thread(1)); }, Limit::processes},
      {[&] { process().private_memory = 1000; },
       [&] { process().private_memory = 1001; }, Limit::memory},
      {[&] { look_.disk = 2000; }, [&] { look_.disk = 2001; }, Limit::disk},
      {[&] { look_.output = 3000; }, [&] { look_.output = 3001; },
       Limit::output},
  };
  const Look fresh = look_;
  for (const auto& kind : kinds) {
    look_ = fresh;
    watch_.emplace(settings_, start_);
    kind.below();
    EXPECT_EQ(look_at(10), Decision::go_on);
    EXPECT_THAT(watch_->limits(), IsEmpty());
    kind.at();
    EXPECT_EQ(look_at(20), Decision::limit);
    EXPECT_EQ(look_at(30), Decision::limit);
    EXPECT_THAT(watch_->limits(), ElementsAre(kind.limit));  // once
  }
}

TEST_F(WatchTest, AllLimitsThatArePassedAreNamed) {
  look_.disk = 5000;
  look_.output = 5000;
  EXPECT_EQ(look_at(10), Decision::limit);
  EXPECT_THAT(watch_->limits(), ElementsAre(Limit::output, Limit::disk));
}

TEST_F(WatchTest, TheTreeCountsTogether) {
  process().private_memory = 600;
  look_.tree.processes.push_back(process());
  look_.tree.processes.back().id = 200;
  EXPECT_EQ(look_at(10), Decision::limit);
  EXPECT_THAT(watch_->limits(), ElementsAre(Limit::memory));
}

TEST_F(WatchTest, TheLastStretchIsHalfTheDeadline) {
  // Busy for the first half, then one millisecond of CPU in each look.
  const Decision made = look_until(50, 10'000, [&] {
    first().switches += 2;
    first().cpu_ns += 1'000'000;
    process().bytes_moved += 3;
  });
  EXPECT_EQ(made, Decision::deadline);
  const Activity last = watch_->last_stretch();
  EXPECT_DOUBLE_EQ(last.seconds, 5);
  EXPECT_NEAR(last.cpu_seconds, 0.1, 1e-9);
  EXPECT_EQ(last.switches, 200);
  EXPECT_EQ(last.bytes_moved, 300);
  EXPECT_EQ(last.births, 0);  // the first process was born before it
}

TEST_F(WatchTest, AYoungRunsStretchIsAllThereWas) {
  look_at(10);
  look_at(100);
  EXPECT_DOUBLE_EQ(watch_->last_stretch().seconds, 0.1);
  EXPECT_EQ(watch_->last_stretch().births, 2);
}

TEST_F(WatchTest, LooksOftenWhileItIsYoung) {
  EXPECT_EQ(watch_->next_look(), start_ + milliseconds(10));
  look_at(100);
  EXPECT_EQ(watch_->next_look(), start_ + milliseconds(125));
  look_at(1'000);
  EXPECT_EQ(watch_->next_look(), start_ + milliseconds(1'050));
}

TEST_F(WatchTest, NeverLooksAfterTheDeadline) {
  look_at(9'990);
  EXPECT_EQ(watch_->next_look(), start_ + milliseconds(10'000));
}

}  // namespace
}  // namespace poolbugs::run
