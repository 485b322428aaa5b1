#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/judge/judge.hpp"

namespace poolbugs::judge {
namespace {

using ::testing::ElementsAre;

TEST(WhatItSaid, IsTheItemsOfItsLines) {
  const Said said = what_it_said(
      "expected: 1\nnoise\nobserved: a b\nexpected: 2\nobserved:  x \n");
  EXPECT_THAT(said.expected, ElementsAre("1", "2"));
  EXPECT_THAT(said.observed, ElementsAre("a b", " x "));
}

TEST(WhatItSaid, CountsOnlyAtTheStartOfALine) {
  const Said said = what_it_said("we expected: 1\n observed: 2\nObserved: 3\n");
  EXPECT_THAT(said.expected, ElementsAre());
  EXPECT_THAT(said.observed, ElementsAre());
}

TEST(WhatItSaid, MayBeNothingOrEndWithoutALineEnd) {
  EXPECT_THAT(what_it_said("").observed, ElementsAre());
  EXPECT_THAT(what_it_said("observed:\nobserved: 1").observed,
              ElementsAre("", "1"));
}

TEST(WhatItSaid, MayHoldAnyBytes) {
  const std::string out("observed: a\0b\r\n\0\n\xFF\n", 18);
  EXPECT_THAT(what_it_said(out).observed, ElementsAre(std::string("a\0b", 3)));
}

}  // namespace
}  // namespace poolbugs::judge
