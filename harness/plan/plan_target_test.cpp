// Programs of another build, and workers of one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalogue/fixture.hpp"
#include "harness/plan/fixture.hpp"

namespace poolbugs::plan {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST_F(Plan, RunsProgramsOfAnotherBuildByTheirEmulator) {
  programs_ = {"/s390x", {"/bin/qemu-s390x", "-L", "/sys"}, ".x", "s390x", true,
               ""};
  selection_.programs = {"fixed"};
  selection_.start_methods = {StartMethod::spawn};
  const PlannedRun run = only();
  EXPECT_EQ(run.platform, "s390x");
  EXPECT_EQ(run.built, "/s390x/fork/held-mutex/fixed.x");
  EXPECT_EQ(run.executable, "/bin/qemu-s390x");
  EXPECT_THAT(run.arguments,
              ElementsAre("-L", "/sys", run.built.string(), "spawn"));
  EXPECT_THAT(run.environment,
              ElementsAre("POOLBUGS_EMULATOR=/bin/qemu-s390x\n-L\n/sys"));
}

TEST_F(Plan, HasNoPythonForAnotherPlatform) {
  add_python();
  programs_.foreign = true;
  EXPECT_THAT(names(), SizeIs(6));
  EXPECT_EQ(asked_, 0);
  selection_.runtimes = {"all"};
  EXPECT_THAT(names(), ElementsAre(HasSubstr("--runtime native")));
}

/// A build folder for s390x whose case has one worker, that of `broken`.
class PlanPeers : public Plan {
 protected:
  PlanPeers() {
    catalogue_.cases = {make_case("fork", "held-mutex", {})};
    catalogue_.cases[0].peer = "s390x";
    selection_.programs = {"broken"};
    builds_.write("s390x/cases/target.toml",
                  "emulator = ['/bin/sh', '-x']\nneeds = []\npeer = []\n"
                  "suffix = '.x'\n");
    builds_.write("s390x/cases/fork/held-mutex/broken.x", "");
    programs_.peers = builds_.path();
  }
  catalogue::TemporaryFolder builds_;
};

TEST_F(PlanPeers, AreToldHowTheyAreStarted) {
  const PlannedRun run = only();
  EXPECT_EQ(run.unsupported, "");
  EXPECT_THAT(
      run.environment,
      ElementsAre("POOLBUGS_PEER=/bin/sh\n-x\n" +
                  (builds_.path() / "s390x/cases/fork/held-mutex/broken.x")
                      .make_preferred()
                      .string()));
}

TEST_F(PlanPeers, ThatAreNotBuiltAreUnsupported) {
  selection_.programs = {"fixed"};
  EXPECT_THAT(only().unsupported,
              AllOf(HasSubstr("its worker for s390x is not built ("),
                    HasSubstr("fixed.x); ci/architectures builds it")));
  catalogue_.cases[0].peer = "aarch64";
  EXPECT_THAT(only().unsupported, HasSubstr("for aarch64 is not built"));
  catalogue_.cases[0].peer = "windows";
  EXPECT_THAT(only().unsupported, HasSubstr("; ci/windows builds it"));
}

TEST_F(PlanPeers, MayRunOtherwiseThanByTheEmulator) {
  builds_.write("s390x/cases/target.toml",
                "emulator = ['/bin/sh']\nneeds = []\npeer = ['/a/b', 'c']\n"
                "suffix = '.x'\n");
  EXPECT_THAT(only().environment.back(), StartsWith("POOLBUGS_PEER=/a/b\nc\n"));
}

TEST_F(PlanPeers, WithoutAnEmulatorAreUnsupported) {
  builds_.write("s390x/cases/target.toml",
                "emulator = ['qemu-nowhere']\nneeds = []\npeer = []\n"
                "suffix = '.x'\n");
  EXPECT_THAT(only().unsupported,
              AllOf(HasSubstr("qemu-nowhere is not on PATH"),
                    HasSubstr("ci/architectures installs it")));
}

TEST_F(PlanPeers, OfTheSamePlatformAreNone) {
  programs_.platform = "s390x";
  EXPECT_THAT(only().unsupported, HasSubstr("this is s390x itself"));
}

}  // namespace
}  // namespace poolbugs::plan
