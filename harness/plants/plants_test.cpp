#include <sys/stat.h>

#include "harness/plants/fixture.hpp"

namespace poolbugs::plants {
namespace {

using catalogue::Grade;
using catalogue::Outcome;
using run::End;
using run::Limit;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = run::Leftover::Kind;

class ProcessPlants : public Plants {};
class OutputPlants : public Plants {};
class LimitPlants : public Plants {};
class FilePlants : public Plants {};
class MovingPlants : public Plants {};

std::string name_of(const testing::TestParamInfo<Mode>& info) {
  return info.param == Mode::full ? "full" : "group";
}
const auto kModes = testing::Values(Mode::full, Mode::group);
INSTANTIATE_TEST_SUITE_P(Plants, ProcessPlants, kModes, name_of);
INSTANTIATE_TEST_SUITE_P(Plants, OutputPlants, kModes, name_of);
INSTANTIATE_TEST_SUITE_P(Plants, LimitPlants, kModes, name_of);
INSTANTIATE_TEST_SUITE_P(Plants, FilePlants, kModes, name_of);
INSTANTIATE_TEST_SUITE_P(Plants, MovingPlants, kModes, name_of);

// --- processes

TEST_P(ProcessPlants, WhoIgnoresSigtermIsKilled) {
  const Seen seen = run({"ignores_sigterm"});
  EXPECT_EQ(seen.observation.end, End::quiescent);
  EXPECT_EQ(seen.judged.outcome, Outcome::hang);
  EXPECT_EQ(seen.judged.grade, Grade::quiescent);
  EXPECT_LT(seen.observation.seconds, 3);
}

TEST_P(ProcessPlants, WhoEscapesIsALeakAndIsKilled) {
  const Seen seen = run({"escapes", "waits"});
  EXPECT_EQ(seen.observation.end, End::by_itself);
  EXPECT_EQ(seen.judged.outcome, Outcome::leak);
  EXPECT_EQ(seen.judged.cause, "process");
  ASSERT_EQ(seen.observation.left.size(), 1u);
  EXPECT_THAT(seen.observation.left[0].name, HasSubstr("escapes waits"));
}

TEST_P(ProcessPlants, WhoEscapesAndGoesOnWritingReachesNoOtherRun) {
  // Ten times, for it is a race between a writer and its end.
  const std::vector<Seen> all =
      run_all(std::vector<Call>(10, Call{"escapes", "writes"}));
  for (const Seen& seen : all) {
    EXPECT_EQ(seen.judged.outcome, Outcome::leak);
    EXPECT_THAT(seen.observation.out, HasSubstr("I am still here\n"));
  }
}

TEST_P(ProcessPlants, WhoFloodsAndIsEndedReachesNoOtherRun) {
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(run({"prints", "flood", "1"}).judged.outcome, Outcome::runaway);
}

TEST_P(ProcessPlants, AStoppedChildIsAHang) {
  const Seen seen = run({"stops", "ttou"});
  EXPECT_EQ(seen.observation.end, End::quiescent);
  EXPECT_EQ(seen.judged.outcome, Outcome::hang);
  EXPECT_THAT(seen.judged.explanation,
              Contains(HasSubstr("worker 1 is stopped")));
}

TEST_P(ProcessPlants, AStoppedProgramIsAHang) {
  const Seen seen = run({"stops", "self"});
  EXPECT_EQ(seen.observation.end, End::quiescent);
  EXPECT_EQ(seen.judged.outcome, Outcome::hang);
  EXPECT_LT(seen.observation.seconds, 3);
}

TEST_P(ProcessPlants, KillingTheParentIsSurvived) {
  const Seen seen = run({"kills_parent", "kill"});
  if (full()) {  // the namespace's init takes no signals from inside
    EXPECT_EQ(seen.judged.cause, "process");
    EXPECT_EQ(seen.judged.outcome, Outcome::leak);
  } else {
    EXPECT_EQ(seen.judged.outcome, Outcome::harness_error);
    EXPECT_THAT(seen.observation.failure, HasSubstr("it died of signal 9"));
  }
}

TEST_P(ProcessPlants, StoppingTheParentIsSurvived) {
  settings_.patience = std::chrono::milliseconds(1500);
  const Seen seen = run({"kills_parent", "stop"});
  if (full()) {
    EXPECT_EQ(seen.judged.outcome, Outcome::leak);
  } else {
    EXPECT_EQ(seen.judged.outcome, Outcome::harness_error);
    EXPECT_THAT(seen.observation.failure, HasSubstr("does not answer"));
  }
}

TEST_P(ProcessPlants, OthersGoOnWhenOneKillsItsParent) {
  run_settings_.jobs = 2;
  const std::vector<Seen> all =
      run_all({{"moves", "sleeps"}, {"kills_parent", "kill"}});
  EXPECT_EQ(all.at(1).name, "plants/moves.broken");
  EXPECT_EQ(all.at(1).judged.outcome, Outcome::ok);
}

// --- output

TEST_P(OutputPlants, ClosedDescriptorsDoNoHarm) {
  const Seen seen = run({"closes"});
  EXPECT_EQ(seen.judged.outcome, Outcome::ok) << seen.judged.cause;
  EXPECT_EQ(seen.observation.out, "");
}

TEST_P(OutputPlants, AGibibyteIsARunaway) {
  for (const char* fd : {"1", "2"}) {
    const Seen seen = run({"prints", "flood", fd});
    EXPECT_EQ(seen.judged.outcome, Outcome::runaway);
    EXPECT_THAT(seen.observation.limits, ElementsAre(Limit::output));
    EXPECT_TRUE(seen.observation.truncated);
    const auto& [out, err] =
        std::pair(seen.observation.out, seen.observation.err);
    EXPECT_EQ((fd[0] == '1' ? out : err).size(), settings_.limits.output);
    EXPECT_EQ(fd[0] == '1' ? err : out, "");
  }
}

TEST_P(OutputPlants, BytesAreKeptAsTheyAre) {
  using namespace std::string_literals;
  EXPECT_EQ(run({"prints", "nul"}).observation.out, "a\0b\0\n"s);
  EXPECT_EQ(run({"prints", "invalid"}).observation.out,
            "\xff\xc3(\xed\xa0\x80\n");
  EXPECT_EQ(run({"prints", "terminal"}).observation.out,
            "\033[2J\033]0;mine\007\033[31m\n");
}

// --- limits

TEST_P(LimitPlants, AForkBombIsARunaway) {
  if (root() && !sandbox::Sandbox::open(settings_)
                     .value()
                     ->ability()
                     .process_limit.starts_with("pids cgroup"))
    GTEST_SKIP() << "nothing but the watchdog bounds root here";
  const Seen seen = run({"fork_bomb"});
  EXPECT_EQ(seen.judged.outcome, Outcome::runaway)
      << testing::PrintToString(seen.judged.explanation);
  EXPECT_THAT(seen.observation.limits, Contains(Limit::processes));
  EXPECT_LT(seen.observation.seconds, 15);
}

TEST_P(LimitPlants, FillingMemoryIsARunaway) {
  const Seen seen = run({"fills", "memory"});
  EXPECT_EQ(seen.judged.outcome, Outcome::runaway);
  EXPECT_THAT(seen.observation.limits, Contains(Limit::memory));
}

TEST_P(LimitPlants, FillingItsFolderIsARunaway) {
  const Seen seen = run({"fills", "file", "mine"});
  EXPECT_EQ(seen.judged.outcome, Outcome::runaway);
  EXPECT_THAT(seen.observation.limits, ElementsAre(Limit::disk));
}

TEST_P(LimitPlants, FillingSharedMemoryIsARunaway) {
  if (!full()) GTEST_SKIP() << "in `group` /dev/shm is everybody's";
  const Seen seen = run({"fills", "file", "/dev/shm/mine"});
  EXPECT_EQ(seen.judged.outcome, Outcome::runaway);
  EXPECT_THAT(seen.observation.limits, ElementsAre(Limit::disk));
}

// --- files

TEST_P(FilePlants, WritingOutsideFailsInFull) {
  // ctest runs this one for both sandboxes at once.
  const std::string in_build =
      (folder() / ("escaped-" + std::to_string(::getpid()))).string();
  const std::string in_tmp = (elsewhere_.path() / "escaped").string();
  const Seen seen = run({"writes_outside", in_build, in_tmp});
  EXPECT_EQ(seen.judged.outcome, Outcome::ok)
      << testing::PrintToString(seen.judged.explanation);
  const std::string& out = seen.observation.out;
  const bool build = std::filesystem::remove(in_build);
  const bool tmp = std::filesystem::exists(in_tmp);
  if (full()) {
    EXPECT_FALSE(build || tmp) << out;
    EXPECT_THAT(out, Not(HasSubstr(": opened\n")));
    EXPECT_THAT(out, HasSubstr(in_build + ": Read-only file system\n"));
    const std::string why =
        root() ? ": Read-only file system\n" : ": Permission denied\n";
    EXPECT_THAT(out, HasSubstr("/proc/sys/vm/overcommit_memory" + why));
  } else {
    // What doctor says of it: not stopped.
    EXPECT_TRUE(tmp);
    EXPECT_THAT(out, HasSubstr(in_tmp + ": opened\n"));
  }
}

TEST_P(FilePlants, ARemovedFolderIsThereAgainInTheNextRun) {
  for (const char* mode : {"gone", "file"}) {
    const Seen seen = run({"messes", mode});
    EXPECT_EQ(seen.observation.exit->code, 0);
    EXPECT_EQ(seen.observation.end, End::by_itself);
  }
}

TEST_P(FilePlants, WhatIsHardToRemoveIsRemoved) {
  for (const char* mode : {"deep", "unreadable"}) {
    const Seen seen = run({"messes", mode});
    EXPECT_EQ(seen.observation.exit->code, 0) << mode;
    if (mode[0] == 'd') {
      EXPECT_EQ(seen.judged.cause, "file");
    }
  }
}

TEST_P(FilePlants, NamesOfItsOwnAreLeaksAndGo) {
  const std::string name = "/poolbugs-test-" + std::to_string(::getpid());
  Seen seen = run({"leaves", "file"});
  EXPECT_EQ(seen.judged.cause, "file");
  EXPECT_EQ(seen.observation.left.at(0).name, "$TMPDIR/left");
  seen = run({"leaves", "semaphore", name});
  EXPECT_EQ(seen.judged.cause, "semaphore");
  EXPECT_EQ(seen.observation.left.at(0).name, "/dev/shm/sem." + name.substr(1));
  EXPECT_FALSE(std::filesystem::exists("/dev/shm/sem." + name.substr(1)));
  seen = run({"leaves", "memory", name});
  EXPECT_EQ(seen.judged.cause, "shared-memory");
  EXPECT_FALSE(std::filesystem::exists("/dev/shm" + name));
  if (!full()) return;  // there System V objects are everybody's
  EXPECT_EQ(run({"leaves", "sysv"}).judged.cause, "sysv-ipc");
}

// --- what only looks stuck

TEST_P(MovingPlants, ASleeperWithATimeOutIsWaitedFor) {
  for (const char* mode : {"sleeps", "stopped", "hides"}) {
    const Seen seen = run({"moves", mode});
    EXPECT_EQ(seen.observation.end, End::by_itself) << mode;
    EXPECT_EQ(seen.judged.outcome, Outcome::ok) << mode;
    EXPECT_GT(seen.observation.seconds, 1.4);
  }
}

TEST_P(MovingPlants, ASlowExchangeIsNeitherSpinningNorQuiescent) {
  const Seen seen = run({"moves", "pings"});
  EXPECT_EQ(seen.observation.end, End::deadline);
  EXPECT_EQ(seen.judged.grade, Grade::timeout);
  EXPECT_GT(seen.observation.last.bytes_moved, 10);
}

TEST_P(MovingPlants, ABurnerSpins) {
  const Seen seen = run({"moves", "burns"});
  EXPECT_EQ(seen.observation.end, End::deadline);
  EXPECT_EQ(seen.judged.grade, Grade::spinning);
}

TEST_P(MovingPlants, WhoOnlyWaitsGivesItsPlaceToOthers) {
  run_settings_.waiting = 3;
  run_settings_.watch.quiet = std::chrono::milliseconds(3000);
  const std::vector<Seen> all =
      run_all(std::vector<Call>(6, Call{"ignores_sigterm"}));
  EXPECT_EQ(most_, 4);  // one job, three that wait, and no more
  for (const Seen& seen : all) EXPECT_EQ(seen.judged.outcome, Outcome::hang);
}

}  // namespace
}  // namespace poolbugs::plants
