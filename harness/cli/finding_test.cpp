#include "harness/cli/finding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/catalogue/fixture.hpp"

namespace poolbugs::cli {
namespace {

using catalogue::Grade;
using catalogue::Outcome;
using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Finding hang() {
  Finding finding;
  finding.command = {"./my prog", "it's", "\x1b[31m|`"};
  finding.outcome = Outcome::hang;
  finding.grade = Grade::proven;
  finding.cause = "lock-cycle";
  finding.seconds = 0.25;
  finding.status = 120;
  finding.explanation = {"Thread 1 waits for thread 2.", "\xff and | so on"};
  finding.mermaid = "graph LR\n  n1[\"parent\"]\n";
  finding.threads = {{"parent", "my | prog", 10, 1, 10, "waits in futex",
                      "lock", wait::Outlook::never},
                     {"parent", "my | prog", 10, 2, 11, "waits in futex", "",
                      wait::Outlook::never}};
  finding.cases = {{{"fork/a", "PB-0001", "A | title"}}, 2};
  finding.stacks = {
      {10, {{11, {{"f", "a.cpp", 3}, {"?", "libx.so", 0}}, {}, ""}}, "", ""}};
  return finding;
}

TEST(Finding, JsonHoldsWhatTheDesignNames) {
  const auto json = to_json(hang());
  EXPECT_EQ(json["command"][1], "it's");
  EXPECT_EQ(json["outcome"], "hang");
  EXPECT_EQ(json["grade"], "proven");
  EXPECT_EQ(json["cause"], "lock-cycle");
  EXPECT_EQ(json["seconds"], 0.25);
  EXPECT_EQ(json["exit_code"], nullptr);
  EXPECT_EQ(json["signal"], nullptr);
  EXPECT_EQ(json["status"], 120);
  EXPECT_EQ(json["explanation"][1], "\\xFF and | so on");
  EXPECT_EQ(json["threads"][1]["thread"], 11);
  EXPECT_EQ(json["cases"][0]["case"], "fork/a");
  EXPECT_EQ(json["stacks"][0]["native"][0]["line"], 3);
  EXPECT_FALSE(json.contains("pid"));
  EXPECT_NO_THROW((void)json.dump());
}

TEST(Finding, JsonOfAProcessHasItsId) {
  Finding finding = hang();
  finding.process = 10;
  EXPECT_EQ(to_json(finding)["pid"], 10);
  EXPECT_FALSE(to_json(finding).contains("command"));
}

TEST(Finding, ThePageReadsWellAndNothingInItIsMarkup) {
  const std::string page = to_markdown(hang());
  EXPECT_THAT(page, AllOf(HasSubstr("# hang, proven: lock-cycle"),
                          HasSubstr("```mermaid\ngraph LR"),
                          HasSubstr("my \\| prog"), HasSubstr("A \\| title"),
                          HasSubstr("f (a.cpp:3) ← ? (libx.so)"),
                          HasSubstr("poolbugs watch -- './my prog' "
                                    "'it'\\''s' '")));
  EXPECT_THAT(page, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\xff"))));
}

TEST(Finding, TheStoryIsForATerminal) {
  Finding finding = hang();
  EXPECT_THAT(headline(finding),
              AllOf(HasSubstr("proved"), HasSubstr("lock-cycle")));
  EXPECT_THAT(story(finding),
              AllOf(HasSubstr("Thread 1 waits"), Not(HasSubstr("\xff")),
                    HasSubstr("parent, thread 2: f (a.cpp:3)"),
                    HasSubstr("poolbugs show fork/a")));
  EXPECT_THAT(thread_table(finding), HasSubstr("waits in futex at lock"));
}

}  // namespace
}  // namespace poolbugs::cli
