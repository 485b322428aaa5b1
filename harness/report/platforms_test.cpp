#include "harness/report/platforms.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace poolbugs::report {
namespace {

TEST(Platforms, EachIsOfASystemThatIsThere) {
  std::set<std::string_view> names;
  for (const auto& one : known_platforms()) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
    EXPECT_TRUE(parse_platform(one.system)) << one.name;
  }
  // What is no system by itself must be explained.
  for (const auto& one : known_platforms())
    EXPECT_EQ(one.name == one.system, one.is.empty()) << one.name;
}

TEST(Platforms, WineIsNotWindows) {
  EXPECT_EQ(parse_platform("windows-wine")->system, "windows");
  EXPECT_THAT(std::string(parse_platform("windows-wine")->is),
              testing::HasSubstr("not Windows"));
}

TEST(Platforms, AnUnknownNameIsNone) {
  EXPECT_FALSE(parse_platform("beos"));
  EXPECT_FALSE(parse_platform(""));
  EXPECT_FALSE(parse_platform("linux "));
}

TEST(Platforms, KnownOnesFirstInTheirOrderThenOthersByName) {
  std::vector<std::string> names = {"zeta", "macos", "windows-wine", "windows",
                                    "beos", "s390x", "i386",         "linux"};
  std::ranges::sort(names, platform_before);
  EXPECT_THAT(names,
              testing::ElementsAre("linux", "i386", "s390x", "windows",
                                   "windows-wine", "macos", "beos", "zeta"));
}

TEST(Platforms, AreCalledAsPeopleWriteThem) {
  EXPECT_EQ(system_title("macos"), "macOS");
  EXPECT_EQ(system_title("beos"), "beos");
}

}  // namespace
}  // namespace poolbugs::report
