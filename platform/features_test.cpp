#include "platform/features.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/version.hpp>
#ifdef __linux__
#include <unistd.h>
#endif

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
  EXPECT_TRUE(platform_name().starts_with(here.has("macos")     ? "macos"
                                          : here.has("windows") ? "windows"
                                          : here.has("x86_64")  ? "linux"
                                          : here.has("aarch64") ? "aarch64"
                                          : here.has("i386")    ? "i386"
                                                                : "s390x"));
}

TEST(Features, TellTheSizeOfAnAddress) {
  const Features here = build_features();
  EXPECT_EQ(here.has("bits64"), !here.has("i386"));
}

TEST(Features, KnowTheVersionOfBoostThatWasCompiledIn) {
  EXPECT_EQ(
      build_features().versions.at("boost"),
      (std::vector<int>{BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000,
                        BOOST_VERSION % 100}));
}

TEST(Features, DoNotClaimWhatOthersDecide) {
  for (const char* word : {"namespaces", "proof", "qemu"})
    EXPECT_FALSE(detect_features().has(word)) << word;
}

TEST(FeaturesAnswer, IsUnderstoodAgain) {
  const Features here = detect_features();
  const auto read =
      parse_features_answer("noise\n" + features_answer() + "poolbugs\n");
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->platform, platform_name());
  EXPECT_EQ(read->features.words, here.words);
  EXPECT_EQ(read->features.versions, here.versions);
}

TEST(FeaturesAnswer, MayHaveLineEndsOfWindows) {
  const auto read = parse_features_answer(
      "poolbugs-platform windows\r\npoolbugs-word windows\r\n"
      "poolbugs-version boost 1.81.0\r\npoolbugs-end \r\n");
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->platform, "windows");
  EXPECT_TRUE(read->features.has("windows"));
  EXPECT_EQ(read->features.versions.at("boost"), (std::vector<int>{1, 81, 0}));
}

TEST(FeaturesAnswer, IsRefusedIfItIsCutOrStrange) {
  const std::string whole = "poolbugs-platform s390x\npoolbugs-end \n";
  EXPECT_TRUE(parse_features_answer(whole));
  for (const std::string& text :
       {std::string(), std::string("qemu: uncaught target signal 4\n"),
        std::string("poolbugs-end \n"), whole.substr(0, whole.size() - 6)}) {
    const auto read = parse_features_answer(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().text, "it gave no whole answer");
  }
  for (const char* fact :
       {"word s930x", "word ", "version boost", "version boost 1.x",
        "version boost ", "version boost 1..2", "version bost 1.2", "cpu s390x",
        "platform "}) {
    const auto read =
        parse_features_answer("poolbugs-" + std::string(fact) + "\n" + whole);
    ASSERT_FALSE(read) << fact;
    EXPECT_EQ(read.error().text, "it says \"poolbugs-" + std::string(fact) +
                                     "\", which this poolbugs does not know");
  }
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
