// What `poolbugs new` writes, compiled and run.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "harness/catalogue/fixture.hpp"
#include "harness/cli/new_command.hpp"

namespace poolbugs::cli {
namespace {

int make(const catalogue::TemporaryFolder& root, catalogue::Language language) {
  NewOptions options;
  options.language = language;
  options.paths.cases = root.path();
  options.name = "fork/a";
  std::ostringstream out, err;
  return new_command(options, out, err);
}

TEST(NewPrograms, KeepTheirPromises) {
  const catalogue::TemporaryFolder root;
  ASSERT_EQ(make(root, catalogue::Language::cpp), 0);
  const std::string folder = (root.path() / "fork/a").string();
  const auto run = [&](const std::string& program, const std::string& says) {
    const std::string call = fmt::format(
        "c++ -std=c++20 -Wall -Wextra -Werror -I '{0}' -o {1}/{2} {1}/{2}.cpp "
        "&& {1}/{2} | grep -qx 'observed: {3}'",
        POOLBUGS_SOURCE_DIR, folder, program, says);
    return std::system(call.c_str());
  };
  EXPECT_EQ(run("broken", "1"), 0);
  EXPECT_EQ(run("fixed", "2"), 0);
}

TEST(NewPrograms, KeepTheirPromisesInPython) {
  const catalogue::TemporaryFolder root;
  ASSERT_EQ(make(root, catalogue::Language::python), 0);
  if (std::system("python3 -c '' 2> /dev/null") != 0)
    GTEST_SKIP() << "no python3 here";
  for (const auto& [name, says] : {std::pair{"broken", 1}, {"fixed", 2}}) {
    const std::string call =
        fmt::format("python3 {}/fork/a/{}.py | grep -qx 'observed: {}'",
                    root.path().string(), name, says);
    EXPECT_EQ(std::system(call.c_str()), 0) << name;
  }
}

}  // namespace
}  // namespace poolbugs::cli
