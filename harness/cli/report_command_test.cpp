// `poolbugs report FILE… --to DIR` on what five platforms recorded: real
// journals of a few cases, those of other systems than Linux made from them by
// hand. The one of Windows has that system's line ends.
#include "harness/cli/report_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "harness/catalogue/fixture.hpp"
#include "harness/report/files.hpp"

namespace poolbugs::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Names = std::vector<std::string>;

const fs::path kRecorded =
    fs::path(POOLBUGS_SOURCE_DIR) / "harness/report/recorded";
const Names kAll = {"linux", "windows", "macos", "i386", "s390x"};

class ReportOfPlatforms : public testing::Test {
 protected:
  ReportOfPlatforms() {
    add("channel/interleaved-writes", "PB-0001", "needs = [\"linux\"]\n");
    add("fork/held-mutex", "PB-0002", "start = [\"fork\", \"spawn\"]\n");
    add("fork/stdio-buffer", "PB-0003", "start = []\nneeds = [\"can_fork\"]\n");
    add("lifecycle/worker-killed", "PB-0004",
        "start = [\"fork\", \"spawn\"]\n");
    add("macos/never-tried", "PB-0005",
        "start = [\"fork\"]\nneeds = [\"macos\"]\n");
    add("serialization/deep-recursion", "PB-0006",
        "start = [\"fork\", \"spawn\"]\n");
    add("serialization/newer-class-version", "PB-0007",
        "start = [\"spawn\"]\n");
    add("windows/text-mode", "PB-0008", "start = []\nneeds = [\"windows\"]\n");
  }

  void add(const std::string& name, const std::string& id,
           const std::string& keys) {
    const bool starts = keys.find("start") != std::string::npos;
    catalogue::write_case(
        root_, "cases/" + name,
        catalogue::manifest(
            (starts ? "" : "start = [\"fork\", \"spawn\"]\n") + keys,
            "\"leak\"", id));
  }

  struct Ended {
    int code;
    std::string out, err;
  };
  Ended merge(const std::vector<fs::path>& files) {
    ReportOptions options;
    options.paths.cases = root_.path() / "cases";
    options.files = files;
    options.to = reports_;
    std::ostringstream out, err;
    const int code = report_command(options, out, err);
    return {code, out.str(), err.str()};
  }
  Ended merge_of(const Names& platforms) {
    std::vector<fs::path> files;
    for (const auto& name : platforms)
      files.push_back(kRecorded / (name + ".jsonl"));
    return merge(files);
  }

  /// Every file of the reports with its content.
  std::map<std::string, std::string> written() {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(reports_))
      if (entry.is_regular_file())
        files[entry.path().lexically_relative(reports_).generic_string()] =
            *report::read_file(entry.path());
    return files;
  }
  std::string page(const std::string& name) {
    const auto text = report::read_file(reports_ / name);
    return text ? *text : "there is no " + name;
  }
  static std::string recorded(const std::string& platform) {
    return *report::read_file(kRecorded / (platform + ".jsonl"));
  }
  /// A file with this content.
  fs::path file(const std::string& name, const std::string& text) {
    root_.write(name, text);
    return root_.path() / name;
  }

  catalogue::TemporaryFolder root_;
  fs::path reports_ = root_.path() / "reports";
};

/// From a heading to the next.
std::string part(const std::string& text, const std::string& heading) {
  const auto begin = text.find(heading);
  if (begin == std::string::npos) return "there is no " + heading;
  return text.substr(begin, text.find("\n#", begin + 1) - begin);
}

TEST_F(ReportOfPlatforms, TheFrontPageAnswersTheQuestion) {
  const auto ended = merge_of(kAll);
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(ended.err, "");
  EXPECT_THAT(
      page("index.md"),
      AllOf(HasSubstr("**Does my pool behave the same on Windows?** Of 6 "
                      "failures in C++ that were tried on both linux and "
                      "windows, 2 are the same there under spawn, 1 differs, 2 "
                      "cannot happen there, because there is no fork, and 1 "
                      "was not run there, because it needs what is not there. "
                      "1 more can happen on windows alone.\n"),
            HasSubstr("**Does my pool behave the same on macOS?** Of 6 "
                      "failures in C++ that were tried on both linux and "
                      "macos, 5 are the same there, none differs, and 1 was "
                      "not run there, because it needs what is not there.\n"),
            Not(HasSubstr("*Never run*:"))));
}

