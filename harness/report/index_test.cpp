#include "harness/report/index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/report/fixture.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Outcome;
using testing::HasSubstr;
using testing::Not;

class IndexTest : public testing::Test {
 protected:
  std::string index(std::vector<Record> records) {
    return index_page(corpus_, Results(std::move(records)),
                      [](const catalogue::Case& item) {
                        return "linux/" + item.name() + ".md";
                      });
  }

  fixture::Folder folder_;
  catalogue::Catalogue corpus_ = fixture::corpus(folder_.path());
};

TEST_F(IndexTest, IsAsAReaderShouldMeetIt) {
  fixture::expect_golden("index.md", index(fixture::linux_run(1)));
}

TEST_F(IndexTest, TwoRunsGiveTheSameBytes) {
  const auto first = index(fixture::linux_run(1));
  for (unsigned seed = 2; seed < 12; ++seed)
    ASSERT_EQ(index(fixture::linux_run(seed)), first);
}

TEST_F(IndexTest, RowsThatDifferComeFirst) {
  const auto text = index(fixture::linux_run(1));
  const auto decides = text.find("### Where the start method");
  ASSERT_NE(decides, std::string::npos);
  const auto held = text.find("[fork/held-mutex]", decides);
  EXPECT_LT(held, text.find("### The same", decides));
}

TEST_F(IndexTest, NothingRunIsNothingGreen) {
  const auto text = index({});
  EXPECT_THAT(text, Not(HasSubstr("→ ok")));
  EXPECT_THAT(text, Not(HasSubstr("as promised")));
  EXPECT_THAT(text, HasSubstr("| [fork/held-mutex](linux/fork/held-mutex.md) "
                              "|  | *never run* |"));
  EXPECT_THAT(text, HasSubstr("*Never run*: linux, windows, macos.\n"));
}

TEST_F(IndexTest, AHalfThatNeverRanSaysSo) {
  const auto text = index({fixture::record("fork/held-mutex", "broken",
                                           StartMethod::fork, Outcome::hang)});
  EXPECT_THAT(text, HasSubstr("| hang → *never run* |\n"));
}

TEST_F(IndexTest, AWorkerOfAnotherBuildIsNamed) {
  corpus_.cases[0].peer = "i386";
  EXPECT_THAT(index(fixture::linux_run(1)),
              HasSubstr("| [fork/held-mutex](linux/fork/held-mutex.md) with a "
                        "worker of i386 | hang"));
}

TEST_F(IndexTest, BrokenPromisesAreOnTop) {
  const auto text = index(fixture::linux_run(1));
  const auto broken = text.find("## Broken promises");
  ASSERT_NE(broken, std::string::npos);
  EXPECT_LT(broken, text.find("## Find your failure"));
  EXPECT_THAT(text, HasSubstr("`poolbugs run spawn/globals-lost --program "
                              "broken --start-method spawn`"));
}

TEST_F(IndexTest, ABrokenPromiseIsToldOncePerRun) {
  auto one = fixture::record("fork/held-mutex", "broken", StartMethod::fork,
                             Outcome::ok);
  one.verdict = catalogue::Verdict::broken_promise;
  auto two = one;
  two.repetition = 2;
  const auto text = broken_promises(Results({one, two}));
  EXPECT_EQ(text.find("fork/held-mutex, linux"),
            text.rfind("fork/held-mutex, linux"));
}

class IndexWithPython : public IndexTest {
 protected:
  IndexWithPython() { corpus_ = fixture::python_corpus(folder_.path()); }
  static std::vector<Record> both(unsigned seed) {
    auto records = fixture::linux_run(seed);
    const auto python = fixture::python_run(seed);
    records.insert(records.end(), python.begin(), python.end());
    return records;
  }
};

TEST_F(IndexWithPython, TheHeadlineLeadsToItsPage) {
  EXPECT_THAT(index(both(1)),
              HasSubstr("**2 of 3 failures of process pools are still there in "
                        "CPython 3.13**, the newest version that was measured; "
                        "1 was fixed. 1 of those 2 came, or got worse, with a "
                        "newer version. [Failure by failure, version by "
                        "version](cpython.md)"));
  EXPECT_THAT(index(fixture::linux_run(1)), Not(HasSubstr("cpython.md")));
}

TEST_F(IndexWithPython, CasesWithoutCppAreNotInTheNativeMatrix) {
  const auto text = index(both(1));
  const auto matrix = text.find("## What happened where");
  EXPECT_EQ(text.find("lost-error", matrix), std::string::npos);
  EXPECT_NE(text.find("held-mutex", matrix), std::string::npos);
}

TEST_F(IndexWithPython, EachSymptomIsThereWithItsLanguages) {
  const auto text = index(both(1));
  EXPECT_THAT(text, HasSubstr("(linux/fork/held-mutex.md) | C++, Python |"));
  EXPECT_THAT(text, HasSubstr("(linux/fork/stdio-buffer.md) | C++ |"));
  EXPECT_THAT(text, HasSubstr("(linux/async/not-yet.md) | Python |"));
}

TEST_F(IndexWithPython, TotalsApart) {
  const auto text = index(both(1));
  EXPECT_THAT(text, HasSubstr("- linux: 12 runs: 10 as promised, 1 broken"));
  EXPECT_THAT(text, HasSubstr("- linux, CPython 2.7, 3.6, 3.7, 3.12, 3.13: 100 "
                              "runs: 84 as promised, 16 unsupported here\n"));
}

TEST_F(IndexWithPython, WithoutAnInterpreterThereIsNoVersionToName) {
  auto none = fixture::python_record("async/lost-error", "broken", "",
                                     StartMethod::fork, Outcome::unsupported);
  none.runtime = "cpython";
  const auto text = index({none});
  EXPECT_THAT(text, HasSubstr("- linux, CPython: 1 run: 0 as promised, 1 "
                              "unsupported here\n"));
  EXPECT_THAT(text, Not(HasSubstr("cpython.md")));
}

TEST_F(IndexWithPython, ABrokenPromiseNamesItsVersion) {
  auto one = fixture::python_record("fork/held-mutex", "broken", "3.7.16",
                                    StartMethod::fork, Outcome::ok);
  one.verdict = catalogue::Verdict::broken_promise;
  EXPECT_THAT(broken_promises(Results({one})),
              HasSubstr("- **fork/held-mutex, linux, CPython 3.7.16**: ok"));
}

}  // namespace
}  // namespace poolbugs::report
