#include "harness/run/quiet.hpp"

#include <gtest/gtest.h>

namespace poolbugs::run {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

class QuietTest : public testing::Test {
 protected:
  /// The next look, at the time it asks for; how long it waited for it.
  milliseconds look(bool runs, bool changed, nanoseconds cost = {}) {
    const auto before = now_;
    now_ = quiet_.next_look();
    examine_ = quiet_.glanced(
        {.runs = runs, .changed = changed, .seen = 1, .cost = cost}, now_);
    return std::chrono::duration_cast<milliseconds>(now_ - before);
  }
  milliseconds next() const {
    return std::chrono::duration_cast<milliseconds>(quiet_.next_look() - now_);
  }
  /// Unchanged looks, each answered with `why` if it asks: the pauses after.
  std::vector<int> still(int looks, NoProof why, nanoseconds cost = {}) {
    std::vector<int> pauses;
    asked_ = 0;
    for (int i = 0; i < looks; ++i) {
      look(false, false);
      if (examine_) {
        ++asked_;
        quiet_.examined(why, now_, cost);
      }
      pauses.push_back(static_cast<int>(next().count()));
    }
    return pauses;
  }

  Quiet::Clock::time_point now_{};
  Quiet quiet_{{}, now_};
  bool examine_ = false;
  int asked_ = 0;
};

using Pauses = std::vector<int>;

TEST_F(QuietTest, ATreeThatWorksIsLookedAtEvery50Ms) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(look(true, true), milliseconds(50));
    EXPECT_FALSE(examine_);
  }
}

TEST_F(QuietTest, NobodyRunningIsLookedAtSoonAgainAndThenExamined) {
  look(true, true);
  look(false, true);
  EXPECT_FALSE(examine_);
  EXPECT_EQ(next(), milliseconds(10));
  look(false, false);
  EXPECT_TRUE(examine_);
}

TEST_F(QuietTest, APingPongIsNotLookedAtEvery10Ms) {
  Pauses pauses;
  for (int i = 0; i < 7; ++i) {
    look(false, true);
    EXPECT_FALSE(examine_);
    pauses.push_back(static_cast<int>(next().count()));
  }
  EXPECT_EQ(pauses, (Pauses{10, 20, 30, 40, 50, 50, 50}));
}

TEST_F(QuietTest, ATimeOutIsExaminedOnceAndLookedAtFiveTimesASecond) {
  look(false, true);
  EXPECT_EQ(still(5, NoProof::inside), (Pauses{50, 100, 200, 200, 200}));
  EXPECT_EQ(asked_, 1);
}

TEST_F(QuietTest, TheOutsideMayChangeSoItIsExaminedEverySecond) {
  look(false, true);
  EXPECT_EQ(still(7, NoProof::outside),
            (Pauses{50, 100, 200, 400, 800, 1000, 1000}));
  EXPECT_EQ(asked_, 7);
}

TEST_F(QuietTest, ADisturbedExaminationIsRepeated) {
  look(false, true);
  still(3, NoProof::disturbed);
  EXPECT_EQ(asked_, 3);
}

TEST_F(QuietTest, AChangeBeginsAnew) {
  look(false, true);
  still(6, NoProof::outside);
  look(true, true);
  EXPECT_FALSE(examine_);
  EXPECT_EQ(next(), milliseconds(50));
  look(false, false);
  EXPECT_TRUE(examine_);
  EXPECT_EQ(still(1, NoProof::inside), Pauses{100});
  look(false, true);
  look(false, false);
  EXPECT_TRUE(examine_);
}

TEST_F(QuietTest, ADearLookIsRare) {
  look(true, true, microseconds(1000));
  EXPECT_EQ(next(), milliseconds(200));
  look(false, true, microseconds(1000));
  EXPECT_EQ(next(), milliseconds(10));  // it may be stuck since just now
  look(false, true, microseconds(1000));
  EXPECT_EQ(next(), milliseconds(200));
  look(true, true, milliseconds(100));
  EXPECT_EQ(next(), milliseconds(1000));  // and no rarer
}

TEST_F(QuietTest, ADearExaminationIsRare) {
  look(false, true);
  EXPECT_EQ(still(1, NoProof::disturbed, milliseconds(3)), Pauses{600});
}

}  // namespace
}  // namespace poolbugs::run
