#include "harness/report/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

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
                                   fixture::slurp(item.folder / "fixed.cpp")),
                      "", ""});
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

TEST_F(PageTest, WhyAPlatformDidNotRunIsToldOnceBelowTheTable) {
  auto records = fixture::linux_run(1);
  for (const auto start : kStartMethods) {
    auto there = fixture::record(
        "fork/held-mutex", "broken", start,
        start == StartMethod::spawn ? Outcome::ok : Outcome::unsupported);
    there.platform = "windows-wine";
    if (start != StartMethod::spawn)
      there.explanation = {"Not run: the start method " +
                           std::string(to_string(start)) +
                           " does not exist here."};
    records.push_back(there);
  }
  const auto text = page(0, records);
  EXPECT_THAT(text, HasSubstr("held-mutex.md) | – | ok | – |\n\nNot run on "
                              "windows-wine: there is no fork; there is no "
                              "forkserver.\n*Never run* on windows "
                              "(windows-wine is Windows programs under Wine "
                              "on Linux, not Windows), macos.\n\n"));
  EXPECT_THAT(text, Not(HasSubstr("| windows |")));
}

TEST_F(PageTest, WhereNothingRanThereIsNoRowAndNoLink) {
  auto records = fixture::linux_run(1);
  auto there = fixture::record("fork/stdio-buffer", "broken", std::nullopt,
                               Outcome::unsupported);
  there.platform = "windows";
  there.explanation = {"Not run: needs can_fork, which this machine lacks."};
  records.push_back(there);
  const auto text = page(1, records);
  EXPECT_THAT(text, HasSubstr("Not run on windows: needs can_fork.\n"));
  EXPECT_THAT(text, Not(HasSubstr("../windows/")));
  EXPECT_THAT(page(1, records, "windows"), HasSubstr("| **windows** | – |\n"));
}

TEST_F(PageTest, ACaseOfOneSystemSaysNothingOfTheOthers) {
  corpus_.cases[1].needs = {"macos", "threads"};
  EXPECT_THAT(page(1, fixture::linux_run(1)),
              HasSubstr("*Never run* on macos.\n"));
}

TEST_F(PageTest, AWorkerOfAnotherBuildIsNamed) {
  corpus_.cases[0].peer = "s390x";
  EXPECT_THAT(page(0, fixture::linux_run(1)),
              HasSubstr("| **linux** with a worker of s390x | hang"));
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

class PythonPage : public testing::Test {
 protected:
  std::string page(const std::string& name, std::vector<Record> records) {
    const Results results(std::move(records));
    const auto item =
        std::ranges::find(corpus_.cases, name, &catalogue::Case::name);
    const auto text = [&](const char* file) {
      return fixture::slurp(item->folder / file);
    };
    return case_page({*item, results, "linux", "../../../cases/" + name,
                      unified_diff(text("broken.cpp"), text("fixed.cpp")),
                      unified_diff(text("broken.py"), text("fixed.py")),
                      text("broken.py")});
  }
  /// C++ and Python.
  static std::vector<Record> both(unsigned seed) {
    auto records = fixture::linux_run(seed);
    const auto python = fixture::python_run(seed);
    records.insert(records.end(), python.begin(), python.end());
    return records;
  }
  static std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos;
         at = text.find(part, at + 1))
      ++found;
    return found;
  }

  fixture::Folder folder_;
  catalogue::Catalogue corpus_ = fixture::python_corpus(folder_.path());
};

TEST_F(PythonPage, IsAsAReaderShouldMeetIt) {
  fixture::expect_golden("both-languages.md", page("fork/held-mutex", both(1)));
  fixture::expect_golden("python-alone.md", page("async/lost-error", both(1)));
}

TEST_F(PythonPage, TwoRunsGiveTheSameBytes) {
  for (const auto& item : corpus_.cases)
    for (unsigned seed = 2; seed < 5; ++seed)
      ASSERT_EQ(page(item.name(), both(seed)), page(item.name(), both(1)));
}

