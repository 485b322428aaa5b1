#include "harness/report/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "harness/report/fixture.hpp"
#include "harness/report/read.hpp"

namespace poolbugs::report {
namespace {

namespace fs = std::filesystem;
using catalogue::Outcome;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class WriteReports : public testing::Test {
 protected:
  /// All files below the reports with their content.
  std::map<std::string, std::string> snapshot() {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(dir_))
      if (entry.is_regular_file())
        files[entry.path().lexically_relative(dir_).generic_string()] =
            fixture::slurp(entry.path());
    return files;
  }
  Written write(const std::vector<Record>& records) {
    auto done = write_reports(corpus_, records, dir_);
    EXPECT_TRUE(done) << done.error().text;
    return done ? *done : Written{};
  }
  static std::vector<Record> of(std::vector<Record> records,
                                const std::string& platform) {
    for (auto& record : records) record.platform = platform;
    return records;
  }

  fixture::Folder folder_;
  fs::path dir_ = folder_.path() / "reports";
  catalogue::Catalogue corpus_ = fixture::corpus(folder_.path() / "cases");
};

TEST_F(WriteReports, WritesTheWholeFolder) {
  write(fixture::linux_run(1));
  std::vector<std::string> names;
  for (const auto& [name, text] : snapshot()) names.push_back(name);
  EXPECT_THAT(names,
              ElementsAre("index.md", "linux/fork/held-mutex.md",
                          "linux/fork/stdio-buffer.md", "linux/results.jsonl",
                          "linux/spawn/globals-lost.md"));
  EXPECT_THAT(snapshot()["linux/fork/held-mutex.md"],
              HasSubstr("(../../../cases/fork/held-mutex/broken.cpp)"));
  EXPECT_THAT(snapshot()["index.md"], HasSubstr("(linux/fork/held-mutex.md)"));
  EXPECT_THAT(snapshot()["linux/results.jsonl"], Not(HasSubstr("seconds")));
}

TEST_F(WriteReports, ASecondRunChangesNoByteAndTouchesNoFile) {
  write(fixture::linux_run(1));
  const auto before = snapshot();
  const auto second = write(fixture::linux_run(2));
  EXPECT_EQ(snapshot(), before);
  EXPECT_THAT(second.changed, IsEmpty());
  EXPECT_THAT(second.deleted, IsEmpty());
}

TEST_F(WriteReports, OtherPlatformsKeepTheirColumns) {
  write(of(fixture::linux_run(1), "windows-wine"));
  write(fixture::linux_run(1));
  const auto files = snapshot();
  EXPECT_THAT(files.at("index.md"), HasSubstr("windows-wine spawn"));
  EXPECT_TRUE(files.contains("windows-wine/fork/held-mutex.md"));
  EXPECT_THAT(files.at("linux/fork/held-mutex.md"),
              HasSubstr("(../../windows-wine/fork/held-mutex.md)"));
  // The pages of the others know of the new ones too.
  EXPECT_THAT(files.at("windows-wine/fork/held-mutex.md"),
              HasSubstr("(../../linux/fork/held-mutex.md)"));
}

TEST_F(WriteReports, APartialRunReplacesItsOwnRunsAlone) {
  write(fixture::linux_run(1));
  const auto before = snapshot();
  auto one = fixture::record("fork/held-mutex", "broken", StartMethod::spawn,
                             Outcome::crash);
  one.cause = "SIGSEGV";
  corpus_.cases[1].title = "A new title of a case that was not run";
  const auto written = write({one});
  EXPECT_THAT(written.changed,
              ElementsAre(dir_ / "linux/fork/held-mutex.md",
                          dir_ / "linux/results.jsonl", dir_ / "index.md"));
  const auto after = snapshot();
  EXPECT_THAT(after.at("linux/fork/held-mutex.md"),
              HasSubstr("| **linux** | hang, quiescent: orphaned-lock | crash: "
                        "SIGSEGV | ok |"));
  EXPECT_EQ(after.at("linux/fork/stdio-buffer.md"),
            before.at("linux/fork/stdio-buffer.md"));
  // And back.
  corpus_.cases[1].title =
      "A line that was printed once comes out twice | "
      "thrice";
  write(fixture::linux_run(5));
  EXPECT_EQ(snapshot(), before);
}

TEST_F(WriteReports, CasesThatAreGoneGoFromTheReports) {
  write(fixture::linux_run(1));
  fixture::spill(dir_ / "linux/fork/notes.md", "written by hand");
  corpus_.cases.erase(corpus_.cases.begin());
  auto records = fixture::linux_run(1);
  const auto written = write(records);
  EXPECT_THAT(written.deleted, ElementsAre(dir_ / "linux/fork/held-mutex.md"));
  EXPECT_THAT(written.unknown, ElementsAre("fork/held-mutex"));
  EXPECT_TRUE(fs::exists(dir_ / "linux/fork/notes.md"));
  EXPECT_THAT(snapshot()["linux/results.jsonl"], Not(HasSubstr("held-mutex")));

  corpus_.cases.pop_back();  // spawn/globals-lost, the last of its area
  write(records);
  EXPECT_FALSE(fs::exists(dir_ / "linux/spawn"));
}

TEST_F(WriteReports, APartialRunDeletesNothing) {
  write(fixture::linux_run(1));
  corpus_.cases.erase(corpus_.cases.begin());
  const auto written = write({fixture::record("fork/stdio-buffer", "fixed",
                                              std::nullopt, Outcome::ok)});
  EXPECT_THAT(written.deleted, IsEmpty());
  EXPECT_TRUE(fs::exists(dir_ / "linux/fork/held-mutex.md"));
}

TEST_F(WriteReports, AStartMethodThatIsNoLongerAskedLeaves) {
  write(fixture::linux_run(1));
  corpus_.cases[0].start = {StartMethod::fork};
  write({fixture::record("fork/stdio-buffer", "fixed", std::nullopt,
                         Outcome::ok)});
  const auto file = read_records(dir_ / "linux/results.jsonl");
  ASSERT_TRUE(file);
  for (const auto& record : file->records) {
    if (record.case_name != "fork/held-mutex") continue;
    EXPECT_EQ(record.start_method, StartMethod::fork);
  }
}

TEST_F(WriteReports, ResultsThatCannotBeReadAreNotOverwritten) {
  fixture::spill(dir_ / "windows/results.jsonl", "half a li");
  const auto done = write_reports(corpus_, fixture::linux_run(1), dir_);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().text, HasSubstr("windows/results.jsonl:1"));
  EXPECT_EQ(fixture::slurp(dir_ / "windows/results.jsonl"), "half a li");
  // Nor by a whole run of that platform: they may be of other runtimes.
  EXPECT_FALSE(
      write_reports(corpus_, of(fixture::linux_run(1), "windows"), dir_));
  EXPECT_EQ(fixture::slurp(dir_ / "windows/results.jsonl"), "half a li");
}

