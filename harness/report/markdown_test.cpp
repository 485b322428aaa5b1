#include "harness/report/markdown.hpp"

#include <gtest/gtest.h>

namespace poolbugs::report {
namespace {

TEST(Prose, NothingIsMarkup) {
  EXPECT_EQ(md::prose("a <b> *c* [d] e_ _f g_h"),
            "a \\<b\\> \\*c\\* \\[d\\] e\\_ \\_f g_h");
  EXPECT_EQ(md::prose("# one"), "\\# one");
  EXPECT_EQ(md::prose("- one"), "\\- one");
  EXPECT_EQ(md::prose("12. one"), "12\\. one");
  EXPECT_EQ(md::prose("6.1"), "6.1");
  EXPECT_EQ(md::prose("it took 12. Then"), "it took 12. Then");
  EXPECT_EQ(md::prose("two\nlines"), "two lines");
}

TEST(Prose, CodeStaysCode) {
  EXPECT_EQ(md::prose("in `a*b` and <x>"), "in `a*b` and \\<x\\>");
  EXPECT_EQ(md::prose("a ` alone"), "a \\` alone");
  EXPECT_EQ(md::prose("``"), "\\`\\`");
}

TEST(Code, SurvivesBackticks) {
  EXPECT_EQ(md::code("a"), "`a`");
  EXPECT_EQ(md::code("a``b"), "``` a``b ```");
}

TEST(Fence, IsLongerThanWhatItHolds) {
  EXPECT_EQ(md::fence("a\n"), "```text\na\n```\n");
  EXPECT_EQ(md::fence("a"), "```text\na\n```\n");
  EXPECT_EQ(md::fence("````\n", "diff"), "`````diff\n````\n`````\n");
}

TEST(Table, BarsAndLineEndsStayInTheirCell) {
  EXPECT_EQ(md::header({"a", "b"}), "| a | b |\n|---|---|\n");
  EXPECT_EQ(md::row({"`x|y`", "two\nlines"}), "| `x\\|y` | two lines |\n");
}

TEST(Link, IssuesAndUrls) {
  EXPECT_EQ(md::url("python/cpython#50970"),
            "https://github.com/python/cpython/issues/50970");
  EXPECT_EQ(md::link("a.b/c-d#1"),
            "[a.b/c-d#1](<https://github.com/a.b/c-d/issues/1>)");
  EXPECT_EQ(md::link("https://x.org/y_z(1)/"),
            "[x.org/y_z(1)](<https://x.org/y_z(1)/>)");
  EXPECT_EQ(md::link("fork(2) <man>"), "fork(2) \\<man\\>");
}

TEST(LinkIssues, OutsideOfCode) {
  EXPECT_EQ(md::link_issues("Seen (a/b#1), `a/b#2`, a/b.c#3.\n"),
            "Seen ([a/b#1](https://github.com/a/b/issues/1)), `a/b#2`, "
            "[a/b.c#3](https://github.com/a/b.c/issues/3).\n");
  for (const std::string same :
       {"[a/b#1](https://x.org)", "https://x.org/a/b#1", "    a/b#1",
        "```\na/b#1\n```\n", "`in code", "", "\n", "C#7, #12 and/or #3"})
    EXPECT_EQ(md::link_issues(same), same);
}

TEST(Details, SummaryIsPlainText) {
  EXPECT_EQ(md::details("a <b> & c", "x\n"),
            "<details><summary>a &lt;b&gt; &amp; c</summary>\n\nx\n\n"
            "</details>\n");
}

TEST(Lead, FirstSentences) {
  EXPECT_EQ(md::lead("It hangs. Then more of it that nobody quotes. Third."),
            "It hangs. Then more of it that nobody quotes.");
  EXPECT_EQ(md::lead("This first sentence alone is surely long enough to tell "
                     "a reader everything. Second."),
            "This first sentence alone is surely long enough to tell a reader "
            "everything.");
  EXPECT_EQ(md::lead("\nOne line,\n> quoted e.g. so, `a. B` inside.\n\nNext."),
            "One line, quoted e.g. so, `a. B` inside.");
  EXPECT_EQ(md::lead("The end is near\n```\ncode\n```\n"), "The end is near");
  EXPECT_EQ(md::lead(""), "");
}

}  // namespace
}  // namespace poolbugs::report
