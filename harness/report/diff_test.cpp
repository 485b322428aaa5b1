#include "harness/report/diff.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "harness/report/fixture.hpp"

namespace poolbugs::report {
namespace {

TEST(UnifiedDiff, EqualTextsHaveNone) {
  EXPECT_EQ(unified_diff("a\nb\n", "a\nb\n"), "");
  EXPECT_EQ(unified_diff("", ""), "");
}

TEST(UnifiedDiff, KeepsThreeLinesOfContext) {
  EXPECT_EQ(unified_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n",
                         "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(UnifiedDiff, DeletionsComeBeforeAdditions) {
  EXPECT_EQ(unified_diff("a\nb\n", "x\ny\nz\n"),
            "@@ -1,2 +1,3 @@\n-a\n-b\n+x\n+y\n+z\n");
}

TEST(UnifiedDiff, FarChangesAreHunksOfTheirOwn) {
  std::string before, after;
  for (int i = 1; i <= 30; ++i) {
    before += fmt::format("{}\n", i);
    after += i == 5 || i == 25 ? "new\n" : fmt::format("{}\n", i);
  }
  const auto text = unified_diff(before, after);
  EXPECT_NE(text.find("@@ -2,7 +2,7 @@"), std::string::npos);
  EXPECT_NE(text.find("@@ -22,7 +22,7 @@"), std::string::npos);
}

TEST(UnifiedDiff, EmptyFilesAndMissingLineEnds) {
  EXPECT_EQ(unified_diff("", "a\n"), "@@ -0,0 +1 @@\n+a\n");
  EXPECT_EQ(unified_diff("a\n", ""), "@@ -1 +0,0 @@\n-a\n");
  EXPECT_EQ(unified_diff("a", "a\n"),
            "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

// The judge of a diff is patch(1).
TEST(UnifiedDiff, PatchMakesTheSecondFromTheFirst) {
  if (std::system("patch --version > /dev/null 2>&1") != 0)
    GTEST_SKIP() << "needs patch(1)";
  const fixture::Folder folder;
  const auto file = folder.path() / "file", diff = folder.path() / "diff";
  std::mt19937 random(17);
  const auto text = [&](std::size_t lines) {
    std::string all;
    for (std::size_t i = 0; i < lines; ++i)
      all += fmt::format("{}\n", random() % 6);
    return all;
  };
  for (int round = 0; round < 60; ++round) {
    const auto before = text(random() % 40), after = text(random() % 40);
    fixture::spill(file, before);
    fixture::spill(diff, unified_diff(before, after));
    const auto command =
        fmt::format("patch --fuzz=0 -s -o {}.out {} {} > /dev/null 2>&1",
                    file.string(), file.string(), diff.string());
    if (before == after) continue;
    ASSERT_EQ(std::system(command.c_str()), 0) << fixture::slurp(diff);
    ASSERT_EQ(fixture::slurp(file.string() + ".out"), after);
  }
}

}  // namespace
}  // namespace poolbugs::report
