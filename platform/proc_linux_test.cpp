#include "platform/proc_linux.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "platform/spawn.hpp"

namespace poolbugs::proc {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

/// A file of its own, removed at the end.
class TextFile {
 public:
  explicit TextFile(const std::string& text) {
    EXPECT_GE(file_ = ::mkstemp(path_.data()), 0);
    std::ofstream(path_) << text;
  }
  ~TextFile() {
    ::close(file_);
    ::unlink(path_.c_str());
  }
  [[nodiscard]] const char* path() const { return path_.c_str(); }

 private:
  std::string path_ = testing::TempDir() + "poolbugs-proc-XXXXXX";
  int file_ = -1;
};

TEST(ProcTest, ReadsFilesLargerThanABuffer) {
  const std::string text(10'000, 'x');
  const TextFile file(text);
  EXPECT_EQ(read_file(file.path()), text);
  EXPECT_LE(read_file(file.path(), 5'000).size(), 8'192u);
  EXPECT_GE(read_file(file.path(), 5'000).size(), 5'000u);
}

TEST(ProcTest, WhatCannotBeReadIsEmpty) {
  EXPECT_EQ(read_file("/no/such/file"), "");
  EXPECT_EQ(read_file("/"), "");
}

TEST(ProcTest, FieldsAreCountedBehindTheName) {
  const std::string stat = "7 (a) b) R 1 7 7\n";
  EXPECT_EQ(stat_field(stat, 3), "R");
  EXPECT_EQ(stat_field(stat, 4), "1");
  EXPECT_EQ(stat_field(stat, 6), "7");
  EXPECT_EQ(stat_field(stat, 7), "");
  EXPECT_EQ(stat_field("", 3), "");
  EXPECT_EQ(stat_field("7 (cut", 3), "");
}

TEST(ProcTest, OwnFieldsAreRight) {
  const std::string stat = read_file("/proc/self/stat");
  EXPECT_EQ(stat_field(stat, 4), std::to_string(::getppid()));
}

TEST(ProcTest, NumbersAmongNamesAreSorted) {
  const auto numbers = numbered_entries("/proc");
  EXPECT_THAT(numbers, Contains(::getpid()));
  EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
  EXPECT_THAT(numbered_entries("/proc/self/task"), Contains(::getpid()));
  EXPECT_THAT(numbered_entries("/no/such/folder"), IsEmpty());
}

TEST(ProcTest, DescendantsComeAfterTheirParents) {
  // A shell, and a sleep that it waits for.
  const auto child = spawn_process("/bin/sh", {"-c", "sleep 30; true"}, {});
  ASSERT_TRUE(child);
  std::vector<pid_t> below;
  for (int i = 0; i < 5'000 && below.size() != 1; ++i)
    below = descendants(*child);
  ASSERT_EQ(below.size(), 1u);
  const auto all = descendants(::getpid());
  const auto first = std::find(all.begin(), all.end(), *child);
  const auto second = std::find(all.begin(), all.end(), below[0]);
  EXPECT_TRUE(first < second && second != all.end());
  ::kill(below[0], SIGKILL);
  ::waitpid(*child, nullptr, 0);
  EXPECT_THAT(descendants(*child), IsEmpty());
}

}  // namespace
}  // namespace poolbugs::proc
