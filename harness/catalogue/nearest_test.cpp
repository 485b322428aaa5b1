#include <gtest/gtest.h>

#include "harness/catalogue/catalogue.hpp"

namespace poolbugs::catalogue {
namespace {

TEST(Nearest, FindsTheSlip) {
  const std::vector<std::string> keys{"id", "title", "start", "needs"};
  EXPECT_EQ(nearest("star", keys), "start");
  EXPECT_EQ(nearest("tilte", keys), "title");
  EXPECT_EQ(nearest("need", keys), "needs");
  EXPECT_EQ(nearest("start", keys), "start");
}

TEST(Nearest, PrefersTheNearerOne) {
  EXPECT_EQ(nearest("spawns", {"swarm", "spawn"}), "spawn");
}

TEST(Nearest, PrefersTheFirstOfEquals) {
  EXPECT_EQ(nearest("cat", {"car", "cap"}), "car");
}

TEST(Nearest, ProposesNothingForAnotherWord) {
  EXPECT_EQ(nearest("elephant", {"id", "title", "start"}), "");
  EXPECT_EQ(nearest("x", {"y"}), "");
  EXPECT_EQ(nearest("", {"id"}), "");
  EXPECT_EQ(nearest("id", {}), "");
}

TEST(Nearest, IsQuickForAWordOfAMegabyte) {
  EXPECT_EQ(nearest(std::string(1 << 20, 'a'), {"start", "title"}), "");
}

}  // namespace
}  // namespace poolbugs::catalogue
