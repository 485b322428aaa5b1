#include "harness/cli/cmake_tests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolbugs::cli {
namespace {

using ::testing::HasSubstr;

TEST(CmakeQuoted, HasABracketThatTheTextDoesNotClose) {
  EXPECT_EQ(cmake_quoted("a;b \"c\" $d"), "[[a;b \"c\" $d]]");
  EXPECT_EQ(cmake_quoted("a]]b"), "[=[a]]b]=]");
  EXPECT_EQ(cmake_quoted("a]]b]=]c"), "[==[a]]b]=]c]==]");
  EXPECT_EQ(cmake_quoted("a]"), "[=[a]]=]");
  EXPECT_EQ(cmake_quoted("\na"), "[[\n\na]]");
}

TEST(CmakeTest, CallsTheRunAndLabelsIt) {
  plan::PlannedRun run;
  run.item.area = "fork";
  run.item.slug = "held-mutex";
  run.program.name = "broken";
  run.start = StartMethod::spawn;
  const std::string text =
      cmake_test(run, {"/a b/poolbugs"}, {"--cases", "/c;d"}, "linux");
  EXPECT_THAT(text, HasSubstr("add_test([[fork/held-mutex.broken.spawn]] "
                              "[[/a b/poolbugs]] [[run]] [[fork/held-mutex]] "
                              "[[--program]] [[broken]] [[--runtime]] "
                              "[[native]] [[--start-method]] [[spawn]] "
                              "[[--cases]] [[/c;d]])"));
  EXPECT_THAT(text, HasSubstr("LABELS [[fork;spawn;linux]]"));
  run.start.reset();
  EXPECT_THAT(cmake_test(run, {"p"}, {}, "linux"),
              HasSubstr("add_test([[fork/held-mutex.broken]] [[p]] [[run]] "
                        "[[fork/held-mutex]] [[--program]] [[broken]] "
                        "[[--runtime]] [[native]])"));
}

TEST(CmakeTest, LeavesItToTheRunWhichPythonIsTheNewest) {
  plan::PlannedRun run;
  run.item.area = "fork";
  run.item.slug = "held-mutex";
  run.program.name = "broken";
  run.runtime = "cpython-3.13.0";
  run.start = StartMethod::fork;
  const std::string text = cmake_test(run, {"p"}, {}, "linux");
  EXPECT_THAT(text, HasSubstr("add_test([[fork/held-mutex.broken.cpython]] "
                              "[[p]] [[run]] [[fork/held-mutex]] "
                              "[[--program]] [[broken]] [[--runtime]] "
                              "[[cpython]])"));
  EXPECT_THAT(text, HasSubstr("LABELS [[fork;cpython;linux]]"));
}

}  // namespace
}  // namespace poolbugs::cli
