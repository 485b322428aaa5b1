#include "harness/report/trend.hpp"

#include <gtest/gtest.h>

#include "harness/report/fixture.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Outcome;

constexpr int kOk = 0;
constexpr std::nullopt_t kNone = std::nullopt;
const int kError = *severity(Outcome::error);
const int kHang = *severity(Outcome::hang);

TEST(Severity, WhoSaysThatItFailsIsBetterThanWhoDoesNot) {
  const Outcome order[] = {Outcome::ok,          Outcome::leak,
                           Outcome::clear_error, Outcome::error,
                           Outcome::crash,       Outcome::duplicate,
                           Outcome::silent_loss, Outcome::wrong_result,
                           Outcome::hang,        Outcome::runaway};
  EXPECT_EQ(severity(Outcome::ok), 0);
  for (std::size_t i = 1; i < std::size(order); ++i)
    EXPECT_LT(severity(order[i - 1]), severity(order[i])) << i;
}

TEST(Severity, WhatDidNotRunSaysNothing) {
  EXPECT_EQ(severity(Outcome::unsupported), kNone);
  EXPECT_EQ(severity(Outcome::harness_error), kNone);
  EXPECT_EQ(severity(Runs{}), kNone);
}

TEST(Severity, OfRepetitionsTheWorstCounts) {
  const auto run = [](Outcome outcome) {
    return fixture::record("a/b", "broken", std::nullopt, outcome);
  };
  const auto ok = run(Outcome::ok), hang = run(Outcome::hang),
             none = run(Outcome::unsupported);
  EXPECT_EQ(severity({&ok, &hang, &none}), kHang);
  EXPECT_EQ(severity({&none, &ok}), 0);
  EXPECT_EQ(severity({&none}), kNone);
}

TEST(CourseOfAStartMethod, FailsInEachVersion) {
  EXPECT_EQ(course_of(History{kHang, kHang, kHang}),
            (Course{Trend::present, 0, 0}));
  // Milder than before is still there.
  EXPECT_EQ(course_of(History{kHang, kError}).trend, Trend::present);
  EXPECT_EQ(course_of(History{kHang}).trend, Trend::present);
}

TEST(CourseOfAStartMethod, Fixed) {
  EXPECT_EQ(course_of(History{kHang, kHang, kOk, kOk}),
            (Course{Trend::fixed, 2, 1}));
  // It came back in between: fixed for good is what counts.
  EXPECT_EQ(course_of(History{kHang, kOk, kError, kOk}),
            (Course{Trend::fixed, 3, 2}));
  // New and gone again.
  EXPECT_EQ(course_of(History{kOk, kHang, kOk}), (Course{Trend::fixed, 2, 1}));
}

TEST(CourseOfAStartMethod, GotWorse) {
  EXPECT_EQ(course_of(History{kOk, kOk, kHang, kHang}),
            (Course{Trend::worse, 2, 1}));
  EXPECT_EQ(course_of(History{kError, kHang}), (Course{Trend::worse, 1, 0}));
  // Fixed once, and broken again.
  EXPECT_EQ(course_of(History{kHang, kOk, kHang}),
            (Course{Trend::worse, 2, 1}));
  EXPECT_EQ(course_of(History{kOk, kHang, kError}),
            (Course{Trend::worse, 1, 0}));
}

TEST(CourseOfAStartMethod, AGapSaysNothing) {
  EXPECT_EQ(course_of(History{kHang, kNone, kOk}),
            (Course{Trend::fixed, 2, 0}));
  EXPECT_EQ(course_of(History{kOk, kNone, kNone, kHang}),
            (Course{Trend::worse, 3, 0}));
  EXPECT_EQ(course_of(History{kNone, kNone, kHang}).trend, Trend::present);
  EXPECT_EQ(course_of(History{kHang, kNone}).trend, Trend::open);
  EXPECT_EQ(course_of(History{kHang, kOk, kNone}).trend, Trend::open);
  EXPECT_EQ(course_of(History{kOk, kNone}).trend, Trend::never);
  EXPECT_EQ(course_of(History{kNone, kNone}).trend, Trend::never);
  EXPECT_EQ(course_of(History{}).trend, Trend::never);
}

TEST(CourseOfAProgram, OneStartMethodThatFailsIsEnough) {
  const Course never, fixed{Trend::fixed, 2, 1}, present{Trend::present, 0, 0},
      worse{Trend::worse, 3, 2}, open{Trend::open, 0, 0};
  EXPECT_EQ(course_of({never, present}), present);
  EXPECT_EQ(course_of({fixed, present}), present);
  EXPECT_EQ(course_of({present, worse}), worse);
  EXPECT_EQ(course_of({worse, present}), worse);
  EXPECT_EQ(course_of({fixed, open}), open);
  EXPECT_EQ(course_of({never, fixed}), fixed);
  EXPECT_EQ(course_of({never, never}), never);
}

TEST(CourseOfAProgram, FixedSinceTheLastWorseSinceTheFirst) {
  const Course early{Trend::fixed, 2, 1}, late{Trend::fixed, 4, 3};
  EXPECT_EQ(course_of({early, late}), late);
  EXPECT_EQ(course_of({late, early}), late);
  const Course first{Trend::worse, 2, 1}, second{Trend::worse, 4, 3};
  EXPECT_EQ(course_of({second, first}), first);
  EXPECT_EQ(course_of({first, second}), first);
}

}  // namespace
}  // namespace poolbugs::report
