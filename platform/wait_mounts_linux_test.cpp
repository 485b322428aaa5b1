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

}  // namespace
}  // namespace poolbugs::wait