TEST_F(WriteReports, AnUnwritableFolderIsAnError) {
  fixture::spill(dir_, "a file in the way");
  const auto done = write_reports(corpus_, fixture::linux_run(1), dir_);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().text, HasSubstr(dir_.string()));
  EXPECT_EQ(fixture::slurp(dir_), "a file in the way");
}

TEST_F(WriteReports, AFullDiskTruncatesNothing) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
  write(fixture::linux_run(1));
  const auto before = snapshot();
  auto records = fixture::linux_run(1);
  for (auto& record : records) record.out += "more\n";
  fs::create_symlink("/dev/full", dir_ / "linux/results.jsonl.new");
  fs::create_symlink("/dev/full", dir_ / "linux/fork/held-mutex.md.new");
  const auto done = write_reports(corpus_, records, dir_);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().text, HasSubstr("held-mutex.md"));
  EXPECT_EQ(snapshot(), before);
}

TEST_F(WriteReports, ASourceThatIsMissingIsNamed) {
  fs::remove(corpus_.cases[0].folder / "fixed.cpp");
  const auto done = write_reports(corpus_, fixture::linux_run(1), dir_);
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().text, HasSubstr("held-mutex/fixed.cpp"));
}

TEST_F(WriteReports, EnvironmentLeavesOutWhatIsNotKnown) {
  ASSERT_TRUE(write_environment({.kernel = "6.1", .compiler = "g++ 12"}, dir_,
                                "linux"));
  const auto text = snapshot()["linux/environment.md"];
  EXPECT_THAT(text, HasSubstr("| kernel | 6.1 |"));
  EXPECT_THAT(text, Not(HasSubstr("Boost")));
}

