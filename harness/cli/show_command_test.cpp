#include "harness/cli/show_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "harness/catalogue/fixture.hpp"

namespace poolbugs::cli {
namespace {

using ::testing::HasSubstr;

class Show : public testing::Test {
 protected:
  Show() {
    write_case(
        root_, "fork/held-mutex",
        catalogue::manifest("aliases = [\"fork-mutex-held\"]\n"
                            "start = [\"fork\"]\n",
                            "[[\"fork\", [\"hang: orphaned-lock\", \"ok\"]]]"));
    write_case(root_, "fork/stdio",
               catalogue::manifest("", "\"ok\"", "PB-0002"));
  }
  int show(const std::string& pattern) {
    ShowOptions options;
    options.paths.cases = root_.path();
    options.pattern = pattern;
    return show_command(options, out_, err_);
  }

  catalogue::TemporaryFolder root_;
  std::ostringstream out_, err_;
};

TEST_F(Show, TellsTheStoryAndThePromises) {
  EXPECT_EQ(show("fork-mutex-held"), 0);
  const std::string text = out_.str();
  EXPECT_TRUE(text.starts_with("PB-0001  fork/held-mutex\nT\n\n")) << text;
  EXPECT_THAT(text, HasSubstr("starts    fork\nalso      fork-mutex-held\n"));
  EXPECT_THAT(text,
              HasSubstr("broken.cpp promises\n  fork                 hang: "
                        "orphaned-lock, or ok\n"
                        "fixed.cpp promises\n  always               ok\n"));
  EXPECT_THAT(text, HasSubstr("\nWhat you see\n------------\nB.\n"));
  EXPECT_THAT(text, HasSubstr((root_.path() / "fork" / "held-mutex").string()));
}

TEST_F(Show, WantsOneCase) {
  EXPECT_EQ(show("fork"), 2);
  EXPECT_THAT(err_.str(), HasSubstr("`fork` names 2 cases; choose one of: "
                                    "fork/held-mutex fork/stdio"));
  EXPECT_EQ(show("stdoi"), 2);
  EXPECT_THAT(err_.str(), HasSubstr("did you mean `stdio`?"));
  EXPECT_EQ(out_.str(), "");
}

}  // namespace
}  // namespace poolbugs::cli
