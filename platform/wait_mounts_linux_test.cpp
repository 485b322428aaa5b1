#include "platform/wait_mounts_linux.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace poolbugs::wait {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kOurs =
    "24 1 254:1 / / rw,relatime - ext4 /dev/root rw\n"
    "25 24 0:22 / /dev/shm rw,nosuid shared:3 - tmpfs tmpfs rw\n";

TEST(PrivateTmpfs, IsOneThatWeDoNotHave) {
  EXPECT_THAT(private_tmpfs("90 80 254:1 / / ro - ext4 /dev/root rw\n"
                            "91 90 0:153 / /dev/shm rw - tmpfs tmpfs rw\n"
                            "92 90 0:22 / /old rw - tmpfs tmpfs rw\n"
                            "93 90 0:99 / /a rw - overlay overlay rw",
                            kOurs),
              ElementsAre(makedev(0, 153)));
}

TEST(PrivateTmpfs, SurvivesOtherTexts) {
  for (const std::string_view text :
       {"", "\n", " ", "1", "1 2", "1 2 ", "1 2 x:y / / - tmpfs a b",
        "1 2 5 / / - tmpfs a b", "1 2 99999999999:1 / / - tmpfs a b"})
    EXPECT_THAT(private_tmpfs(text, kOurs), IsEmpty()) << text;
}

TEST(PrivateTmpfs, IsNothingInOurOwnNamespace) {
  EXPECT_THAT(private_tmpfs_of(::getpid()), IsEmpty());
  EXPECT_THAT(private_tmpfs_of(0x7ffffff0), IsEmpty());
}

TEST(WholeTmpfs, IsSeenFromItsRootWithNothingMountedBelow) {
  constexpr std::string_view kMounts =
      "24 1 254:1 / / rw - ext4 /dev/root rw\n"
      "25 24 0:22 / /dev/shm rw shared:3 - tmpfs tmpfs rw\n"
      "26 24 0:23 /sub /part rw - tmpfs tmpfs rw\n"
      "27 24 0:24 / /run rw - tmpfs tmpfs rw\n"
      "28 27 0:25 / /run/lock rw - tmpfs tmpfs rw\n"
      "29 24 0:26 / /a\\040b rw - tmpfs tmpfs rw\n";
  EXPECT_EQ(whole_tmpfs(kMounts, makedev(0, 22)), "/dev/shm");
  EXPECT_EQ(whole_tmpfs(kMounts, makedev(0, 23)), std::nullopt);
  EXPECT_EQ(whole_tmpfs(kMounts, makedev(0, 24)), std::nullopt);
  EXPECT_EQ(whole_tmpfs(kMounts, makedev(0, 25)), "/run/lock");
  EXPECT_EQ(whole_tmpfs(kMounts, makedev(0, 26)), std::nullopt);
  EXPECT_EQ(whole_tmpfs(kMounts, makedev(254, 1)), std::nullopt);
}

TEST(AutofsPipes, AreThoseOfItsMounts) {
  EXPECT_THAT(
      autofs_pipes("40 24 0:40 / /misc rw - autofs /etc/auto rw,fd=6,"
                   "pgrp=1,timeout=300,direct,pipe_ino=4711\n"
                   "41 24 0:41 / /x rw - ext4 /dev/x rw,pipe_ino=12\n"
                   "42 24 0:42 / /net rw - autofs none rw,pipe_ino=13,x"),
      ElementsAre(13, 4711));
  EXPECT_THAT(autofs_pipes("40 24 0:40 / / rw - autofs a rw,pipe_ino="),
              IsEmpty());
}

}  // namespace
}  // namespace poolbugs::wait
