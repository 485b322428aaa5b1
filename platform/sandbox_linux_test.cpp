#include <signal.h>

#include <fstream>

#include "platform/sandbox_test_support.hpp"

namespace poolbugs::sandbox {
namespace {

using namespace testing_support;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class SandboxTest : public SandboxFixture {};

INSTANTIATE_TEST_SUITE_P(, SandboxTest,
                         testing::Values(Mode::full, Mode::group), name_of);

TEST_P(SandboxTest, TellsExitCodesOutputAndTime) {
  const Finished finished = run("echo out; echo err >&2; sleep 0.1; exit 7");
  EXPECT_EQ(finished.failure, "");
  EXPECT_TRUE(finished.exited);
  EXPECT_EQ(finished.exit_code, 7);
  EXPECT_EQ(finished.signal, 0);
  EXPECT_EQ(finished.out, "out\n");
  EXPECT_EQ(finished.err, "err\n");
  EXPECT_GE(finished.seconds, 0.1);
  EXPECT_LT(finished.seconds, 20);
  EXPECT_THAT(kinds(finished), IsEmpty());
  EXPECT_FALSE(finished.process_limit || finished.memory_limit ||
               finished.disk_limit || finished.output_limit);
}

TEST_P(SandboxTest, TellsSignalsFromExitCodes) {
  EXPECT_EQ(run("kill -SEGV $$").signal, SIGSEGV);
  const Finished finished = run("exit 139");
  EXPECT_EQ(finished.signal, 0);
  EXPECT_EQ(finished.exit_code, 139);
}

TEST_P(SandboxTest, CountsCpuTime) {
  const Finished busy =
      run("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done");
  EXPECT_GT(busy.cpu_seconds, 0.01);
  EXPECT_LT(run("sleep 0.1").cpu_seconds, busy.cpu_seconds);
}

TEST_P(SandboxTest, TheEnvironmentIsWhatWasGivenAndTheFolder) {
  ::setenv("POOLBUGS_SECRET", "x", 1);
  const Finished finished =
      finish(launch("env; pwd; stat -c %a .", {"GIVEN=a b"}));
  EXPECT_THAT(finished.out, HasSubstr("GIVEN=a b\n"));
  EXPECT_THAT(finished.out, Not(HasSubstr("SECRET")));
  const std::size_t at = finished.out.find("TMPDIR=") + 7;
  const std::string folder =
      finished.out.substr(at, finished.out.find('\n', at) - at);
  EXPECT_THAT(folder, StartsWith(full() ? "/tmp/run" : tmp_.string() + "/"));
  EXPECT_THAT(finished.out, HasSubstr("HOME=" + folder + "\n"));
  EXPECT_THAT(finished.out, testing::EndsWith(folder + "\n700\n"));
}

TEST_P(SandboxTest, StdinIsEmptyAndNoDescriptorIsHandedDown) {
  // The shell of ls opens what it lists.
  const Finished finished = run("cat; ls -l /proc/self/fd | wc -l; tty");
  EXPECT_THAT(finished.out, HasSubstr("5\n"));
  EXPECT_THAT(finished.out, HasSubstr("not a tty"));
}

TEST_P(SandboxTest, ArgumentsArriveAsTheyAre) {
  const auto id =
      sandbox().launch({"/usr/bin/printf", {"<%s>", "", "a b", "\"'\\\n"}, {}});
  EXPECT_EQ(finish(*id).out, "<><a b><\"'\\\n>");
}

TEST_P(SandboxTest, EachKindOfLeftoverIsNamed) {
  const Finished process = run("sleep 1000 & exit 3");
  EXPECT_EQ(process.exit_code, 3);
  ASSERT_THAT(kinds(process), ElementsAre("process"));
  EXPECT_EQ(process.left[0].name, "sleep 1000");
  const Finished file = run("mkdir a; touch a/b");
  ASSERT_THAT(kinds(file), ElementsAre("file", "file"));
  EXPECT_EQ(file.left[0].name, "$TMPDIR/a");
  EXPECT_EQ(file.left[1].name, "$TMPDIR/a/b");
  if (!full()) return;
  EXPECT_THAT(kinds(run("touch /tmp/x")), ElementsAre("file"));
  EXPECT_THAT(kinds(run("touch /dev/shm/x")), ElementsAre("shared-memory"));
  EXPECT_THAT(kinds(run("touch /dev/shm/sem.x")), ElementsAre("semaphore"));
  EXPECT_THAT(kinds(run("ipcmk -Q >&2; ipcmk -S 1 >&2; ipcmk -M 1 >&2")),
              ElementsAre("sysv-ipc", "sysv-ipc", "sysv-ipc"));
}

TEST_P(SandboxTest, WhoEndsWithinTheGraceIsNotLeft) {
  settings_.limits.leak_grace = 5s;
  const Finished finished = run("sleep 0.1 & exit 0");
  EXPECT_THAT(kinds(finished), IsEmpty());
  EXPECT_LT(finished.seconds, 4);
}

TEST_P(SandboxTest, NamesOfOthersInSharedMemoryAreStrangersAtMost) {
  const std::string name =
      "/dev/shm/poolbugs-stranger-" + std::to_string(::getpid());
  const RunId id = launch("echo x; sleep 0.3");
  wait_for_output(id, 1);
  std::ofstream(name) << "mine";
  const Finished finished = finish(id);
  EXPECT_TRUE(std::filesystem::remove(name));  // it was not removed
  EXPECT_THAT(kinds(finished), IsEmpty());
  std::vector<std::string> strangers;
  for (const Left& one : finished.left) strangers.push_back(one.name);
  if (full())
    EXPECT_THAT(strangers, IsEmpty());
  else
    EXPECT_THAT(strangers, testing::Contains(name));
}

TEST_P(SandboxTest, WhatCannotBeExecutedIsAFailureAndTheNextRunIsWell) {
  const auto none = sandbox().launch({"/no/such/program", {}, {}});
  EXPECT_EQ(finish(*none).failure,
            "cannot execute /no/such/program: No such file or directory");
  const auto folder = sandbox().launch({"/usr", {}, {}});
  EXPECT_EQ(finish(*folder).failure, "cannot execute /usr: Permission denied");
  EXPECT_EQ(run("echo well").out, "well\n");
}

TEST_P(SandboxTest, TooLongArgumentsAreAnError) {
  const auto run =
      sandbox().launch({"/bin/true", {std::string(1 << 20, 'x')}, {}});
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().text,
            "the arguments and environment of /bin/true are too long");
}

TEST_P(SandboxTest, OutputIsCutAtTheLimitAndGoneInTheNextRun) {
  const Finished finished = run("head -c 20000 /dev/zero; echo err >&2");
  EXPECT_TRUE(finished.output_limit);
  EXPECT_EQ(finished.out.size(), 10'000u);
  EXPECT_EQ(finished.err, "err\n");
  const Finished next = run("true");
  EXPECT_EQ(next.out + next.err, "");
  EXPECT_FALSE(next.output_limit);
}

TEST_P(SandboxTest, OutputIsAppendedHoweverItIsOpened) {
  // It was opened again, and cut: without O_APPEND there would be a hole.
  EXPECT_EQ(run("echo long line; echo two > /dev/stdout; echo three").out,
            "two\nthree\n");
  EXPECT_EQ(run("echo one; echo two >> /proc/self/fd/1; echo three").out,
            "one\ntwo\nthree\n");
}
}  // namespace
}  // namespace poolbugs::sandbox
