#include "harness/report/versions.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolbugs::report {
namespace {

using testing::ElementsAre;

TEST(Versions, OfARuntime) {
  EXPECT_EQ(minor_of("cpython-3.13.0"), (Minor{3, 13, false}));
  EXPECT_EQ(minor_of("cpython-3.13.0t"), (Minor{3, 13, true}));
  EXPECT_EQ(minor_of("cpython-2.7.18"), (Minor{2, 7, false}));
  for (const char* other : {"native", "cpython", "cpython-", "cpython-3",
                            "cpython-x.y", "pypy-3.10.1", ""})
    EXPECT_EQ(minor_of(other), std::nullopt) << other;
}

TEST(Versions, NinePrecedesThirteen) {
  EXPECT_LT((Minor{2, 7}), (Minor{3, 6}));
  EXPECT_LT((Minor{3, 9}), (Minor{3, 13}));
  EXPECT_LT((Minor{3, 13, false}), (Minor{3, 13, true}));
}

TEST(Versions, TheNewestIsOneThatPeopleRun) {
  EXPECT_EQ(newest_of({{2, 7}, {3, 13}, {3, 9}}), (Minor{3, 13}));
  EXPECT_EQ(newest_of({{3, 12}, {3, 13, true}}), (Minor{3, 12}));
  EXPECT_EQ(newest_of({{3, 13, true}, {3, 14, true}}), (Minor{3, 14, true}));
  EXPECT_EQ(newest_of({}), std::nullopt);
}

TEST(Versions, InWords) {
  EXPECT_EQ(runtime_title("cpython-3.13.0"), "CPython 3.13.0");
  EXPECT_EQ(runtime_title("cpython"), "CPython");
  EXPECT_EQ(runtime_title("native"), "native");
  EXPECT_EQ(minors_text({{3, 8}, {3, 9}, {3, 10}, {3, 11}}), "3.8 to 3.11");
  EXPECT_EQ(minors_text({{3, 12}, {3, 13}}), "3.12, 3.13");
  // What lies between was not measured, and is not named.
  EXPECT_EQ(minors_text({{2, 7}, {3, 6}, {3, 7}, {3, 8}, {3, 10}}),
            "2.7, 3.6 to 3.8, 3.10");
  EXPECT_EQ(minors_text({{3, 12}, {3, 13}, {3, 13, true}, {3, 14}}),
            "3.12, 3.13, 3.13t, 3.14");
  EXPECT_EQ(minors_text({}), "");
}

TEST(Versions, NeighboursThatAgreeShareARow) {
  const std::vector<std::pair<Minor, std::string>> versions = {
      {{2, 7}, "a"}, {{3, 6}, "a"}, {{3, 7}, "b"}, {{3, 8}, "a"}};
  const auto groups = group_versions(versions);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_THAT(groups[0].minors, ElementsAre(Minor{2, 7}, Minor{3, 6}));
  EXPECT_EQ(groups[0].told, "a");
  EXPECT_THAT(groups[1].minors, ElementsAre(Minor{3, 7}));
  EXPECT_THAT(groups[2].minors, ElementsAre(Minor{3, 8}));
}

}  // namespace
}  // namespace poolbugs::report
