#include "harness/report/cpython.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/report/cpython_rows.hpp"
#include "harness/report/fixture.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Outcome;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr auto kFork = StartMethod::fork;
constexpr auto kSpawn = StartMethod::spawn;
constexpr auto kServer = StartMethod::forkserver;

/// A cell of broken.py: one outcome per start method.
std::string cell(const std::vector<std::pair<Start, Outcome>>& seen) {
  std::vector<Record> records;
  for (const auto& [start, outcome] : seen)
    records.push_back(
        fixture::python_record("a/b", "broken", "3.9.1", start, outcome));
  ByStart by_start;
  for (const auto& record : records)
    by_start.push_back({record.start_method, {&record}});
  return version_cell(by_start);
}

TEST(VersionCell, OneWordWhereAllAgree) {
  EXPECT_EQ(cell({{kFork, Outcome::hang}, {kSpawn, Outcome::hang}}), "hang");
  EXPECT_EQ(cell({{std::nullopt, Outcome::leak}}), "leak");
}

TEST(VersionCell, TheWorstFirstWhereTheyDiffer) {
  EXPECT_EQ(cell({{kFork, Outcome::ok}, {kSpawn, Outcome::hang}}),
            "spawn: hang<br>fork: ok");
  EXPECT_EQ(cell({{kFork, Outcome::hang},
                  {kSpawn, Outcome::ok},
                  {kServer, Outcome::ok}}),
            "fork: hang<br>else: ok");
  EXPECT_EQ(cell({{kFork, Outcome::error},
                  {kSpawn, Outcome::hang},
                  {kServer, Outcome::hang}}),
            "spawn, forkserver: hang<br>fork: error");
}

TEST(VersionCell, WhatIsNotThereIsLeftOut) {
  EXPECT_EQ(cell({{kFork, Outcome::hang}, {kSpawn, Outcome::unsupported}}),
            "hang");
  EXPECT_EQ(
      cell({{kFork, Outcome::unsupported}, {kSpawn, Outcome::unsupported}}),
      "–");
}

TEST(VersionCell, NotMeasuredIsNeverOk) {
  EXPECT_EQ(version_cell({{kFork, {}}, {kSpawn, {}}}), "*never run*");
  const auto ok =
      fixture::python_record("a/b", "broken", "3.9.1", kFork, Outcome::ok);
  EXPECT_EQ(version_cell({{kFork, {&ok}}, {kSpawn, {}}}),
            "fork: ok<br>spawn: *never run*");
}

TEST(VersionCell, ABrokenPromiseIsMarked) {
  auto one =
      fixture::python_record("a/b", "broken", "3.9.1", kFork, Outcome::hang);
  auto two = one;
  two.outcome = Outcome::ok;
  EXPECT_EQ(version_cell({{kFork, {&one, &two}}}), "hang or ok");
  two.verdict = catalogue::Verdict::broken_promise;
  EXPECT_EQ(version_cell({{kFork, {&one, &two}}}), "**✗ hang or ok**");
}

class CpythonPage : public testing::Test {
 protected:
  std::string page(std::vector<Record> records) {
    return cpython_page(corpus_, Results(std::move(records)),
                        [](const catalogue::Case& item) {
                          return "linux/" + item.name() + ".md";
                        });
  }
  std::string headline(std::vector<Record> records) {
    return cpython_headline(corpus_, Results(std::move(records)));
  }
  /// The row of a case, without its title.
  std::string row(const std::string& text, const std::string& name) {
    const auto at = text.find("(linux/" + name + ".md)");
    if (at == std::string::npos) return "";
    const auto begin = text.find('|', at);
    return text.substr(begin, text.find('\n', at) - begin);
  }

  fixture::Folder folder_;
  catalogue::Catalogue corpus_ = fixture::python_corpus(folder_.path());
};

TEST_F(CpythonPage, IsAsAReaderShouldMeetIt) {
  fixture::expect_golden("cpython.md", page(fixture::python_run(1)));
}

TEST_F(CpythonPage, TwoRunsGiveTheSameBytes) {
  const auto first = page(fixture::python_run(1));
  for (unsigned seed = 2; seed < 6; ++seed)
    ASSERT_EQ(page(fixture::python_run(seed)), first);
}

TEST_F(CpythonPage, NothingWithoutAnInterpreter) {
  EXPECT_EQ(page(fixture::linux_run(1)), "");
  EXPECT_EQ(headline({}), "");
  auto none = fixture::python_record("async/not-yet", "broken", "",
                                     std::nullopt, Outcome::unsupported);
  none.runtime = "cpython";
  EXPECT_EQ(page({none}), "");
}

