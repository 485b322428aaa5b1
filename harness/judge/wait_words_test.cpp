#include "harness/judge/wait_words.hpp"

#include <gtest/gtest.h>

namespace poolbugs::judge {
namespace {

TEST(WaitWords, NamesThatAPersonChose) {
  EXPECT_EQ(chosen_name("/var/lock/queue.lock"), "queue.lock");
  for (const char* made_up :
       {"/memfd:x (deleted)", "/tmp/tmpabcdefgh", "/dev/shm/sem.mp-abcdefgh",
        "/dev/shm/psm_abcdefab", "/tmp/lock-4711", "/tmp/aBcDeF", ""})
    EXPECT_EQ(chosen_name(made_up), "") << made_up;
}

TEST(WaitWords, Lists) {
  EXPECT_EQ(listed({}), "");
  EXPECT_EQ(listed({"a"}), "a");
  EXPECT_EQ(listed({"a", "b"}, "or"), "a or b");
  EXPECT_EQ(listed({"a", "b", "c", "d"}), "a, b, c and d");
  EXPECT_EQ(listed({"a", "b", "c", "d", "e"}), "a, b, c and 2 more");
}

}  // namespace
}  // namespace poolbugs::judge
