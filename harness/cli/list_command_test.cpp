#include "harness/cli/list_command.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "harness/catalogue/fixture.hpp"

namespace poolbugs::cli {
namespace {

using ::testing::HasSubstr;

class List : public testing::Test {
 protected:
  List() {
    write_case(root_, "fork/held-mutex",
               catalogue::manifest("start = [\"fork\", \"spawn\"]\n",
                                   "[[\"fork\", \"hang\"]]"));
    write_case(root_, "fork/stdio",
               catalogue::manifest("start = []\n", "\"ok\"", "PB-0002"));
    options_.paths.cases = root_.path();
    options_.command = {"/x/poolbugs"};
  }

  int list() {
    out_.str("");
    err_.str("");
    return list_command(options_, out_, err_);
  }

  catalogue::TemporaryFolder root_;
  ListOptions options_;
  std::ostringstream out_, err_;
};

TEST_F(List, IsATable) {
  EXPECT_EQ(list(), 0);
  EXPECT_EQ(out_.str(),
            "fork/held-mutex  PB-0001  T (fork, spawn)\n"
            "fork/stdio       PB-0002  T (starts its own children)\n");
}

TEST_F(List, TellsOfPythonTwins) {
  for (const char* half : {"broken.py", "fixed.py"})
    root_.write(std::string("fork/stdio/") + half, "");
  root_.write(
      "fork/stdio/case.md",
      catalogue::manifest("start = []\n\"start.py\" = [\"fork\"]\n"
                          "\"broken.py\" = \"hang\"\n\"fixed.py\" = \"ok\"\n",
                          "\"ok\"", "PB-0002"));
  options_.patterns = {"stdio"};
  EXPECT_EQ(list(), 0) << err_.str();
  EXPECT_EQ(out_.str(),
            "fork/stdio  PB-0002  T (starts its own children; python: fork)\n");
  options_.json = true;
  EXPECT_EQ(list(), 0);
  const auto array = nlohmann::json::parse(out_.str());
  EXPECT_EQ(array[0]["start.py"], std::vector<std::string>{"fork"});
  EXPECT_EQ(array[0]["programs"][2]["file"], "broken.py");
}

TEST_F(List, TellsThePlatformOfAPeer) {
  options_.patterns = {"stdio"};
  options_.json = true;
  EXPECT_EQ(list(), 0);
  EXPECT_TRUE(nlohmann::json::parse(out_.str())[0]["peer"].is_null());
  root_.write("fork/stdio/case.md",
              catalogue::manifest("start = []\npeer = \"i386\"\n", "\"ok\"",
                                  "PB-0002"));
  EXPECT_EQ(list(), 0) << err_.str();
  EXPECT_EQ(nlohmann::json::parse(out_.str())[0]["peer"], "i386");
}

TEST_F(List, IsJson) {
  options_.json = true;
  options_.patterns = {"held-mutex"};
  EXPECT_EQ(list(), 0);
  const auto array = nlohmann::json::parse(out_.str());
  ASSERT_EQ(array.size(), 1u);
  EXPECT_EQ(array[0]["case"], "fork/held-mutex");
  EXPECT_EQ(array[0]["id"], "PB-0001");
  EXPECT_EQ(array[0]["start"], (std::vector<std::string>{"fork", "spawn"}));
  EXPECT_EQ(array[0]["programs"][0]["promised"][0]["when"], "fork");
}

TEST_F(List, IsATestForEachRun) {
  options_.ctest = true;
  EXPECT_EQ(list(), 0);
  for (const char* name :
       {"fork/held-mutex.broken.fork", "fork/held-mutex.broken.spawn",
        "fork/held-mutex.fixed.fork", "fork/held-mutex.fixed.spawn",
        "fork/stdio.broken", "fork/stdio.fixed"})
    EXPECT_THAT(out_.str(), HasSubstr(fmt::format(
                                "add_test([[{}]] [[/x/poolbugs]] ", name)));
}

TEST_F(List, RefusesAPatternWithoutACase) {
  options_.patterns = {"held-mutx"};
  for (const bool ctest : {false, true}) {
    options_.ctest = ctest;
    EXPECT_EQ(list(), 2);
    EXPECT_EQ(out_.str(), "");
    EXPECT_THAT(err_.str(), HasSubstr("did you mean `held-mutex`?"));
  }
}

TEST_F(List, WritesNothingIfAManifestIsFaulty) {
  write_case(root_, "fork/x", "nothing");
  options_.ctest = true;
  EXPECT_EQ(list(), 2);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), HasSubstr("fork/x/case.md:1: "));
}

}  // namespace
}  // namespace poolbugs::cli
