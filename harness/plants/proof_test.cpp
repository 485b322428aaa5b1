// Runs that hang, and runs that look it, through the real runner with proofs.
#include "harness/plants/fixture.hpp"

namespace poolbugs::plants {
namespace {

using catalogue::Grade;
using catalogue::Outcome;
using run::End;
using ::testing::HasSubstr;

class ProofPlants : public Plants {
 protected:
  /// Somebody else's alarm makes every proof a conditional one.
  static bool proved(const Seen& seen) {
    return seen.observation.end == End::proven ||
           (seen.observation.examined &&
            !seen.observation.examined->graph.unless.empty());
  }
};

INSTANTIATE_TEST_SUITE_P(Plants, ProofPlants,
                         testing::Values(Mode::full, Mode::group));

TEST_P(ProofPlants, ADeadlockIsProvedAndNamed) {
  for (const auto& [name, cause] : {std::pair{"lock_order", "lock-cycle"},
                                    {"both_write", "pipe-cycle"},
                                    {"worker_killed", "dead-owner"},
                                    {"fork_mutex", "orphaned-lock"}}) {
    const Seen seen =
        run_proving({"deadlocks", name}, {{Outcome::hang, cause}});
    EXPECT_EQ(seen.judged.outcome, Outcome::hang) << name;
    EXPECT_EQ(seen.judged.cause, cause);
    EXPECT_EQ(seen.judged.verdict, catalogue::Verdict::as_promised);
    EXPECT_TRUE(proved(seen)) << name;
    EXPECT_THAT(seen.judged.graph, HasSubstr("graph LR"));
    EXPECT_FALSE(seen.observation.threads.front().native.empty());
    EXPECT_LT(seen.observation.seconds, 2);
  }
}

TEST_P(ProofPlants, AHangThatWasNotPromisedIsFoundAsSoon) {
  const Seen seen = run_proving({"deadlocks", "lock_order"});
  EXPECT_EQ(seen.judged.outcome, Outcome::hang);
  EXPECT_EQ(seen.judged.cause, "lock-cycle");
  EXPECT_EQ(seen.judged.verdict, catalogue::Verdict::broken_promise);
}

// An alarm is pending, so this is no proof; it was not promised to hang.
TEST_P(ProofPlants, WhoWaitsForAnAlarmIsLeftAlone) {
  for (const char* name : {"alarm_and_pause", "interval_timer",
                           "poller_sets_event", "receive_timeout_read"}) {
    const Seen seen = run_proving({"look_alikes", name, "0.7"});
    EXPECT_EQ(seen.judged.outcome, Outcome::ok)
        << name << ": " << testing::PrintToString(seen.judged.explanation);
    EXPECT_EQ(seen.observation.exit->code, 0) << name;
  }
}

// Its grandchild waits for ever, but the program has ended: a leak.
TEST_P(ProofPlants, WhatIsLeftOfARunThatEndedIsNoHang) {
  for (int i = 0; i < 5; ++i) {
    const Seen seen = run_proving({"leaves_sleeper"});
    EXPECT_EQ(seen.judged.outcome, Outcome::leak)
        << testing::PrintToString(seen.judged.explanation);
    EXPECT_EQ(seen.judged.cause, "process");
  }
}

// Stacks are taken by ptrace, which cuts a blocked write short: what the
// program does with that is no evidence.
TEST_P(ProofPlants, TheEndOfAHangIsNotItsOwn) {
  for (int i = 0; i < 3; ++i) {
    const Seen seen = run_proving({"deadlocks", "wait_before_drain"},
                                  {{Outcome::hang, "join-cycle"}});
    EXPECT_EQ(seen.judged.outcome, Outcome::hang);
    EXPECT_EQ(seen.judged.cause, "join-cycle");
    EXPECT_EQ(seen.observation.out, "stuck\n");
  }
}

}  // namespace
}  // namespace poolbugs::plants