TEST_F(WriteReports, GithubSummaryIsShort) {
  const auto text = github_summary(corpus_, fixture::linux_run(1));
  EXPECT_THAT(text, HasSubstr("- linux: 12 runs: 10 as promised"));
  EXPECT_THAT(text, HasSubstr("`poolbugs run spawn/globals-lost"));
  EXPECT_THAT(text, HasSubstr("<details>"));
  EXPECT_THAT(text, HasSubstr("| fork/held-mutex | hang: orphaned-lock → ok"));
  EXPECT_THAT(text, Not(HasSubstr("windows")));
}

class WriteReportsOfPython : public WriteReports {
 protected:
  WriteReportsOfPython() {
    corpus_ = fixture::python_corpus(folder_.path() / "cases");
  }
  static std::vector<Record> both(unsigned seed) {
    auto records = fixture::linux_run(seed);
    const auto python = fixture::python_run(seed);
    records.insert(records.end(), python.begin(), python.end());
    return records;
  }
};

TEST_F(WriteReportsOfPython, WritesPagesOfEitherLanguageAndOfBoth) {
  write(both(1));
  const auto files = snapshot();
  EXPECT_TRUE(files.contains("cpython.md"));
  EXPECT_THAT(files.at("cpython.md"), HasSubstr("(linux/async/lost-error.md)"));
  EXPECT_THAT(files.at("index.md"), HasSubstr("(cpython.md)"));
  EXPECT_FALSE(files.contains("linux/async/not-yet.md"));
  EXPECT_THAT(files.at("linux/async/lost-error.md"),
              HasSubstr("-import broken\n+import fixed\n"));
  const auto& page = files.at("linux/fork/held-mutex.md");
  const auto cpp = page.find("### In C++"), python = page.find("### In Python");
  EXPECT_LT(cpp, page.find("-  std::thread logger(hold);"));
  EXPECT_LT(page.find("-  std::thread logger(hold);"), python);
  EXPECT_LT(python, page.find("-import broken"));
}

TEST_F(WriteReportsOfPython, ASecondRunChangesNoByteAndTouchesNoFile) {
  write(both(1));
  const auto before = snapshot();
  EXPECT_THAT(write(both(2)).changed, IsEmpty());
  EXPECT_EQ(snapshot(), before);
}

TEST_F(WriteReportsOfPython, AUsualRunKeepsWhatAllInterpretersDid) {
  write(both(1));
  const auto before = snapshot();
  auto usual = fixture::linux_run(2);
  for (const auto& record : fixture::python_run(2))
    if (record.runtime == "cpython-3.13.0" &&
        (!record.start_method ||
         record.start_method == StartMethod::forkserver))
      usual.push_back(record);
  EXPECT_THAT(write(usual).changed, IsEmpty());
  EXPECT_EQ(snapshot(), before);
}

TEST_F(WriteReportsOfPython, WithoutResultsThePageGoes) {
  write(both(1));
  std::erase_if(corpus_.cases, [](auto& item) { return item.start.empty(); });
  for (auto& item : corpus_.cases)
    std::erase_if(item.programs, [](auto& program) {
      return program.language == catalogue::Language::python;
    });
  const auto written = write(fixture::linux_run(1));
  EXPECT_THAT(written.deleted, testing::Contains(dir_ / "cpython.md"));
  EXPECT_FALSE(fs::exists(dir_ / "cpython.md"));
  // But never what somebody else wrote.
  fixture::spill(dir_ / "cpython.md", "by hand");
  write(fixture::linux_run(1));
  EXPECT_EQ(snapshot()["cpython.md"], "by hand");
}

TEST_F(WriteReportsOfPython, GithubSummaryTellsOfThem) {
  const auto text = github_summary(corpus_, both(1));
  EXPECT_THAT(text, HasSubstr("- linux, CPython 2.7, 3.6"));
  EXPECT_THAT(text, HasSubstr("**2 of 3 failures"));
}

}  // namespace
}  // namespace poolbugs::report