TEST_F(PythonPage, VersionsThatAgreeShareARow) {
  const auto text = page("async/lost-error", both(1));
  EXPECT_THAT(text, HasSubstr("| **linux**, CPython 3.7, 3.12, 3.13 | ok | ok "
                              "| ok |\n| **linux**, CPython 3.6 | "
                              "silent-loss | silent-loss | silent-loss |\n"
                              "| **linux**, CPython 2.7 | silent-loss | – | – "
                              "|\n"));
  EXPECT_THAT(text, HasSubstr("| broken.py, CPython 3.7, 3.12, 3.13 | fork, "
                              "spawn, forkserver | `ok` | ok |\n"));
}

TEST_F(PythonPage, OneVersionThatDiffersParts) {
  auto records = both(1);
  for (auto& record : records)
    if (record.runtime == "cpython-3.12.1" && record.program == "broken" &&
        record.case_name == "async/lost-error")
      record.outcome = Outcome::crash;
  const auto text = page("async/lost-error", records);
  EXPECT_THAT(text, HasSubstr("CPython 3.13 | ok"));
  EXPECT_THAT(text, HasSubstr("CPython 3.12 | crash"));
  EXPECT_THAT(text, HasSubstr("CPython 3.7 | ok"));
}

TEST_F(PythonPage, WithoutCppThereIsNothingOfIt) {
  const auto text = page("async/lost-error", both(1));
  EXPECT_THAT(text, HasSubstr("| broken.py | fork |"));
  EXPECT_THAT(text, Not(HasSubstr(".cpp")));
  EXPECT_THAT(text, Not(HasSubstr("### In Python")));
}

TEST_F(PythonPage, AStartMethodOfOneLanguageIsAnEmptyCellOfTheOther) {
  corpus_.cases[2].start = {StartMethod::fork};
  ASSERT_EQ(corpus_.cases[2].name(), "fork/held-mutex");
  EXPECT_THAT(page("fork/held-mutex", both(1)),
              HasSubstr("| **linux**, broken.cpp | hang, quiescent: "
                        "orphaned-lock |  |  |\n"));
}

TEST_F(PythonPage, DoesNotGrowWithTheNumberOfVersions) {
  auto records = both(1);
  const auto few = page("fork/held-mutex", records);
  for (int patch = 3; patch < 12; ++patch)
    for (const auto& record : fixture::python_run(1))
      if (record.runtime == "cpython-3.12.1") {
        auto more = record;
        more.runtime = "cpython-3." + std::to_string(patch) + ".9";
        records.push_back(more);
      }
  const auto many = page("fork/held-mutex", records);
  EXPECT_EQ(count(many, "\n"), count(few, "\n"));
  EXPECT_EQ(count(many, "<details>"), count(few, "<details>"));
}

TEST_F(PythonPage, OnlyTheNewestThatFailsIsSeen) {
  EXPECT_THAT(page("async/lost-error", both(1)),
              HasSubstr("broken.py, CPython 3.6.15 under fork"));
  const auto text = page("fork/held-mutex", both(1));
  EXPECT_EQ(count(text, "Seen on linux, broken.py"), 1u);
  EXPECT_THAT(text, HasSubstr("Seen on linux, broken.py, CPython 3.13.0 under "
                              "fork:"));
  EXPECT_THAT(text, HasSubstr("Seen on linux, broken.cpp under fork:"));
}

TEST_F(PythonPage, HowFarAHangIsProvedChangesNothing) {
  auto records = both(1);
  const auto before = page("fork/held-mutex", records);
  for (auto& record : records)
    if (record.runtime != "native" && record.grade) {
      record.grade = catalogue::Grade::proven;
      record.ended = "ended by poolbugs: it could never move again";
      record.explanation = {record.explanation.front(),
                            "This is proved unless an alarm is pending."};
    }
  EXPECT_EQ(page("fork/held-mutex", records), before);
}

