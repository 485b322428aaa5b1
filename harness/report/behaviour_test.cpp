#include "harness/report/behaviour.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/report/fixture.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Case;
using catalogue::Outcome;
using catalogue::Verdict;
using testing::HasSubstr;
using testing::Not;

constexpr auto kFork = StartMethod::fork;
constexpr auto kSpawn = StartMethod::spawn;

class Behaviour : public testing::Test {
 protected:
  Case& add(const std::string& slug, std::vector<StartMethod> start) {
    Case item;
    item.area = "fork";
    item.slug = slug;
    item.start = std::move(start);
    item.programs = {{"broken", {}, {}, {}}, {"fixed", {}, {}, {}}};
    corpus_.cases.push_back(item);
    return corpus_.cases.back();
  }
  void ran(const std::string& platform, const std::string& slug, Start start,
           Outcome outcome) {
    auto one = fixture::record("fork/" + slug, "broken", start, outcome);
    one.platform = platform;
    if (outcome == Outcome::unsupported) {
      one.verdict = Verdict::unsupported;
      one.explanation = {"Not run: needs x, which this machine lacks."};
    }
    records_.push_back(one);
  }
  /// A failure under both start methods, and what spawn did on Windows, which
  /// has no fork.
  void both(const std::string& slug, Outcome fork, Outcome spawn,
            Outcome there) {
    add(slug, {kFork, kSpawn});
    ran("linux", slug, kFork, fork);
    ran("linux", slug, kSpawn, spawn);
    ran("windows", slug, kFork, Outcome::unsupported);
    ran("windows", slug, kSpawn, there);
  }
  Comparison compared() {
    return compare(corpus_, Results(records_), "windows");
  }
  Kind kind(std::size_t which, const std::vector<std::string>& platforms) {
    return kind_of(Results(records_), corpus_.cases.at(which), platforms);
  }

  catalogue::Catalogue corpus_;
  std::vector<Record> records_;
};

TEST_F(Behaviour, TheSameUnderSpawnIsTheSame) {
  both("a", Outcome::hang, Outcome::hang, Outcome::hang);
  // Fails under spawn alone, on both.
  both("b", Outcome::ok, Outcome::wrong_result, Outcome::wrong_result);
  EXPECT_EQ(compared().tried, 2);
  EXPECT_EQ(compared().same, 2);
}

TEST_F(Behaviour, ACauseHasAnotherNameElsewhere) {
  both("a", Outcome::crash, Outcome::crash, Outcome::crash);
  records_[1].cause = "SIGSEGV";
  records_[3].cause = "0xC00000FD";
  EXPECT_EQ(compared().same, 1);
}

TEST_F(Behaviour, AnotherOutcomeUnderSpawnDiffers) {
  both("a", Outcome::hang, Outcome::hang, Outcome::ok);
  // Also if it fails there alone.
  both("b", Outcome::hang, Outcome::ok, Outcome::hang);
  EXPECT_EQ(compared().differ, 2);
  EXPECT_EQ(compared().same, 0);
}

TEST_F(Behaviour, WhatFailsWithForkAloneCannotHappenWithoutIt) {
  both("a", Outcome::hang, Outcome::ok, Outcome::ok);
  // Only fork is asked for.
  add("b", {kFork});
  ran("linux", "b", kFork, Outcome::hang);
  ran("windows", "b", kFork, Outcome::unsupported);
  // It starts its own children, and says what it needs.
  add("c", {}).needs = {"can_fork"};
  ran("linux", "c", std::nullopt, Outcome::duplicate);
  ran("windows", "c", std::nullopt, Outcome::unsupported);
  EXPECT_EQ(compared().tried, 3);
  EXPECT_EQ(compared().fork_only, 3);
}

TEST_F(Behaviour, WhereThereIsForkNothingIsForksAlone) {
  both("a", Outcome::hang, Outcome::ok, Outcome::ok);
  records_[2] = records_[0];
  records_[2].platform = "windows";
  EXPECT_EQ(compared().same, 1);
  EXPECT_TRUE(can_fork(Results(records_), "windows"));
}

