#include "harness/catalogue/catalogue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalogue/fixture.hpp"

namespace poolbugs::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Load : public testing::Test {
 protected:
  std::vector<std::string> names() {
    auto loaded = load(root_.path());
    if (auto* faults = std::get_if<std::vector<Fault>>(&loaded)) {
      std::vector<std::string> texts;
      for (const Fault& fault : *faults) {
        std::string text = fault.text();
        // Below the folder in which the tests run, paths are relative to it.
        const auto here = std::filesystem::current_path();
        for (const auto& shown :
             {root_.path(), root_.path().lexically_relative(here)})
          for (std::size_t at = 0;
               !shown.empty() &&
               (at = text.find(shown.generic_string() + "/")) != text.npos;)
            text.erase(at, shown.generic_string().size() + 1);
        texts.push_back("fault " + text);
      }
      return texts;
    }
    std::vector<std::string> found;
    for (const Case& item : std::get<Catalogue>(loaded).cases)
      found.push_back(item.name());
    return found;
  }

  TemporaryFolder root_;
};

TEST_F(Load, SortsByAreaAndSlug) {
  write_case(root_, "spawn/a", manifest("", "\"ok\"", "PB-0001"));
  write_case(root_, "fork/z", manifest("", "\"ok\"", "PB-0002"));
  write_case(root_, "fork/b", manifest("", "\"ok\"", "PB-0003"));
  EXPECT_THAT(names(), ElementsAre("fork/b", "fork/z", "spawn/a"));
}

TEST_F(Load, PassesOverWhatIsNoCase) {
  write_case(root_, "fork/a", manifest());
  root_.write("CMakeLists.txt", "");
  root_.write("common/x/say.hpp", "");
  root_.write("fork/README.md", "");
  root_.write("fork/.cache/x", "");
  root_.write(".git/x/y", "");
  EXPECT_THAT(names(), ElementsAre("fork/a"));
}

TEST_F(Load, OfNoFolderIsAFault) {
  const auto loaded = load(root_.path() / "none");
  ASSERT_TRUE(std::holds_alternative<std::vector<Fault>>(loaded));
  EXPECT_THAT(std::get<std::vector<Fault>>(loaded).at(0).text(),
              HasSubstr("none: cannot be read: No such file"));
}

TEST_F(Load, CollectsTheFaultsOfAllManifests) {
  write_case(root_, "fork/a", manifest("x = 1\n"));
  write_case(root_, "fork/b", manifest("y = 1\n", "\"ok\"", "PB-0002"));
  EXPECT_THAT(names(),
              ElementsAre(HasSubstr("fork/a/case.md:6: unknown key `x`"),
                          HasSubstr("fork/b/case.md:6: unknown key `y`")));
}

TEST_F(Load, NamesBothOwnersOfAnId) {
  write_case(root_, "fork/a", manifest());
  write_case(root_, "fork/b", manifest());
  EXPECT_THAT(names(), ElementsAre("fault fork/b/case.md:2: the id `PB-0001` "
                                   "is taken by fork/a/case.md:2; choose "
                                   "another id"));
}

TEST_F(Load, NamesBothOwnersOfAnAlias) {
  write_case(root_, "fork/a", manifest("aliases = [\"x\"]\n"));
  write_case(
      root_, "spawn/b",
      manifest("start = []\naliases = [\"y\", \"x\"]\n", "\"ok\"", "PB-0002"));
  EXPECT_THAT(names(),
              ElementsAre(HasSubstr("spawn/b/case.md:7: the alias `x` is taken "
                                    "by fork/a/case.md:6")));
}

TEST_F(Load, ProposesTheArea) {
  write_case(root_, "chanel/a", manifest());
  EXPECT_THAT(names(), ElementsAre("fault chanel: `chanel` is no area; did you "
                                   "mean `channel`?"));
}

TEST_F(Load, KeepsTheFoldersAbsolute) {
  write_case(root_, "fork/a", manifest());
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(root_.path());
  const auto loaded = load(".");
  std::filesystem::current_path(before);
  EXPECT_EQ(std::get<Catalogue>(loaded).cases.at(0).folder,
            std::filesystem::canonical(root_.path()) / "fork/a");
}

TEST(FaultText, IsRelativeToWhereTheReaderStands) {
  const auto here = std::filesystem::current_path();
  EXPECT_EQ((Fault{here / "cases/a.md", 4, "m"}).text(), "cases/a.md:4: m");
  EXPECT_EQ((Fault{"/elsewhere/a.md", 0, "m"}).text(), "/elsewhere/a.md: m");
}

}  // namespace
}  // namespace poolbugs::catalogue
