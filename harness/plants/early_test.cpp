// The early verdict: runs that were promised to hang are believed to do so
// after a second in which only pollers and spinners ran. Those that only look
// like it end by themselves, except for the one kind that nobody can tell.
#include <algorithm>

#include "harness/plants/fixture.hpp"

namespace poolbugs::plants {
namespace {

using catalogue::Grade;
using catalogue::Outcome;
using catalogue::Promise;
using run::End;
using ::testing::Contains;
using ::testing::HasSubstr;

const std::vector<Promise> kHang{{Outcome::hang, ""}}, kOk{{Outcome::ok, ""}};
constexpr double kTime = 4;  ///< the deadline of the fixture
constexpr std::chrono::seconds kLong{30};

class EarlyPlants : public Plants {
 protected:
  std::vector<Seen> run_at_once(const std::vector<Call>& calls,
                                const std::vector<Promise>& promised) {
    run_settings_.jobs = static_cast<int>(calls.size());
    std::vector<plan::PlannedRun> plan;
    for (const Call& call : calls) plan.push_back(planned(call));
    return run_all_proving(std::move(plan), promised);
  }
  static void expect_hang(const Seen& seen, Grade grade,
                          const std::string& mover) {
    EXPECT_EQ(seen.judged.outcome, Outcome::hang);
    EXPECT_EQ(seen.judged.grade, grade)
        << testing::PrintToString(seen.judged.explanation);
    EXPECT_EQ(seen.judged.cause, "lost-wakeup");
    EXPECT_THAT(seen.judged.explanation, Contains(HasSubstr(mover)));
    EXPECT_THAT(seen.judged.explanation,
                Contains(HasSubstr("proved only if it wakes nobody")));
    EXPECT_THAT(seen.judged.graph, HasSubstr("graph LR"));
  }
  static void expect_healthy(const Seen& seen) {
    EXPECT_EQ(seen.observation.end, End::by_itself)
        << testing::PrintToString(seen.judged.explanation);
    ASSERT_TRUE(seen.observation.exit);
    EXPECT_EQ(seen.observation.exit->signal, 0);
    EXPECT_EQ(seen.observation.exit->code, 0) << seen.observation.err;
  }
};

INSTANTIATE_TEST_SUITE_P(Plants, EarlyPlants,
                         testing::Values(Mode::full, Mode::group));

TEST_P(EarlyPlants, APollerIsBelievedAfterASecond) {
  const Seen seen = run_proving({"early", "polls"}, kHang);
  expect_hang(seen, Grade::quiescent, "comes round again and again");
  EXPECT_EQ(seen.observation.end, End::quiescent);
  EXPECT_GE(seen.observation.seconds, 1);
  EXPECT_LT(seen.observation.seconds, kTime);
  EXPECT_THAT(seen.judged.explanation,
              Contains(HasSubstr("because a hang is promised")));
}

TEST_P(EarlyPlants, ASpinnerIsBelievedToo) {
  run_settings_.watch.deadline = kLong;
  const Seen seen = run_proving({"early", "spins"}, kHang);
  expect_hang(seen, Grade::spinning, "burns CPU time");
  EXPECT_EQ(seen.observation.end, End::quiescent);
  EXPECT_GE(seen.observation.seconds, 1);
}

TEST_P(EarlyPlants, InItsFullTimeTheSameIsFound) {
  run_settings_.full_time = true;
  const auto all = run_at_once({{"early", "polls"}, {"early", "spins"}}, kHang);
  ASSERT_EQ(all.size(), 2U);
  const bool first_polls = all[0].judged.grade == Grade::quiescent;
  expect_hang(all[first_polls ? 0 : 1], Grade::quiescent,
              "comes round again and again");
  expect_hang(all[first_polls ? 1 : 0], Grade::spinning, "burns CPU time");
  for (const Seen& seen : all) {
    EXPECT_EQ(seen.observation.end, End::deadline);
    EXPECT_GE(seen.observation.seconds, kTime);
  }
}

TEST_P(EarlyPlants, WhatWasNotPromisedIsNotBelieved) {
  for (const Seen& seen :
       run_at_once({{"early", "polls"}, {"early", "spins"}}, kOk)) {
    EXPECT_EQ(seen.judged.outcome, Outcome::hang);
    EXPECT_EQ(seen.observation.end, End::deadline);
    EXPECT_GE(seen.observation.seconds, kTime);
  }
}

// One that computes looks like nobody who ever ends, but also like a worker.
TEST_P(EarlyPlants, WhoComputesIsNeverBelieved) {
  run_settings_.watch.deadline = kLong;
  expect_healthy(run_proving({"early", "computes", "3"}, kHang));
}

TEST_P(EarlyPlants, WhoSleepsOnceOrAloneIsNeverBelieved) {
  run_settings_.watch.deadline = kLong;
  std::vector<Call> calls;
  for (const char* name : {"thread_joins_sleeper", "sleeps_condition_loop",
                           "sleeps_restarted", "threads_come_and_go"})
    calls.push_back({"look_alikes", name, "2.5"});
  for (const Seen& seen : run_at_once(calls, kHang)) expect_healthy(seen);
}

// This is what an early verdict cannot know: a poller or spinner that wakes
// somebody in the end does until then what one does that never will. So nobody
// is believed of whom it was not promised, and `--full-time` believes nobody.
TEST_P(EarlyPlants, OnlyAPromiseLetsAPollerFoolUs) {
  run_settings_.watch.deadline = kLong;
  const std::vector<Call> calls{{"early", "polls", "5"},
                                {"early", "spins", "5"}};
  for (const Seen& fooled : run_at_once(calls, kHang)) {
    EXPECT_EQ(fooled.judged.outcome, Outcome::hang);
    EXPECT_EQ(fooled.observation.end, End::quiescent);
  }
  for (const Seen& seen : run_at_once(calls, kOk)) expect_healthy(seen);
  run_settings_.full_time = true;
  for (const Seen& seen : run_at_once(calls, kHang)) expect_healthy(seen);
}

/// "early NAME 3" under `poolbugs watch`, and under `diagnose`; what the shell
/// says of it.
int elsewhere(const std::string& name, const std::string& command) {
  const std::string poolbugs = "P='" POOLBUGS_BINARY_DIR
                               "/poolbugs'; E='" POOLBUGS_BINARY_DIR
                               "/plants/early " +
                               name + " 3'; ";
  return std::system(("{ " + poolbugs + command + "; } 2> /dev/null").c_str());
}

// `watch` waits for a whole proof, and `diagnose` for its second, to call it a
// hang on terms; neither is proved.
TEST(EarlyElsewhere, NobodyElseIsFooled) {
  for (const char* name : {"polls", "spins"}) {
    EXPECT_EQ(elsewhere(name, "$P watch -- $E"), 0) << name;
    EXPECT_EQ(elsewhere(name,
                        "$E & sleep 1; $P diagnose $! > /dev/null; "
                        "test $? -ne 120 && wait $!"),
              0)
        << name;
  }
}

/// Programs of plants/python under the python3 of the machine.
class EarlyPython : public EarlyPlants {
 protected:
  EarlyPython() {
    settings_.visible.push_back(programs());
    run_settings_.watch.deadline = kLong;
    run_settings_.waiting = 16;
  }
  static std::filesystem::path programs() {
    return std::filesystem::path(POOLBUGS_SOURCE_DIR) / "harness/plants/python";
  }
  static bool has_python() {
    return std::system(
               "PATH=/usr/bin:/bin python3 -c 'import sys; "
               "sys.exit(sys.version_info < (3, 8))' 2> /dev/null") == 0;
  }
  static plan::PlannedRun python(const std::string& program) {
    plan::PlannedRun run = planned({program});
    run.executable = "/bin/sh";
    // What some of them read comes from outside, and late.
    const bool reads = program.find("input") != program.npos ||
                       program.find("idle_") != program.npos;
    const std::string file = (programs() / program).string() + ".py";
    run.arguments = {"-c",
                     std::string(reads ? "(sleep 2.5; echo x) |" : "exec") +
                         " python3 '" + file + "'"};
    return run;
  }
};

INSTANTIATE_TEST_SUITE_P(Plants, EarlyPython, testing::Values(Mode::full));

TEST_P(EarlyPython, HealthyProgramsAreNeverBelieved) {
  if (!has_python()) GTEST_SKIP() << "no python3 here, 3.8 or later";
  std::vector<plan::PlannedRun> plan;
  for (const auto& entry :
       std::filesystem::directory_iterator(programs() / "healthy")) {
    const std::string name = entry.path().stem();
    // That one looks the same (above); and whom an alarm wakes nobody can tell
    // from one that waits for ever, where alarms are not to be seen.
    if (entry.path().extension() == ".py" && name != "sets_event_at_last" &&
        name.find("alarm") == name.npos && name != "interval_timer")
      plan.push_back(python("healthy/" + name));
  }
  EXPECT_GE(plan.size(), 20U);
  for (const Seen& seen : run_all_proving(plan, kHang)) {
    SCOPED_TRACE(seen.name);
    expect_healthy(seen);
  }
}

TEST_P(EarlyPython, AHungPoolThatSpinsIsBelieved) {
  if (!has_python()) GTEST_SKIP() << "no python3 here, 3.8 or later";
  const auto seen = run_all_proving({python("hangs/callback_raises")}, kHang);
  ASSERT_EQ(seen.size(), 1U);
  expect_hang(seen[0], Grade::spinning, "burns CPU time");
  EXPECT_EQ(seen[0].observation.end, End::quiescent);
}

TEST_P(EarlyPython, OneThatSetsAnEventAtLastIsBelievedIfPromised) {
  if (!has_python()) GTEST_SKIP() << "no python3 here, 3.8 or later";
  const std::vector plan{python("healthy/sets_event_at_last")};
  for (const auto& [promised, full_time] :
       {std::pair{kOk, false}, std::pair{kHang, true}}) {
    run_settings_.full_time = full_time;
    const auto seen = run_all_proving(plan, promised);
    ASSERT_EQ(seen.size(), 1U);
    expect_healthy(seen[0]);
  }
}

}  // namespace
}  // namespace poolbugs::plants
