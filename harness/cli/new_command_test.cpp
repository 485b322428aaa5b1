#include "harness/cli/new_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "harness/catalogue/fixture.hpp"

namespace poolbugs::cli {
namespace {

using ::testing::HasSubstr;

class New : public testing::Test {
 protected:
  int make(const std::string& name,
           catalogue::Language language = catalogue::Language::cpp) {
    NewOptions options;
    options.language = language;
    options.paths.cases = root_.path();
    options.name = name;
    err_.str("");
    return new_command(options, out_, err_);
  }
  catalogue::Catalogue load() {
    auto loaded = catalogue::load(root_.path());
    if (auto* cases = std::get_if<catalogue::Catalogue>(&loaded)) return *cases;
    for (const auto& fault : std::get<std::vector<catalogue::Fault>>(loaded))
      ADD_FAILURE() << fault.text();
    return {};
  }

  catalogue::TemporaryFolder root_;
  std::ostringstream out_, err_;
};

TEST_F(New, WritesACaseWithoutAFault) {
  EXPECT_EQ(make("fork/held-mutex"), 0) << err_.str();
  const auto cases = load().cases;
  ASSERT_EQ(cases.size(), 1u);
  EXPECT_EQ(cases[0].name(), "fork/held-mutex");
  EXPECT_EQ(cases[0].id, "PB-0001");
  EXPECT_THAT(out_.str(), HasSubstr("poolbugs run fork/held-mutex"));
}

TEST_F(New, WritesACaseInPython) {
  ASSERT_EQ(make("fork/a", catalogue::Language::python), 0) << err_.str();
  const auto cases = load().cases;
  ASSERT_EQ(cases.size(), 1u);
  ASSERT_EQ(cases[0].programs.size(), 2u);
  EXPECT_EQ(cases[0].programs[0].file_name(), "broken.py");
  EXPECT_TRUE(cases[0].python_start.empty());
}

TEST_F(New, TakesTheIdAfterTheHighest) {
  write_case(root_, "spawn/z", catalogue::manifest("", "\"ok\"", "PB-0041"));
  write_case(root_, "spawn/a", catalogue::manifest("", "\"ok\"", "PB-0007"));
  EXPECT_EQ(make("fork/a"), 0);
  EXPECT_EQ(load().cases.at(0).id, "PB-0042");
}

TEST_F(New, HasNoIdAfterTheLast) {
  write_case(root_, "spawn/z", catalogue::manifest("", "\"ok\"", "PB-9999"));
  EXPECT_EQ(make("fork/a"), 2);
  EXPECT_FALSE(std::filesystem::exists(root_.path() / "fork"));
}

TEST_F(New, OverwritesNothing) {
  write_case(root_, "fork/a", catalogue::manifest());
  EXPECT_EQ(make("fork/a"), 2);
  EXPECT_THAT(err_.str(), HasSubstr("exists already; nothing was written"));
  EXPECT_EQ(load().cases.at(0).title, "T");
}

TEST_F(New, RefusesABadName) {
  EXPECT_EQ(make("held-mutex"), 2);
  EXPECT_THAT(err_.str(), HasSubstr("write AREA/SLUG"));
  EXPECT_EQ(make("forks/held-mutex"), 2);
  EXPECT_THAT(err_.str(), HasSubstr("`forks` is no area; choose one of: "));
  for (const char* name : {"fork/", "fork/A", "fork/a/b", "fork/../x"}) {
    EXPECT_EQ(make(name), 2) << name;
    EXPECT_THAT(err_.str(), HasSubstr("must consist of small letters"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(root_.path()));
}

TEST_F(New, WritesNothingIntoAFaultyCatalogue) {
  write_case(root_, "fork/x", "nothing");
  EXPECT_EQ(make("fork/a"), 2);
  EXPECT_FALSE(std::filesystem::exists(root_.path() / "fork/a"));
}

TEST_F(New, SaysWhichFolderItCannotMake) {
  root_.write("fork", "a file");
  EXPECT_EQ(make("fork/a"), 2);
  EXPECT_THAT(err_.str(), HasSubstr("mkdir "));
}

}  // namespace
}  // namespace poolbugs::cli
