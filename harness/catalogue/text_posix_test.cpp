#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/catalogue/fixture.hpp"
#include "harness/catalogue/text.hpp"

namespace poolbugs::catalogue {
namespace {

using ::testing::HasSubstr;

TEST(ReadManifestPosix, DoesNotWaitForAFifo) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "case.md";
  ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
  const auto read = read_manifest(file);
  ASSERT_TRUE(std::holds_alternative<Fault>(read));
  EXPECT_THAT(std::get<Fault>(read).message, HasSubstr("not a regular file"));
}

TEST(ReadManifestPosix, NamesTheCallThatWasDenied) {
  const TemporaryFolder folder;
  if (geteuid() == 0) GTEST_SKIP() << "root reads everything";
  folder.write("case.md", "secret");
  ASSERT_EQ(chmod((folder.path() / "case.md").c_str(), 0), 0);
  const auto locked = read_manifest(folder.path() / "case.md");
  ASSERT_TRUE(std::holds_alternative<Fault>(locked));
  EXPECT_THAT(std::get<Fault>(locked).message,
              HasSubstr("open: Permission denied"));
}

}  // namespace
}  // namespace poolbugs::catalogue
