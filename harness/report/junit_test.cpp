#include "harness/report/junit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "harness/report/fixture.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Outcome;
using catalogue::Verdict;
using testing::HasSubstr;
using testing::Not;

pugi::xml_document parsed(const std::string& text) {
  pugi::xml_document document;
  const auto result = document.load_string(text.c_str());
  EXPECT_TRUE(result) << result.description() << "\n" << text;
  return document;
}

TEST(Junit, ASuitePerAreaACasePerRun) {
  const auto document = parsed(junit(fixture::linux_run(1)));
  const auto suites = document.child("testsuites");
  const auto fork = suites.find_child_by_attribute("testsuite", "name", "fork");
  EXPECT_EQ(fork.attribute("tests").as_int(), 8);
  EXPECT_EQ(fork.attribute("failures").as_int(), 0);
  const auto spawn =
      suites.find_child_by_attribute("testsuite", "name", "spawn");
  EXPECT_EQ(spawn.attribute("failures").as_int(), 1);
  EXPECT_EQ(spawn.attribute("skipped").as_int(), 1);
  EXPECT_TRUE(fork.find_child_by_attribute("testcase", "name",
                                           "held-mutex.broken.fork"));
  EXPECT_TRUE(
      fork.find_child_by_attribute("testcase", "name", "stdio-buffer.fixed"));
}

TEST(Junit, TheNameHoldsTheRuntimeAsThatOfTheRunDoes) {
  const auto document = parsed(junit({fixture::python_record(
      "fork/x", "broken", "3.13.0", StartMethod::fork, Outcome::ok)}));
  EXPECT_STREQ(document.select_node("//testcase/@name").attribute().value(),
               "x.broken.cpython-3.13.0.fork");
}

TEST(Junit, AFailureSaysWhatWhyAndHow) {
  auto record =
      fixture::record("fork/x", "broken", StartMethod::fork, Outcome::crash);
  record.verdict = Verdict::broken_promise;
  record.promised = {"hang: lost-wakeup", "ok"};
  record.cause = "SIGSEGV";
  record.explanation = {"The first process died of SIGSEGV.",
                        "Promised was `ok`, this is `crash`."};
  record.err = "last words\n";
  const auto document = parsed(junit({record}));
  const auto failure = document.select_node("//testcase/failure").node();
  EXPECT_STREQ(failure.attribute("message").value(),
               "promised hang: lost-wakeup or ok, observed crash: SIGSEGV");
  const std::string text = failure.text().get();
  EXPECT_THAT(text, HasSubstr("The first process died of SIGSEGV.\n"));
  EXPECT_THAT(text, Not(HasSubstr("Promised was")));
  EXPECT_THAT(text, HasSubstr("poolbugs run fork/x --program broken "
                              "--start-method fork\n"));
  EXPECT_THAT(text, HasSubstr("last words\n"));
}

TEST(Junit, OurOwnFaultIsAnError) {
  auto record =
      fixture::record("fork/x", "broken", std::nullopt, Outcome::harness_error);
  record.verdict = Verdict::broken_promise;
  const auto document = parsed(junit({record}));
  EXPECT_TRUE(document.select_node("//testcase/error"));
  EXPECT_FALSE(document.select_node("//testcase/failure"));
}

TEST(Junit, HoldsNoCharacterThatXmlForbids) {
  auto record =
      fixture::record("fork/x", "broken", std::nullopt, Outcome::error);
  record.verdict = Verdict::broken_promise;
  record.err = std::string("a\0b\x1B[31m\xFF\xEF\xBF\xBF]]>&<c>\n", 20);
  const auto text = junit({record});
  for (const char c : text)
    EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n' ||
                c == '\t' || c == '\r');
  EXPECT_THAT(text, Not(HasSubstr("&#")));
  const std::string said =
      parsed(text).select_node("//failure").node().text().get();
  EXPECT_THAT(said, HasSubstr("ab[31m\\xFF]]>&<c>\n"));
}

TEST(Junit, OfLongStderrTheTailCounts) {
  auto record =
      fixture::record("fork/x", "broken", std::nullopt, Outcome::error);
  record.verdict = Verdict::broken_promise;
  for (int i = 0; i < 5000; ++i)
    record.err += "line " + std::to_string(i) + "\n";
  const auto text = junit({record});
  EXPECT_LT(text.size(), 4000u);
  EXPECT_THAT(text, HasSubstr("\nline 4999\n"));
}

}  // namespace
}  // namespace poolbugs::report
