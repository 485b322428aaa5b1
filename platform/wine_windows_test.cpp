#include "platform/wine_windows.hpp"

#include <gtest/gtest.h>

#include "platform/features.hpp"
#include "platform/system_text.hpp"

namespace poolbugs {
namespace {

TEST(Wine, IsAFeatureAndAPlatform) {
  EXPECT_EQ(detect_features().has("wine"), is_wine());
  EXPECT_EQ(platform_name(), is_wine() ? "windows-wine" : "windows");
  EXPECT_FALSE(detect_features().has("can_fork"));
  EXPECT_TRUE(detect_features().has("threads"));
}

TEST(SystemText, NamesWineAndTheWindowsThatItIs) {
  const std::string text = system_text();
  EXPECT_EQ(text.starts_with("Wine " + wine_version()), is_wine()) << text;
  const auto at = text.find("Windows ");
  ASSERT_NE(at, text.npos) << text;
  EXPECT_TRUE(text[at + 8] >= '0' && text[at + 8] <= '9') << text;
}

TEST(UsualVariables, NameTheFolderOfWindows) {
  EXPECT_EQ(usual_variables().at(0).substr(0, 5), "PATH=");
  EXPECT_NE(usual_variables().at(0).find("\\System32;"), std::string::npos);
}

}  // namespace
}  // namespace poolbugs