TEST_F(PythonPage, OneStoryForEachOutcome) {
  auto records = both(1);
  for (auto& record : records)
    if (record.runtime == "cpython-3.13.0" && record.program == "broken" &&
        record.case_name == "fork/held-mutex") {
      record.outcome = record.start_method == StartMethod::spawn
                           ? Outcome::error
                           : Outcome::hang;
      record.explanation = {std::string("Told of ") +
                            std::string(to_string(*record.start_method)) + "."};
      if (record.start_method != StartMethod::spawn)
        record.graph = "graph LR\n";
    }
  const auto text = page("fork/held-mutex", records);
  EXPECT_EQ(count(text, "Seen on linux, broken.py"), 2u);
  EXPECT_THAT(text, HasSubstr("Told of fork.\n\nHow far that is proved may "
                              "differ from run to run, and is told in "
                              "[results.jsonl](../results.jsonl). The same "
                              "outcome under forkserver.\n\n"));
  EXPECT_THAT(text, HasSubstr("- Told of spawn.\n\n## What triggers it"));
}

TEST_F(PythonPage, TheReportSaysNothingOfUs) {
  const auto text = page("fork/held-mutex", both(1));
  const auto begin = text.find("## Report it");
  ASSERT_NE(begin, std::string::npos);
  const auto report = text.substr(begin, text.find("\n## ", begin) - begin);
  EXPECT_THAT(report, HasSubstr("python3.13 broken.py fork"));
  EXPECT_THAT(report, HasSubstr("It never ends."));
  EXPECT_THAT(report, HasSubstr("Worker 1 waits for a lock"));
  EXPECT_THAT(report, HasSubstr("CPython 3.13.0 on linux."));
  EXPECT_THAT(report, HasSubstr("CPython 2.7.18, 3.6.15, 3.7.16, 3.12.1."));
  EXPECT_THAT(report, Not(HasSubstr("poolbugs")));
  EXPECT_THAT(report, Not(HasSubstr("a hang is promised")));
  // The program's own fence does not end ours.
  EXPECT_THAT(report, HasSubstr("a line with ``` in it"));
  EXPECT_THAT(report, HasSubstr("`````markdown"));
}

TEST_F(PythonPage, TheReportOfWhatEndsSaysWhatWasSeenInstead) {
  auto records = both(1);
  for (auto& record : records)
    if (record.case_name == "async/lost-error" && record.program == "broken") {
      record.out = "expected: a\nexpected: b\nobserved: a\n";
      record.explanation = {"It never observed \"b\".",
                            "Promised was `ok`, this is `silent-loss`."};
    }
  EXPECT_THAT(page("async/lost-error", records),
              HasSubstr("Command: `python3.6 broken.py fork`\n\n"
                        "**Expected:** It ends, with exit status 0, and "
                        "observes:\n\n```text\na\nb\n```\n\n"
                        "**Observed:** It never observed \"b\".\n\n"
                        "It observes:\n\n```text\na\n```\n\n"
                        "**Environment:** CPython 3.6.15 on linux. The same "
                        "outcome with the start methods spawn and forkserver. "
                        "The same outcome with CPython 2.7.18. As expected "
                        "with CPython 3.7.16, 3.12.1, 3.13.0.\n"));
}

TEST_F(PythonPage, WhatNeverFailedHasNothingToReport) {
  EXPECT_THAT(page("shutdown/left-open", both(1)),
              Not(HasSubstr("## Report it")));
}

TEST_F(PythonPage, WithoutAnInterpreterItSaysSo) {
  auto none = fixture::python_record("async/lost-error", "broken", "",
                                     StartMethod::fork, Outcome::unsupported);
  none.runtime = "cpython";
  const auto text = page("async/lost-error", {none});
  EXPECT_THAT(text, HasSubstr("| **linux**, CPython | – | *never run* |"));
  EXPECT_THAT(page("async/not-yet", {}), Not(HasSubstr("| ok")));
}

}  // namespace
}  // namespace poolbugs::report