TEST_F(ReportOfPlatforms, RowsThatDifferComeFirstAndSpawnStandsBesideSpawn) {
  ASSERT_EQ(merge_of(kAll).code, 0);
  const auto text = page("index.md");
  EXPECT_EQ(
      part(text, "### Where the platform decides"),
      "### Where the platform decides\n\n"
      "| case | linux fork | linux spawn | windows spawn | macos fork | macos "
      "spawn |\n|---|---|---|---|---|---|\n"
      "| [lifecycle/worker-killed](linux/lifecycle/worker-killed.md) | hang: "
      "eof-never-comes → ok | hang: eof-never-comes → ok | clear-error → ok | "
      "hang: eof-never-comes → ok | hang: eof-never-comes → ok |\n");
  EXPECT_EQ(
      part(text, "### Where the start method decides"),
      "### Where the start method decides\n\n"
      "| case | linux fork | linux spawn | windows spawn | macos fork | macos "
      "spawn |\n|---|---|---|---|---|---|\n"
      "| [fork/held-mutex](linux/fork/held-mutex.md) | hang: orphaned-lock → "
      "ok | ok | ok | hang: orphaned-lock → ok | ok |\n");
  const auto alike = part(text, "### The same wherever it ran");
  EXPECT_THAT(alike, HasSubstr("crash: SIGSEGV → ok | crash: 0xC00000FD → ok"));
  EXPECT_LT(text.find("### Where the platform"), text.find("### Where the s"));
  EXPECT_LT(text.find("### Where the start"), text.find("### The same"));
}

TEST_F(ReportOfPlatforms, WhatOneSystemHasTellsWhyTheOthersHaveNot) {
  ASSERT_EQ(merge_of(kAll).code, 0);
  EXPECT_EQ(part(page("index.md"), "### On one system alone"),
            "### On one system alone\n\n"
            "| case | on | what happens | not on |\n|---|---|---|---|\n"
            "| [channel/interleaved-writes](linux/channel/interleaved-writes."
            "md) | linux | wrong-result → ok | windows: needs linux<br>macos: "
            "needs linux |\n"
            "| [windows/text-mode](windows/windows/text-mode.md) | windows | "
            "wrong-result → ok | linux: needs windows<br>macos: needs windows "
            "|\n");
}

TEST_F(ReportOfPlatforms, OtherProcessorsHaveATableOfWhatDiffers) {
  ASSERT_EQ(merge_of(kAll).code, 0);
  const auto text = part(page("index.md"), "### On other processors");
  EXPECT_THAT(text, HasSubstr("i386 is Linux with 32-bit programs, s390x is "
                              "Linux, 64-bit and big-endian."));
  EXPECT_THAT(text, HasSubstr("1 of 2 failures is the same"));
  EXPECT_THAT(
      text, HasSubstr("| case | linux | i386 | s390x |\n|---|---|---|---|\n"
                      "| [serialization/newer-class-version](linux/"
                      "serialization/newer-class-version.md) | wrong-result → "
                      "ok | wrong-result → ok | crash: SIGABRT → ok |\n"));
  // Nobody else has a column of them.
  EXPECT_THAT(part(page("index.md"), "### The same wherever"),
              Not(HasSubstr("i386")));
}

TEST_F(ReportOfPlatforms, WhatNeverRanIsNeverGreen) {
  ASSERT_EQ(merge_of(kAll).code, 0);
  EXPECT_THAT(part(page("index.md"), "### Never run"),
              HasSubstr("macos/never-tried](../cases/macos/never-tried) | "
                        "macos | *never run*; promised: `leak` |\n"));
}

TEST_F(ReportOfPlatforms, PagesTellThePlatformsApart) {
  ASSERT_EQ(merge_of(kAll).code, 0);
  const auto mutex = page("linux/fork/held-mutex.md");
  EXPECT_THAT(
      mutex,
      HasSubstr("| **linux** | hang, proven: orphaned-lock | ok |\n"
                "| [windows](../../windows/fork/held-mutex.md) | – | ok |\n"
                "| [macos](../../macos/fork/held-mutex.md) | hang, quiescent: "
                "orphaned-lock | ok |\n\nNot run on windows: there is no "
                "fork.\n\n"));
  EXPECT_THAT(page("s390x/serialization/newer-class-version.md"),
              HasSubstr("| **s390x** | crash: SIGABRT |\n"));
  // A case has a page where it could run.
  const auto files = written();
  EXPECT_TRUE(files.contains("windows/windows/text-mode.md"));
  EXPECT_FALSE(files.contains("linux/windows/text-mode.md"));
  EXPECT_FALSE(files.contains("windows/fork/stdio-buffer.md"));
  EXPECT_FALSE(files.contains("s390x/fork/held-mutex.md"));
}

TEST_F(ReportOfPlatforms, PathsAndLineEndsOfWindowsDoNotShow) {
  ASSERT_THAT(recorded("windows"), HasSubstr("}\r\n{"));
  ASSERT_EQ(merge_of(kAll).code, 0);
  EXPECT_THAT(page("windows/windows/text-mode.md"),
              HasSubstr("written to /tmp/pool-<random>/tasks\n"));
  for (const auto& [name, text] : written())
    EXPECT_EQ(text.find('\r'), std::string::npos) << name;
}

TEST_F(ReportOfPlatforms, TheOrderOfFilesDoesNotMatter) {
  ASSERT_EQ(merge_of(kAll).code, 0);
  const auto first = written();
  auto order = kAll;
  std::ranges::sort(order);
  for (int turn = 0; turn < 6; ++turn) {
    std::ranges::next_permutation(order);
    fs::remove_all(reports_);
    ASSERT_EQ(merge_of(order).code, 0);
    EXPECT_EQ(written(), first);
  }
}

