// Every healthy look-alike, looked at without a pause as long as it lives: it
// is never proved stuck, and ends by itself.
//
// A conditional proof is false as well, unless its condition is what rescues
// the plant: those that an alarm rescues may be "stuck unless an alarm is
// pending", the others not.
//
// The plants run at once and before the first test; those with alarms one by
// one and at the end, for one pending alarm anywhere would hide what is wrong
// with the proof of the others.
#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <cstdlib>
#include <filesystem>

#include "harness/plants/look_alikes/stage.hpp"

namespace poolbugs::look_alikes {

void PrintTo(const Plant& plant, std::ostream* out) { *out << plant.name; }

namespace {

constexpr int kAtOnce = 12;

const char* seconds() {
  const char* given = std::getenv("POOLBUGS_LOOK_ALIKE_SECONDS");
  return given ? given : "0.6";
}

class LookAlikes : public testing::TestWithParam<Plant> {
 public:
  /// All that the filter leaves.
  static void SetUpTestSuite() {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    std::string folder = testing::TempDir() + "look_alikes-XXXXXX";
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    ::setenv("TMPDIR", folder.c_str(), 1);
    std::vector<Plant> quiet, with_alarm;
    const auto* suite = testing::UnitTest::GetInstance()->current_test_suite();
    const std::vector<Plant> plants = list();
    for (int i = 0; i < suite->total_test_count(); ++i) {
      const auto* test = suite->GetTestInfo(i);
      const std::string name = test->value_param();
      for (const Plant& plant : plants)
        if (test->should_run() && plant.name == name)
          (plant.has("alarm") ? with_alarm : quiet).push_back(plant);
    }
    const Settings settings{{}, seconds(), folder};
    const auto keep = [](const Plant& plant, Seen seen) {
      seen_[plant.name] = std::move(seen);
    };
    run_all(quiet, kAtOnce, settings, keep);
    run_all(with_alarm, 1, settings, keep);
    kill_the_rest();
    std::filesystem::remove_all(folder);
  }

 protected:
  static std::map<std::string, Seen> seen_;
};

std::map<std::string, Seen> LookAlikes::seen_;

TEST_P(LookAlikes, IsNeverProvedStuck) {
  const Seen& seen = seen_.at(GetParam().name);
  if (seen.status == kSkipped) GTEST_SKIP() << "needs " << GetParam().needs;
  const Tally& tally = seen.tally;
  RecordProperty("pairs", tally.pairs);
  RecordProperty("disturbed", tally.disturbed);
  RecordProperty("but_pollers", tally.but_pollers);
  RecordProperty("partly_stuck", tally.partly_stuck.times);
  for (const std::string& wrong : false_claims(GetParam(), tally))
    ADD_FAILURE() << wrong;
  EXPECT_EQ(seen.status, 0) << "it did not end by itself";
  EXPECT_GE(tally.pairs, 1);
}

INSTANTIATE_TEST_SUITE_P(, LookAlikes, testing::ValuesIn(list()),
                         [](const auto& one) { return one.param.name; });

TEST(OutsideParty, DoesNotWaitForAPlantThatWasSkipped) {
  const int status = std::system(POOLBUGS_BINARY_DIR
                                 "/plants/look_alikes --outside "
                                 "joined_namespace 0 -- sh -c 'exit 77'");
  EXPECT_EQ(WEXITSTATUS(status), kSkipped);
}

}  // namespace
}  // namespace poolbugs::look_alikes

int main(int argc, char** argv) {
  if (const auto status = poolbugs::look_alikes::be_observer(argc, argv))
    return *status;
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
