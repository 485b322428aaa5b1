#include "harness/report/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/report/diff.hpp"
#include "harness/report/fixture.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Outcome;
using testing::HasSubstr;
using testing::Not;

class PageTest : public testing::Test {
 protected:
  std::string page(std::size_t which, std::vector<Record> records,
                   const std::string& platform = "linux") {
    const Results results(std::move(records));
    const auto& item = corpus_.cases.at(which);
    return case_page({item, results, platform, "../../../cases/" + item.name(),
                      unified_diff(fixture::slurp(item.folder / "broken.cpp"),
                                   fixture::slurp(item.folder / "fixed.cpp"))});
  }

  fixture::Folder folder_;
  catalogue::Catalogue corpus_ = fixture::corpus(folder_.path());
};

TEST_F(PageTest, IsAsAReaderShouldMeetIt) {
  fixture::expect_golden("held-mutex.md", page(0, fixture::linux_run(1)));
  fixture::expect_golden("stdio-buffer.md", page(1, fixture::linux_run(1)));
  fixture::expect_golden("globals-lost.md", page(2, fixture::linux_run(1)));
}

TEST_F(PageTest, AProvedHangHasItsPictureAndStory) {
  auto records = fixture::linux_run(1);
  const auto item = corpus_.cases.at(0).name();
  for (auto& record : records)
    if (record.case_name == item && record.outcome == Outcome::hang) {
      record.graph = "graph LR\n  n1[\"parent\"]\n";
      record.explanation = {"It waits.", "So does the other."};
      record.stacks = {"parent, thread 1: wait4 ← main (broken.cpp:3)"};
    }
  const auto text = page(0, records);
  EXPECT_THAT(text, HasSubstr("```mermaid\ngraph LR\n  n1[\"parent\"]\n```\n\n"
                              "It waits. So does the other.\n"));
  EXPECT_THAT(text, HasSubstr("wait4 ← main (broken.cpp:3)"));
}

TEST_F(PageTest, TwoRunsGiveTheSameBytes) {
  for (std::size_t which = 0; which < corpus_.cases.size(); ++which) {
    const auto first = page(which, fixture::linux_run(1));
    for (unsigned seed = 2; seed < 12; ++seed)
      ASSERT_EQ(page(which, fixture::linux_run(seed)), first);
  }
}

TEST_F(PageTest, ABrokenPromiseOfTheFixedHalfShowsInTheMatrix) {
  auto records = fixture::linux_run(1);
  for (auto& record : records)
    if (record.case_name == "fork/held-mutex" && record.program == "fixed") {
      record.outcome = Outcome::crash;
      record.cause = "SIGSEGV";
      record.verdict = catalogue::Verdict::broken_promise;
    }
  EXPECT_THAT(page(0, records),
              HasSubstr("| hang, quiescent: orphaned-lock<br>fixed: **✗ "
                        "crash: SIGSEGV** (promised `ok`) |"));
}

TEST_F(PageTest, OtherPlatformsHaveTheirRowAndLink) {
  auto records = fixture::linux_run(1);
  auto there = fixture::record("fork/held-mutex", "broken", StartMethod::spawn,
                               Outcome::ok);
  there.platform = "windows-wine";
  there.out = "of another platform";
  records.push_back(there);
  const auto text = page(0, records);
  EXPECT_THAT(text, HasSubstr("| [windows-wine](../../windows-wine/fork/"
                              "held-mutex.md) | *never run* | ok |"));
  EXPECT_THAT(text, Not(HasSubstr("of another platform")));
  EXPECT_THAT(page(0, records, "windows-wine"),
              HasSubstr("of another platform"));
}

TEST_F(PageTest, RepetitionsThatDifferAreBothShown) {
  auto records = fixture::linux_run(1);
  auto again = fixture::record("fork/held-mutex", "broken", StartMethod::fork,
                               Outcome::ok);
  again.repetition = 2;
  again.promised = {"hang: orphaned-lock", "ok"};
  records.push_back(again);
  EXPECT_THAT(page(0, records),
              HasSubstr("| hang, quiescent: orphaned-lock or ok, 2 runs |"));
}

TEST_F(PageTest, OutputCannotLeaveItsFence) {
  auto records = fixture::linux_run(1);
  for (auto& record : records)
    record.out = "````\n</details>\n# title\n\xFF\x1B[2J\n";
  const auto text = page(1, records);
  EXPECT_THAT(text, HasSubstr("`````text\n````\n</details>\n# title\n"
                              "\\xFF\\x1B[2J\n`````\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1B")));
}

TEST_F(PageTest, WithoutASymptomThereIsNoQuote) {
  corpus_.cases[0].story.erase(corpus_.cases[0].story.begin() + 1);
  EXPECT_THAT(page(0, fixture::linux_run(1)), Not(HasSubstr("You have this")));
}

}  // namespace
}  // namespace poolbugs::report
