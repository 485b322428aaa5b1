#include "harness/report/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

namespace poolbugs::report {
namespace {

using testing::ElementsAre;

TEST(ValidUtf8, KeepsWhatIsValidAndNamesTheRest) {
  EXPECT_EQ(valid_utf8("naïve ✗ 🐛\n"), "naïve ✗ 🐛\n");
  EXPECT_EQ(valid_utf8("a\xFF"
                       "b"),
            "a\\xFFb");
  EXPECT_EQ(valid_utf8("cut \xE2\x9C"), "cut \\xE2\\x9C");
  EXPECT_EQ(valid_utf8("\xC0\xAF"), "\\xC0\\xAF");           // overlong
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), "\\xED\\xA0\\x80");  // surrogate
  EXPECT_EQ(valid_utf8("\xE2("), "\\xE2(");
}

TEST(ValidUtf8, JsonTakesEverythingThatComesOut) {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::string bytes(random() % 12, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    const auto text = valid_utf8(bytes);
    EXPECT_NO_THROW((void)nlohmann::json(text).dump());
    EXPECT_EQ(valid_utf8(text), text);
  }
}

TEST(Visible, ShowsControlCharacters) {
  EXPECT_EQ(visible(std::string_view("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(visible("\x1B[31mred"), "\\x1B[31mred");
  EXPECT_EQ(visible("\tone\r\ntwo\rthree"), "\tone\ntwo\\x0Dthree");
  EXPECT_EQ(visible("\xC2\x85"), "\\x85");
  EXPECT_EQ(visible("\u202Eevil"), "\\u{202E}evil");
}

TEST(Lines, SplitAndJoin) {
  EXPECT_THAT(split_lines(""), ElementsAre());
  EXPECT_THAT(split_lines("a\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(split_lines("a\n"), ElementsAre("a"));
  EXPECT_EQ(join_lines({"a", "b"}), "a\nb\n");
}

TEST(CutUtf8, NeverCutsACharacter) {
  EXPECT_EQ(cut_utf8("aé", 2), "a");
  EXPECT_EQ(cut_utf8("aé", 3), "aé");
  EXPECT_EQ(cut_utf8("🐛", 3), "");
}

}  // namespace
}  // namespace poolbugs::report
