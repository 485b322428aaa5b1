#include "platform/features.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <boost/version.hpp>

#include "platform/wait_reader.hpp"

namespace poolbugs {
namespace {

using ::testing::Contains;

TEST(Features, WordsAreSortedAndUnique) {
  const auto& words = known_feature_words();
  EXPECT_TRUE(std::ranges::is_sorted(words));
  EXPECT_EQ(std::ranges::adjacent_find(words), words.end());
  EXPECT_TRUE(std::ranges::is_sorted(known_versions()));
}

TEST(Features, OfThisMachineAreAllKnown) {
  const Features here = detect_features();
  EXPECT_EQ(here.has("proof"), wait::can_read_trees().has_value());
  for (const auto& word : here.words)
    EXPECT_THAT(known_feature_words(), Contains(word));
  for (const auto& [name, numbers] : here.versions) {
    EXPECT_THAT(known_versions(), Contains(name));
    EXPECT_GE(numbers.size(), 2u) << name;
  }
}

TEST(Features, NameExactlyOneSystemAndAtMostOneLibc) {
  const Features here = detect_features();
  EXPECT_EQ(here.has("linux") + here.has("windows") + here.has("macos"), 1);
  EXPECT_LE(here.has("glibc") + here.has("musl"), 1);
  EXPECT_TRUE(platform_name().starts_with(here.has("linux")   ? "linux"
                                          : here.has("macos") ? "macos"
                                                              : "windows"));
}

TEST(Features, KnowTheVersionOfBoostThatWasCompiledIn) {
  EXPECT_EQ(
      build_features().versions.at("boost"),
      (std::vector<int>{BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000,
                        BOOST_VERSION % 100}));
}

TEST(Features, DoNotClaimWhatOthersDecide) {
  EXPECT_FALSE(detect_features().has("namespaces"));
}

#ifdef __linux__
TEST(Features, OfLinux) {
  const Features here = detect_features();
  EXPECT_TRUE(here.has("can_fork"));
  EXPECT_TRUE(here.has("threads"));
  EXPECT_EQ(here.has("root"), geteuid() == 0);
  EXPECT_GE(here.versions.at("kernel").at(0), 3);
#ifdef __GLIBC__
  EXPECT_EQ(here.versions.at("glibc"),
            (std::vector<int>{__GLIBC__, __GLIBC_MINOR__}));
#endif
}
#endif

}  // namespace
}  // namespace poolbugs