TEST_F(CpythonPage, TheHeadlineCounts) {
  EXPECT_EQ(headline(fixture::python_run(1)),
            "**2 of 3 failures of process pools are still there in CPython "
            "3.13**, the newest version that was measured; 1 was fixed. 1 of "
            "those 2 came, or got worse, with a newer version.");
  auto one = fixture::python_run(1);
  std::erase_if(one, [](auto& r) { return r.runtime != "cpython-3.13.0"; });
  EXPECT_EQ(headline(one),
            "**2 of 2 failures of process pools are still there in CPython "
            "3.13**, the only version that was measured.");
}

TEST_F(CpythonPage, AStartMethodThatWasNotAskedOfTheNewestIsNotFixed) {
  // The usual run asks the newest version by one start method alone.
  auto records = fixture::python_run(1);
  records.push_back(fixture::python_record("fork/held-mutex", "broken",
                                           "3.14.0", kServer, Outcome::ok));
  const auto text = page(records);
  EXPECT_THAT(text, HasSubstr("## Not known of CPython 3.14"));
  EXPECT_THAT(row(text, "fork/held-mutex"),
              testing::EndsWith("| forkserver: ok<br>else: *never run* |"));
  EXPECT_THAT(headline(records), HasSubstr("of 3 it is not known"));
}

TEST_F(CpythonPage, AVersionThatWasNotMeasuredMayHaveBeenTheFirst) {
  const auto text = page(fixture::python_run(1));
  EXPECT_THAT(row(text, "async/lost-error"), StartsWith("| 3.7 |"));
  EXPECT_THAT(row(text, "spawn/slow-start"), StartsWith("| by 3.12 |"));
}

TEST_F(CpythonPage, WhichStartMethodGotWorseIsToldIfOthersFailAsEver) {
  auto records = fixture::python_run(1);
  for (auto& record : records)
    if (record.case_name == "spawn/slow-start" && record.program == "broken" &&
        record.start_method == kFork)
      record.outcome = Outcome::error;
  EXPECT_THAT(row(page(records), "spawn/slow-start"),
              StartsWith("| by 3.12 (spawn) |"));
}

TEST_F(CpythonPage, OneWithoutTheLockIsAColumnAndNotTheNewest) {
  auto records = fixture::python_run(1);
  records.push_back(fixture::python_record("fork/held-mutex", "broken",
                                           "3.13.0t", kFork, Outcome::crash));
  const auto text = page(records);
  EXPECT_THAT(text, HasSubstr("| 3.12 | 3.13 | 3.13t |"));
  EXPECT_THAT(text, HasSubstr("## Still there in CPython 3.13 (1)"));
  EXPECT_THAT(headline(records), StartsWith("**2 of 3"));
}

TEST_F(CpythonPage, RepairedProgramsThatFailAreListed) {
  auto records = fixture::python_run(1);
  for (auto& record : records)
    if (record.program == "fixed" && record.start_method == kSpawn &&
        record.case_name == "async/lost-error" &&
        record.outcome == Outcome::ok && record.runtime > "cpython-3.2")
      record.outcome = Outcome::error;
  EXPECT_THAT(page(records),
              HasSubstr("- async/lost-error, CPython 3.6, 3.7 under spawn: "
                        "error\n"));
}

TEST_F(CpythonPage, WithinAGroupTheWorstComesFirst) {
  auto records = fixture::python_run(1);
  for (auto& record : records)
    if (record.case_name == "async/lost-error" && record.program == "broken" &&
        record.outcome == Outcome::ok)
      record.outcome = Outcome::silent_loss;
  const auto text = page(records);
  EXPECT_LT(text.find("fork/held-mutex"), text.find("async/lost-error"));
}

TEST_F(CpythonPage, EachPlatformForItself) {
  auto records = fixture::python_run(1);
  auto there = fixture::python_record("fork/held-mutex", "broken", "3.13.0",
                                      kSpawn, Outcome::ok);
  there.platform = "windows";
  records.push_back(there);
  EXPECT_THAT(headline(records), AllOf(HasSubstr("On linux: **2 of 3"),
                                       HasSubstr("On windows: **0 of 0")));
  EXPECT_THAT(page(records), HasSubstr("# On windows\n"));
}

}  // namespace
}  // namespace poolbugs::report
