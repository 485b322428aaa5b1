#include "harness/report/results.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/report/fixture.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Language;
using catalogue::Outcome;
using catalogue::Verdict;
using testing::ElementsAre;

Record run_on(const std::string& platform) {
  auto record = fixture::record("a/b", "broken", std::nullopt, Outcome::ok);
  record.platform = platform;
  return record;
}

TEST(Results, PlatformsStandInTheirOrder) {
  EXPECT_THAT(Results({}).platforms(),
              ElementsAre("linux", "windows", "macos"));
  EXPECT_THAT(
      Results({run_on("windows-wine"), run_on("freebsd"), run_on("s390x")})
          .platforms(),
      ElementsAre("linux", "s390x", "windows", "windows-wine", "macos",
                  "freebsd"));
}

TEST(Results, APageIsWhereTheCaseCouldRun) {
  auto lacks = run_on("linux"), ran = run_on("windows"), never = run_on("i386");
  lacks.outcome = never.outcome = Outcome::unsupported;
  const Results one({lacks, ran});
  EXPECT_FALSE(one.has_page("a/b", "linux"));
  EXPECT_TRUE(one.has_page("a/b", "windows"));
  EXPECT_FALSE(one.has_page("a/b", "macos"));
  EXPECT_FALSE(one.has_page("a/c", "windows"));
  // Nowhere: the first that tried has one.
  const Results none({never, lacks});
  EXPECT_TRUE(none.has_page("a/b", "linux"));
  EXPECT_FALSE(none.has_page("a/b", "i386"));
}

TEST(Results, VersionsOldestFirst) {
  auto old = run_on("linux"), recent = run_on("linux");
  old.runtime = "cpython-3.9.1";
  recent.runtime = "cpython-3.13.0";
  const Results results({recent, run_on("linux"), old, recent});
  EXPECT_THAT(results.minors("a/b", "linux"),
              ElementsAre(Minor{3, 9}, Minor{3, 13}));
  EXPECT_EQ(results.all().front().runtime, "native");
  EXPECT_EQ(results.all().back().runtime, "cpython-3.13.0");
  EXPECT_TRUE(results.minors("a/c", "linux").empty());
  EXPECT_TRUE(results.minors("windows").empty());
}

TEST(Results, OfTwoPatchVersionsTheNewerOneThatHasTheRun) {
  auto before = run_on("linux"), after = run_on("linux");
  before.runtime = "cpython-3.13.9";
  after.runtime = "cpython-3.13.10";
  auto only_before = before;
  only_before.program = "fixed";
  const Results results({after, before, only_before});
  const Place place{"a/b", "broken", std::nullopt, "linux"};
  ASSERT_EQ(results.at(place, {3, 13}).size(), 1u);
  EXPECT_EQ(results.at(place, {3, 13}).front()->runtime, "cpython-3.13.10");
  const Place fixed{"a/b", "fixed", std::nullopt, "linux"};
  ASSERT_EQ(results.at(fixed, {3, 13}).size(), 1u);
  EXPECT_EQ(results.at(fixed, {3, 13}).front()->runtime, "cpython-3.13.9");
  EXPECT_TRUE(results.at(place, {3, 12}).empty());
}

TEST(Cell, NeverRunIsNeverGreen) {
  EXPECT_EQ(cell_text({}, Detail::full), "*never run*");
  auto record = run_on("linux");
  record.outcome = Outcome::unsupported;
  EXPECT_EQ(cell_text({&record}, Detail::full), "–");
}

TEST(Cell, BrokenPromisesAreStrong) {
  auto record = run_on("linux");
  record.outcome = Outcome::clear_error;
  record.cause = "no (memory|disk)";
  EXPECT_EQ(cell_text({&record}, Detail::full),
            "clear-error: no (memory\\|disk)");
  EXPECT_EQ(cell_text({&record}, Detail::brief), "clear-error");
  record.verdict = Verdict::broken_promise;
  record.promised = {"ok", "hang"};
  EXPECT_EQ(cell_text({&record}, Detail::brief),
            "**✗ clear-error** (promised `ok` or `hang`)");
}

TEST(Cell, RepetitionsThatDisagree) {
  auto a = run_on("linux"), b = run_on("linux");
  a.outcome = Outcome::hang;
  EXPECT_EQ(outcomes_text({&b, &a, &b}, Detail::full), "hang or ok");
}

TEST(Totals, RepetitionsOfARunCountOnce) {
  auto records = fixture::linux_run(1);
  auto again = records;
  for (auto& record : again) record.repetition = 2;
  const Results once(records);
  records.insert(records.end(), again.begin(), again.end());
  const Results twice(records);
  EXPECT_EQ(totals_text(totals_of(once.all(), "linux", Language::cpp)),
            "12 runs: 10 as promised, 1 broken promise, 1 unsupported here");
  EXPECT_EQ(totals_text(totals_of(twice.all(), "linux", Language::cpp)),
            totals_text(totals_of(once.all(), "linux", Language::cpp)));
  EXPECT_EQ(totals_of(once.all(), "linux", Language::python).runs, 0);
  EXPECT_EQ(totals_of(once.all(), "macos", Language::cpp).runs, 0);
}

}  // namespace
}  // namespace poolbugs::report
