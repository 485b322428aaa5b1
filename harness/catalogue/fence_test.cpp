#include "harness/catalogue/fence.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalogue/text.hpp"

namespace poolbugs::catalogue {
namespace {

std::string fences(std::string_view text) {
  std::string found;
  for (const Fence& fence : find_fences(lines_of(text)))
    found += fmt::format("[{} {}-{}]", fence.language, fence.open, fence.close);
  return found;
}

TEST(Fence, HasALanguageAndTwoEnds) {
  EXPECT_EQ(fences("```toml\na\n```\n"), "[toml 0-2]");
  EXPECT_EQ(fences("x\n\n~~~ c++ linenos\n~~~\n```\n```"), "[c++ 2-3][ 4-5]");
}

TEST(Fence, IsClosedByItsOwnKindOnly) {
  EXPECT_EQ(fences("````\n```\n~~~\n````x\n````\n"), "[ 0-4]");
  EXPECT_EQ(fences("```\n`````\n"), "[ 0-1]");
}

TEST(Fence, ThatIsNeverClosedEndsWithTheFile) {
  EXPECT_EQ(fences("```toml\na\n"), "[toml 0-2]");
}

TEST(Fence, IsNotCodeWithinASentence) {
  EXPECT_EQ(fences("```a``` is code\n    ```\n``\n"), "");
}

TEST(Fence, MayBeIndentedAlittle) {
  EXPECT_EQ(fences("   ```toml\n   ```\n"), "[toml 0-1]");
}

}  // namespace
}  // namespace poolbugs::catalogue
