#include "harness/report/terminal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/report/fixture.hpp"

namespace poolbugs::report {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TerminalSummary, SaysWhatWasPromisedAndWhatWasNot) {
  auto records = fixture::linux_run(1);
  const auto text = terminal_summary(records, {false, "reports/index.md"});
  EXPECT_EQ(text,
            "✗ spawn/globals-lost.broken.spawn\n"
            "    promised wrong-result, observed ok (exit 0)\n"
            "    poolbugs run spawn/globals-lost --program broken "
            "--start-method spawn\n"
            "\n"
            "10 as promised: 8 ok, 1 hang, 1 duplicate\n"
            "1 not run, unsupported here:\n"
            "  1 run: Not run: needs root, which this machine lacks.\n"
            "1 promise was broken\n"
            "open reports/index.md\n");
}

TEST(TerminalSummary, NamesTheRuntimeAsThePlanDoes) {
  auto record = fixture::python_record(
      "a/b", "broken", "3.13.0", StartMethod::fork, catalogue::Outcome::ok);
  record.verdict = catalogue::Verdict::broken_promise;
  EXPECT_THAT(terminal_summary({record}, {}),
              HasSubstr("✗ a/b.broken.cpython-3.13.0.fork\n"));
}

TEST(TerminalSummary, AllKept) {
  const auto text = terminal_summary(
      {fixture::record("a/b", "fixed", std::nullopt, catalogue::Outcome::ok)},
      {});
  EXPECT_EQ(text, "1 as promised: 1 ok\nevery promise was kept\n");
}

TEST(TerminalSummary, NothingRunIsNoSuccess) {
  EXPECT_EQ(terminal_summary({}, {true, {}}), "nothing was run\n");
}

TEST(TerminalSummary, ColourOnRequestAndNoEscapesOfOthers) {
  auto records = fixture::linux_run(1);
  for (auto& record : records) record.explanation = {"said \x1B[2J"};
  EXPECT_THAT(terminal_summary(records, {true, {}}), HasSubstr("\x1B["));
  EXPECT_THAT(terminal_summary(records, {false, {}}), Not(HasSubstr("\x1B")));
  EXPECT_THAT(terminal_summary(records, {true, {}}),
              HasSubstr("said \\x1B[2J"));
}

}  // namespace
}  // namespace poolbugs::report
