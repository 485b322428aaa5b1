#include "harness/catalogue/text.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalogue/fixture.hpp"

namespace poolbugs::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ReadManifest : public testing::Test {
 protected:
  std::string text_of(const std::string& bytes) {
    folder_.write("case.md", bytes);
    const auto read = read_manifest(folder_.path() / "case.md");
    if (const Fault* fault = std::get_if<Fault>(&read))
      return fmt::format("{}! {}", fault->line, fault->message);
    return std::get<std::string>(read);
  }

  TemporaryFolder folder_;
};

TEST_F(ReadManifest, TakesCrLfAsLf) {
  EXPECT_EQ(text_of("a\r\nb\r\r\nc\r"), "a\nb\r\nc\r");
}

TEST_F(ReadManifest, TakesWhatIsUtf8) {
  const std::string text = "Zürich …\xF0\x9F\x90\x9B\n";
  EXPECT_EQ(text_of(text), text);
  EXPECT_EQ(text_of(""), "");
}

TEST_F(ReadManifest, PointsAtTheByteThatIsNotUtf8) {
  EXPECT_THAT(text_of("a\nb\nZ\xFCrich\n"), HasSubstr("3! byte 0xFC"));
  EXPECT_THAT(text_of("a\n\xE2\x82"), HasSubstr("2! byte 0xE2"));
  EXPECT_THAT(text_of("\xC0\xAF"), HasSubstr("1! byte 0xC0"));
  EXPECT_THAT(text_of("\xED\xA0\x80"), HasSubstr("1! byte 0xED"));
}

TEST_F(ReadManifest, SaysWhatToDoAboutAByteOrderMark) {
  EXPECT_THAT(text_of("\xEF\xBB\xBF```toml\n"),
              HasSubstr("1! begins with a byte order mark; save"));
}

TEST_F(ReadManifest, RefusesAHugeFile) {
  EXPECT_EQ(text_of(std::string(kMaxManifestBytes, 'a')).size(),
            kMaxManifestBytes);
  EXPECT_THAT(text_of(std::string(kMaxManifestBytes + 1, 'a')),
              HasSubstr("longer than 1 MiB"));
}

TEST_F(ReadManifest, NamesTheCallThatFailed) {
  const auto read = read_manifest(folder_.path() / "none.md");
  ASSERT_TRUE(std::holds_alternative<Fault>(read));
  EXPECT_THAT(std::get<Fault>(read).message, HasSubstr("cannot be read: "));
}

TEST(Lines, AreCutAtTheirEnds) {
  EXPECT_THAT(lines_of("a\n\nb"), ElementsAre("a", "", "b"));
  EXPECT_THAT(lines_of("a\n"), ElementsAre("a"));
  EXPECT_THAT(lines_of(""), ElementsAre());
}

TEST(Trim, TakesBlanksFromBothEnds) {
  EXPECT_EQ(trim(" \ta b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
}

}  // namespace
}  // namespace poolbugs::catalogue
