#include "harness/catalogue/markdown.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalogue/fixture.hpp"

namespace poolbugs::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The faults of a page, "LINE: message".
std::vector<std::string> faults_of(const std::string& text) {
  std::vector<std::string> found;
  for (const Fault& fault : read_page("case.md", text).faults)
    found.push_back(fmt::format("{}: {}", fault.line, fault.message));
  return found;
}

const std::string kToml = "```toml\nid = 1\n```\n";

TEST(Page, HasTomlAndFourBeats) {
  const std::string text = "\n" + kToml + "\n" + kStory;
  const Page page = read_page("case.md", text);
  EXPECT_TRUE(page.faults.empty());
  ASSERT_TRUE(page.toml);
  EXPECT_EQ(page.toml->text, "id = 1");
  EXPECT_EQ(page.toml->line, 3);
  ASSERT_EQ(page.story.size(), 4u);
  EXPECT_EQ(page.story[1].heading, "What you see");
  EXPECT_EQ(page.story[1].body, "B.");
}

TEST(Page, KeepsOtherFencesInTheStory) {
  std::string text = kToml + kStory;
  text += "```text\n## What goes wrong\n```\nEnd.\n\n";
  const Page page = read_page("case.md", text);
  EXPECT_TRUE(page.faults.empty());
  EXPECT_EQ(page.story.at(3).body,
            "D.\n```text\n## What goes wrong\n```\nEnd.");
}

TEST(Page, KeepsSmallerHeadingsInTheStory) {
  const std::string text = kToml + kStory + "### More\nx";
  const Page page = read_page("case.md", text);
  EXPECT_TRUE(page.faults.empty());
  EXPECT_EQ(page.story.at(3).body, "D.\n### More\nx");
}

TEST(Page, WithoutTomlSaysHowToBegin) {
  EXPECT_THAT(faults_of(kStory),
              ElementsAre(HasSubstr("1: there is no `toml` fence; begin")));
}

TEST(Page, WithTwoTomlFencesNamesBoth) {
  EXPECT_THAT(
      faults_of(kToml + kStory + kToml),
      ElementsAre(HasSubstr("12: a second `toml` fence, the first is in "
                            "line 1")));
}

TEST(Page, WithAFenceNeverClosedNamesItsLine) {
  EXPECT_THAT(faults_of("```toml\nid = 1\n" + kStory),
              ElementsAre(HasSubstr("1: this fence is never closed")));
  EXPECT_THAT(faults_of(kToml + kStory + "```sh\n"),
              ElementsAre(HasSubstr("12: this fence is never closed")));
}

TEST(Page, HasNoTextBeforeTheFence) {
  EXPECT_THAT(faults_of("\n# Title\n" + kToml + kStory),
              ElementsAre(HasSubstr("2: text before the `toml` fence")));
}

TEST(Page, HasNoTextThatBelongsNowhere) {
  EXPECT_THAT(faults_of(kToml + "\nStray.\n" + kStory),
              ElementsAre(HasSubstr("5: text before `## What goes wrong`")));
}

TEST(Page, WithoutAHeadingSaysWhich) {
  EXPECT_THAT(faults_of(kToml + "## What goes wrong\nA.\n"
                                "## What you see\nB.\n"
                                "## What fixes it\nD.\n"),
              ElementsAre(HasSubstr("9: `## What triggers it` is missing; "
                                    "the order is: What goes wrong, ")));
}

TEST(Page, WithHeadingsInAnotherOrderSaysWhich) {
  EXPECT_THAT(faults_of(kToml + "## What goes wrong\nA.\n"
                                "## What triggers it\nC.\n"
                                "## What you see\nB.\n"
                                "## What fixes it\nD.\n"),
              ElementsAre(HasSubstr("8: `## What you see` is in the wrong "
                                    "place")));
}

TEST(Page, ProposesTheHeading) {
  std::string text = kToml + kStory;
  text.replace(text.find("What you see"), 12, "What you saw");
  EXPECT_THAT(faults_of(text),
              ElementsAre(HasSubstr("did you mean `## What you see`?"),
                          HasSubstr("`## What you see` is missing")));
  EXPECT_THAT(faults_of(kToml + kStory + "## Appendix\nx\n"),
              ElementsAre(HasSubstr("write `### Appendix`")));
}

TEST(Page, HasEachHeadingOnceAndFilled) {
  EXPECT_THAT(faults_of(kToml + kStory + "## What fixes it\n\n"),
              ElementsAre(HasSubstr("12: nothing is said under"),
                          HasSubstr("12: a second `## What fixes it`")));
}

TEST(Page, ThatIsEmptyHasFaults) { EXPECT_EQ(faults_of("").size(), 5u); }

}  // namespace
}  // namespace poolbugs::catalogue