TEST_F(Behaviour, WhatNeedsMoreIsToldApart) {
  add("a", {kFork, kSpawn}).needs = {"linux"};
  for (const auto start : {kFork, kSpawn}) {
    ran("linux", "a", start, Outcome::hang);
    ran("windows", "a", start, Outcome::unsupported);
  }
  // And the other way round.
  add("b", {}).needs = {"windows"};
  ran("linux", "b", std::nullopt, Outcome::unsupported);
  ran("windows", "b", std::nullopt, Outcome::hang);
  // Of what one of them never tried nothing is said.
  add("c", {});
  ran("linux", "c", std::nullopt, Outcome::hang);
  EXPECT_EQ(compared().tried, 1);
  EXPECT_EQ(compared().lacking, 1);
  EXPECT_EQ(compared().own, 1);
  EXPECT_FALSE(can_fork(Results(records_), "windows"));
}

TEST_F(Behaviour, RowsGoWhereTheyBelong) {
  both("a", Outcome::hang, Outcome::hang, Outcome::ok);
  both("b", Outcome::hang, Outcome::ok, Outcome::ok);
  both("c", Outcome::hang, Outcome::hang, Outcome::hang);
  both("d", Outcome::hang, Outcome::hang, Outcome::unsupported);
  add("e", {kFork});
  const std::vector<std::string> all = {"linux", "windows", "macos"};
  EXPECT_EQ(kind(0, all), Kind::platform_decides);
  EXPECT_EQ(kind(1, all), Kind::start_decides);
  EXPECT_EQ(kind(2, all), Kind::alike);
  EXPECT_EQ(kind(3, all), Kind::one_alone);
  EXPECT_EQ(kind(4, all), Kind::never_run);
  // That nobody else tried it does not make it one system's own.
  EXPECT_EQ(kind(3, {"linux"}), Kind::alike);
  EXPECT_EQ(kind(0, {"linux"}), Kind::alike);
}

TEST_F(Behaviour, OnOnePlatformACauseTellsStartMethodsApart) {
  both("a", Outcome::hang, Outcome::hang, Outcome::hang);
  records_[0].cause = "orphaned-lock";
  EXPECT_EQ(kind(0, {"linux", "windows"}), Kind::start_decides);
}

TEST_F(Behaviour, ReasonsAreShort) {
  Record record;
  record.outcome = Outcome::unsupported;
  const auto reason = [&](const std::string& sentence) {
    record.explanation = {sentence};
    return reason_of({&record});
  };
  EXPECT_EQ(reason("Not run: needs linux, which this machine lacks."),
            "needs linux");
  EXPECT_EQ(reason("Not run: the start method fork does not exist here."),
            "there is no fork");
  EXPECT_EQ(reason("Not run: needs python >= 3.8."), "needs python >= 3.8");
  record.explanation.clear();
  EXPECT_EQ(reason_of({&record}), "not supported");
  record.outcome = Outcome::ok;
  EXPECT_EQ(reason_of({&record}), "");
  EXPECT_EQ(reason_of({}), "");
}

TEST(ComparisonText, HasEachNumberOnce) {
  EXPECT_EQ(
      comparison_text({33, 18, 2, 8, 5, 9}, "windows-wine", false),
      "Of 33 failures in C++ that were tried on both linux and windows-wine, "
      "18 are the same there under spawn, 2 differ, 8 cannot happen there, "
      "because there is no fork, and 5 were not run there, because they need "
      "what is not there. 9 more can happen on windows-wine alone.");
}

TEST(ComparisonText, OneIsOne) {
  EXPECT_EQ(comparison_text({3, 1, 1, 0, 1, 0}, "macos", true),
            "Of 3 failures in C++ that were tried on both linux and macos, 1 "
            "is the same there, 1 differs, and 1 was not run there, because "
            "it needs what is not there.");
}

TEST(ComparisonText, NoneIsSaidOrLeftOut) {
  const auto text = comparison_text({1, 1, 0, 0, 0, 0}, "macos", true);
  EXPECT_EQ(text,
            "Of 1 failure in C++ that was tried on both linux and macos, 1 is "
            "the same there and none differs.");
  EXPECT_EQ(comparison_text({0, 0, 0, 0, 0, 4}, "macos", true), "");
}

}  // namespace
}  // namespace poolbugs::report