TEST_F(ReportOfPlatforms, NorDoesItWhichOfThemWereThereBefore) {
  ASSERT_EQ(merge_of(kAll).code, 0);
  const auto first = written();
  for (const Names& order :
       {Names{"s390x", "windows", "linux", "i386", "macos"},
        Names{"macos", "linux", "i386", "windows", "s390x"}}) {
    fs::remove_all(reports_);
    for (const auto& name : order) ASSERT_EQ(merge_of(Names{name}).code, 0);
    EXPECT_EQ(written(), first);
  }
}

TEST_F(ReportOfPlatforms, AFileThatIsGivenTwiceChangesNothing) {
  ASSERT_EQ(merge_of(kAll).code, 0);
  const auto first = written();
  fs::remove_all(reports_);
  auto twice = kAll;
  twice.insert(twice.begin(), kAll.rbegin(), kAll.rend());
  ASSERT_EQ(merge_of(twice).code, 0);
  EXPECT_EQ(written(), first);
}

TEST_F(ReportOfPlatforms, TwoJobsThatDisagreeAreBothTold) {
  auto other = recorded("linux");
  const std::string was = R"("outcome":"duplicate")";
  ASSERT_NE(other.find(was), std::string::npos);
  other.replace(other.find(was), was.size(), R"("outcome":"ok")");
  const auto clang = file("clang.jsonl", other);
  for (const auto& files : {std::vector{kRecorded / "linux.jsonl", clang},
                            std::vector{clang, kRecorded / "linux.jsonl"}}) {
    fs::remove_all(reports_);
    ASSERT_EQ(merge(files).code, 0);
    EXPECT_THAT(page("index.md"),
                HasSubstr("stdio-buffer.md) | duplicate or ok → ok |"));
  }
}

TEST_F(ReportOfPlatforms, AMissingPlatformIsNeverRun) {
  ASSERT_EQ(merge_of(Names{"linux", "s390x"}).code, 0);
  const auto text = page("index.md");
  EXPECT_THAT(text, AllOf(HasSubstr("*Never run*: windows, macos.\n"),
                          HasSubstr("- windows: *never run*\n"),
                          HasSubstr("- macos: *never run*\n"),
                          Not(HasSubstr("Does my pool behave the same on "
                                        "Windows?** Of")),
                          Not(HasSubstr("windows spawn"))));
  EXPECT_THAT(page("linux/fork/held-mutex.md"),
              HasSubstr("*Never run* on windows, macos.\n"));
  // Of what needs Windows, only that is told.
  EXPECT_THAT(page("linux/windows/text-mode.md"),
              HasSubstr("Not run on linux: needs windows.\n"
                        "*Never run* on windows.\n"));
}

TEST_F(ReportOfPlatforms, WineStandsInForWindowsUnderItsOwnName) {
  auto wine = recorded("windows");
  const std::string was = R"("platform":"windows")";
  for (auto at = wine.find(was); at != std::string::npos;
       at = wine.find(was, at + 1))
    wine.replace(at, was.size(), R"("platform":"windows-wine")");
  ASSERT_EQ(merge({file("wine.jsonl", wine), kRecorded / "linux.jsonl"}).code,
            0);
  const auto text = page("index.md");
  EXPECT_THAT(text, AllOf(HasSubstr("tried on both linux and windows-wine,"),
                          HasSubstr("windows-wine is Windows programs under "
                                    "Wine on Linux, not Windows.\n"),
                          HasSubstr("*Never run*: windows, macos.\n"),
                          HasSubstr("| linux spawn | windows-wine spawn |")));
  const auto mutex = page("linux/fork/held-mutex.md");
  EXPECT_THAT(mutex, HasSubstr("*Never run* on windows (windows-wine is "
                               "Windows programs under Wine on Linux, not "
                               "Windows), macos.\n"));
  EXPECT_THAT(mutex, Not(HasSubstr("| windows |")));
}

TEST_F(ReportOfPlatforms, AnUnknownPlatformIsNamedAndNothingIsWritten) {
  auto text = recorded("macos");
  const std::string was = R"("platform":"macos")";
  text.replace(text.find(was), was.size(), R"("platform":"beos")");
  const auto ended = merge({file("strange.jsonl", text)});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("strange.jsonl:2: `platform` cannot be "
                                   "\"beos\"; there are linux, i386"));
  EXPECT_FALSE(fs::exists(reports_));
}

TEST_F(ReportOfPlatforms, ABrokenLineIsNamedAndNothingIsWritten) {
  auto text = recorded("macos");
  text.replace(text.find("\n{\"case\"") + 1, 1, "");
  const auto ended =
      merge({kRecorded / "linux.jsonl", file("broken.jsonl", text)});
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("broken.jsonl:2: not a line of JSON"));
  EXPECT_FALSE(fs::exists(reports_));
}

}  // namespace
}  // namespace poolbugs::cli
