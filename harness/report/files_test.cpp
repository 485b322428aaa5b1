#include "harness/report/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/report/fixture.hpp"

namespace poolbugs::report {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::size_t entries(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), {});
}

TEST(WriteFile, MakesFoldersAndLeavesNothingBeside) {
  const fixture::Folder folder;
  const auto file = folder.path() / "a/b/c.md";
  ASSERT_TRUE(write_file(file, "one"));
  ASSERT_TRUE(write_file(file, "two"));
  EXPECT_EQ(*read_file(file), "two");
  EXPECT_EQ(entries(file.parent_path()), 1u);
}

TEST(WriteFile, UnchangedFilesAreNotTouched) {
  const fixture::Folder folder;
  const auto file = folder.path() / "x";
  EXPECT_TRUE(*write_if_changed(file, "one"));
  const auto then = fs::last_write_time(file);
  EXPECT_FALSE(*write_if_changed(file, "one"));
  EXPECT_EQ(fs::last_write_time(file), then);
  EXPECT_TRUE(*write_if_changed(file, "two"));
}

TEST(WriteFile, AFullDiskLeavesTheOldFile) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
  const fixture::Folder folder;
  const auto file = folder.path() / "x";
  fixture::spill(file, "old");
  for (const std::size_t size : {std::size_t{3}, std::size_t{1} << 20}) {
    // The draft is written through this link.
    fs::create_symlink("/dev/full", file.string() + ".new");
    const auto done = write_file(file, std::string(size, 'x'));
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().text, HasSubstr("No space left on device"));
    EXPECT_THAT(done.error().text, HasSubstr(file.string()));
    EXPECT_EQ(fixture::slurp(file), "old");
    EXPECT_EQ(entries(folder.path()), 1u);
  }
}

TEST(WriteFile, ErrorsNameFileAndCall) {
  const fixture::Folder folder;
  fixture::spill(folder.path() / "file", "");
  const auto below = write_file(folder.path() / "file/x", "");
  ASSERT_FALSE(below);
  EXPECT_THAT(below.error().text, HasSubstr("create_directories"));
  EXPECT_THAT(below.error().text, HasSubstr("Not a directory"));
  fs::create_directories(folder.path() / "dir/full");
  const auto over = write_file(folder.path() / "dir", "");
  ASSERT_FALSE(over);
  EXPECT_THAT(over.error().text, HasSubstr("rename"));
  const auto missing = read_file(folder.path() / "none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().text,
            "fopen " + (folder.path() / "none").generic_string() +
                ": No such file or directory");
  EXPECT_FALSE(read_file(folder.path()));
}

}  // namespace
}  // namespace poolbugs::report
