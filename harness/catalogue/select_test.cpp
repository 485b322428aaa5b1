#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalogue/catalogue.hpp"

namespace poolbugs::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Case make_case(std::string area, std::string slug, std::string id,
               std::vector<std::string> aliases = {}) {
  Case item;
  item.area = std::move(area);
  item.slug = std::move(slug);
  item.id = std::move(id);
  item.aliases = std::move(aliases);
  return item;
}

TEST(Matches, AnyNameOfTheCase) {
  const Case item =
      make_case("fork", "held-mutex", "PB-0007", {"fork-mutex-held"});
  for (const char* pattern :
       {"fork/held-mutex", "fork", "held-mutex", "PB-0007", "fork-mutex-held",
        "fork/*", "*mutex", "*/h?ld-*", "*", "**x", "f*o*r*k*/*-*x"})
    EXPECT_TRUE(matches(item, pattern)) << pattern;
  for (const char* pattern : {"", "for", "mutex", "PB-0008", "fork/", "?",
                              "*mute", "spawn/*", "fork/held-mutex?", "?fork*"})
    EXPECT_FALSE(matches(item, pattern)) << pattern;
}

TEST(Matches, InTimeWhateverThePattern) {
  const Case item = make_case("fork", std::string(1000, 'a'), "PB-0001");
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  EXPECT_FALSE(matches(item, pattern + "b"));
}

class Select : public testing::Test {
 protected:
  std::string select_names(const std::vector<std::string>& patterns) {
    const auto found = select(catalogue_, patterns);
    if (!found) return found.error().text;
    std::string names;
    for (const Case& item : *found) names += item.slug + " ";
    return names;
  }

  Catalogue catalogue_{{make_case("fork", "a", "PB-0002"),
                        make_case("fork", "held-mutex", "PB-0001"),
                        make_case("spawn", "b", "PB-0003")}};
};

TEST_F(Select, TakesAllWithoutAPattern) {
  EXPECT_EQ(select_names({}), "a held-mutex b ");
}

TEST_F(Select, KeepsTheOrderAndTakesEachOnce) {
  EXPECT_EQ(select_names({"b", "fork/a", "a"}), "a b ");
}

TEST_F(Select, NamesTheNearestCase) {
  EXPECT_EQ(select_names({"a", "fork/held-mutx"}),
            "no case matches `fork/held-mutx`; did you mean "
            "`fork/held-mutex`?");
  EXPECT_THAT(select_names({"elephant"}), HasSubstr("`poolbugs list`"));
}

}  // namespace
}  // namespace poolbugs::catalogue
