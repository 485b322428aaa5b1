// What is written, read by cmake and ctest; "poolbugs" is a shell script.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "harness/catalogue/fixture.hpp"
#include "harness/cli/cmake_tests.hpp"

namespace poolbugs::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// What CMake itself makes of the text.
TEST(CmakeQuoted, IsReadByCmakeAsItWas) {
  const catalogue::TemporaryFolder folder;
  std::string script = "set(n 0)\n";
  const std::vector<std::string> texts{
      "", "a b;c", "]", "]]", "]=]", "a]=", "\n\nx", "${n}\\n\"#", "x]=]]"};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    folder.write(std::to_string(i), texts[i]);
    script += fmt::format("file(READ {} want)\nset(got {})\n",
                          (folder.path() / std::to_string(i)).string(),
                          cmake_quoted(texts[i]));
    script +=
        "if(NOT got STREQUAL want)\n"
        "  message(FATAL_ERROR \"<${got}> is not <${want}>\")\nendif()\n";
  }
  folder.write("script.cmake", script);
  const std::string call =
      "cmake -P " + (folder.path() / "script.cmake").string();
  EXPECT_EQ(std::system(call.c_str()), 0);
}

/// Runs ctest on one test whose "poolbugs" prints `output` and ends with
/// `status`.
std::string ctest_says(const std::string& output, int status) {
  const catalogue::TemporaryFolder folder;
  folder.write("pool bugs;.sh", fmt::format("#!/bin/sh\nprintf '{}'\nexit {}\n",
                                            output, status));
  const auto tool = folder.path() / "pool bugs;.sh";
  std::filesystem::permissions(tool, std::filesystem::perms::owner_all);
  plan::PlannedRun run;
  run.item.area = "fork";
  run.item.slug = "a";
  run.program.name = "fixed";
  folder.write("CTestTestfile.cmake",
               cmake_test(run, {tool.string()}, {}, "linux"));
  const auto log = folder.path() / "log";
  const std::string call = fmt::format("cd {} && ctest -L fork > {} 2>&1",
                                       folder.path().string(), log.string());
  const int ended = std::system(call.c_str());
  std::ostringstream text;
  text << std::ifstream(log).rdbuf() << "status " << (ended != 0);
  return text.str();
}

TEST(CmakeTest, IsUnderstoodByCtest) {
  EXPECT_THAT(ctest_says("every promise was kept\\n", 0),
              AllOf(HasSubstr("100% tests passed"), HasSubstr("status 0")));
  EXPECT_THAT(ctest_says("1 promise was broken\\n", 1), HasSubstr("Failed"));
}

TEST(CmakeTest, IsSkippedOnlyByTheSummary) {
  EXPECT_THAT(ctest_says("\\n1 not run, unsupported here:\\n  reason\\n", 0),
              HasSubstr("Skipped"));
  EXPECT_THAT(ctest_says("    what(): unsupported version\\n", 1),
              HasSubstr("Failed"));
}

}  // namespace
}  // namespace poolbugs::cli
