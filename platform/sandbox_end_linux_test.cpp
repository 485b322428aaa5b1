#include <signal.h>
#include <sys/wait.h>

#include <fstream>

#include "platform/sandbox_test_support.hpp"

namespace poolbugs::sandbox {
namespace {

using namespace testing_support;
using testing::HasSubstr;
using testing::IsEmpty;

class SandboxEndTest : public SandboxFixture {};

INSTANTIATE_TEST_SUITE_P(, SandboxEndTest,
                         testing::Values(Mode::full, Mode::group), name_of);

TEST_P(SandboxEndTest, EndAsksFirstAndKillsAfterTheGrace) {
  const RunId polite =
      launch("trap 'echo bye; exit 4' TERM; sleep 9 & echo x; wait");
  wait_for_output(polite, 2);
  sandbox().end(polite, 20s);
  Finished finished = finish(polite);
  EXPECT_FALSE(finished.exited);
  EXPECT_EQ(finished.exit_code, 4);
  EXPECT_EQ(finished.out, "x\nbye\n");

  const auto start = Clock::now();
  const RunId rude = launch("trap '' TERM; echo x; while :; do sleep 9; done");
  wait_for_output(rude, 2);
  sandbox().end(rude, 300ms);
  finished = finish(rude);
  EXPECT_FALSE(finished.exited);
  EXPECT_GE(Clock::now() - start, 300ms);
  EXPECT_LT(Clock::now() - start, 8s);
}

TEST_P(SandboxEndTest, EndWithoutGraceAsksNobody) {
  const RunId id = launch("trap 'echo bye' TERM; echo x; sleep 1000");
  wait_for_output(id, 2);
  sandbox().end(id, 0ms);
  EXPECT_EQ(finish(id).out, "x\n");
}

TEST_P(SandboxEndTest, TheStoppedHearSigtermToo) {
  const RunId id =
      launch("trap 'echo bye; exit' TERM; echo x; kill -STOP $$; sleep 1000");
  wait_until([&] {
    const TreeSample tree = sandbox().sample(id);
    return !tree.processes.empty() &&
           tree.processes[0].threads.at(0).state == 'T';
  });
  sandbox().end(id, 20s);
  EXPECT_EQ(finish(id).out, "x\nbye\n");
}

TEST_P(SandboxEndTest, KeptOutputIsNotChangedByTheEnd) {
  const RunId id = launch("trap 'echo bye; exit' TERM; sleep 9 & echo x; wait");
  wait_for_output(id, 2);
  sandbox().keep_output(id);
  sandbox().end(id, 20s);
  EXPECT_EQ(finish(id).out, "x\n");
}

TEST_P(SandboxEndTest, WhoEndedByItselfBeforeTheEndHasExited) {
  settings_.limits.leak_grace = 3s;
  const RunId id = launch("sleep 1 & echo x; exit 5");
  wait_for_output(id, 2);
  wait_until([&] { return sandbox().sample(id).processes.size() == 1; });
  const Finished finished = finish(id);
  EXPECT_TRUE(finished.exited);
  EXPECT_EQ(finished.exit_code, 5);
}

TEST_P(SandboxEndTest, SamplesTheRunAndNothingElse) {
  const RunId id = launch("sleep 1000 & echo x; wait");
  wait_for_output(id, 2);
  const TreeSample tree = sandbox().sample(id);
  EXPECT_EQ(tree.processes.size(), 2u);
  EXPECT_EQ(tree.tasks(), 2);
  EXPECT_EQ(sandbox().sample(id + 1).processes.size(), 0u);
  sandbox().end(id, 0ms);
  finish(id);
}

TEST_P(SandboxEndTest, DiskUseIsCountedWhereTheKernelDoesNotLimitIt) {
  const RunId id = launch(
      "mkdir a; head -c 1000000 /dev/zero > a/b; echo x; "
      "sleep 1000");
  wait_for_output(id, 2);
  if (full())
    EXPECT_EQ(sandbox().disk_used(id), 0u);
  else
    EXPECT_GE(sandbox().disk_used(id), 1'000'000u);
  sandbox().end(id, 0ms);
  finish(id);
}

TEST_P(SandboxEndTest, AWakeDescriptorEndsTheWait) {
  const RunId id = launch("sleep 1000");
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  const auto start = Clock::now();
  EXPECT_THAT(sandbox().wait(start + 20s, ends[0]), IsEmpty());
  EXPECT_LT(Clock::now() - start, 10s);
  ::close(ends[0]);
  ::close(ends[1]);
  sandbox().end(id, 0ms);
  finish(id);
}

TEST_P(SandboxEndTest, RunsAtATimeHaveJailsOfTheirOwnThatAreUsedAgain) {
  const RunId first = launch("sleep 1000");
  const RunId second = launch("sleep 1000");
  EXPECT_EQ(jails().size(), 2u);
  sandbox().end(first, 0ms);
  finish(first);
  const RunId third = launch("echo third");
  EXPECT_EQ(finish(third).out, "third\n");
  EXPECT_EQ(jails().size(), 2u);
  sandbox().end(second, 0ms);
  finish(second);
}

TEST_P(SandboxEndTest, AJailThatIsKilledIsAFailureAndNothingIsLeft) {
  const RunId id = launch("setsid sleep 1000 & echo x; touch f; sleep 1000");
  wait_for_output(id, 2);
  for (const long jail : jails()) ::kill(static_cast<pid_t>(jail), SIGKILL);
  const Finished finished = finish(id);
  EXPECT_THAT(finished.failure, HasSubstr("helper is gone"));
  EXPECT_THAT(sample_tree(::getpid()).processes, IsEmpty());
  EXPECT_THAT(cgroups(), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(tmp_));
  EXPECT_EQ(run("echo well").out, "well\n");
}

TEST_P(SandboxEndTest, AFreeJailThatIsKilledIsReplaced) {
  run("true");
  const long jail = jails().at(0);
  ::kill(static_cast<pid_t>(jail), SIGKILL);
  siginfo_t dead{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(jail), &dead, WEXITED | WNOWAIT),
            0);
  EXPECT_EQ(run("echo well").out, "well\n");
  EXPECT_EQ(jails().size(), 1u);
}

TEST_P(SandboxEndTest, AJailThatDoesNotAnswerIsKilledAfterThePatience) {
  settings_.patience = 1s;
  const RunId id = launch("echo x; sleep 1000");
  wait_for_output(id, 2);
  for (const long jail : jails()) ::kill(static_cast<pid_t>(jail), SIGSTOP);
  sandbox().end(id, 0ms);
  const auto start = Clock::now();
  const Finished finished = finish(id);
  // In full the run's init is a process of its own, and answers.
  if (!full()) {
    EXPECT_THAT(finished.failure, HasSubstr("does not answer"));
  }
  EXPECT_LT(Clock::now() - start, 15s);
}

TEST_P(SandboxEndTest, AStoppedJailDoesNotHoldUpTheEnd) {
  settings_.patience = 500ms;
  run("true");
  for (const long jail : jails()) ::kill(static_cast<pid_t>(jail), SIGSTOP);
  const auto start = Clock::now();
  sandbox_.reset();
  EXPECT_LT(Clock::now() - start, 15s);
}

TEST_P(SandboxEndTest, ClosingEndsARunThatGoesOn) {
  launch(
      "trap '' TERM; setsid sleep 1000 & touch f; while :; do sleep 9; done");
  const auto start = Clock::now();
  sandbox_.reset();
  EXPECT_LT(Clock::now() - start, 15s);
}

TEST_P(SandboxEndTest, ItsCgroupsAreThereWhileItIs) {
  sandbox();
  const std::size_t limits =
      sandbox().ability().process_limit.starts_with("pids cgroup") +
      sandbox().ability().memory_limit.starts_with("memory cgroup");
  EXPECT_EQ(cgroups().size(), limits);  // two hierarchies of version 1
  sandbox_.reset();
  EXPECT_THAT(cgroups(), IsEmpty());
}

TEST_P(SandboxEndTest, ManyRunsGrowNoDescriptors) {
  run("true");
  const std::size_t before = own_descriptors();
  for (int i = 0; i < 300; ++i) {
    const auto id = sandbox().launch({"/bin/true", {}, {}});
    const Finished finished = finish(*id);
    ASSERT_EQ(finished.failure, "");
    ASSERT_EQ(finished.exit_code, 0);
  }
  EXPECT_EQ(own_descriptors(), before);
  const auto jail = std::to_string(jails().at(0));
  std::size_t theirs = 0;
  for ([[maybe_unused]] const auto& one :
       std::filesystem::directory_iterator("/proc/" + jail + "/fd"))
    ++theirs;
  EXPECT_LE(theirs, 12u);
}

TEST_P(SandboxEndTest, AHelperThatIsNotThereIsNamed) {
  settings_.helper = "/no/such/helper";
  const auto opened = Sandbox::open(settings_);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().text, HasSubstr("/no/such/helper"));
}

TEST_P(SandboxEndTest, AHelperThatEndsAtOnceIsSaid) {
  settings_.helper = "/bin/true";
  const auto opened = Sandbox::open(settings_);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().text, HasSubstr("ended at its start"));
}

TEST_P(SandboxEndTest, SaysWhatIsInUse) {
  EXPECT_EQ(sandbox().ability().mode, GetParam());
  EXPECT_NE(sandbox().ability().process_limit, "");
  EXPECT_NE(sandbox().ability().memory_limit, "");
  EXPECT_EQ(sandbox().ability().why_not_full.empty(), full());
}

}  // namespace
}  // namespace poolbugs::sandbox
