#include "harness/plan/plan.hpp"

#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "harness/catalogue/fixture.hpp"

namespace poolbugs::plan {
namespace {

using catalogue::Case;
using catalogue::Catalogue;
using catalogue::Condition;
using catalogue::ConditionalPromise;
using catalogue::Outcome;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

ConditionalPromise when(std::string_view condition, Outcome outcome) {
  return {*Condition::parse(condition), {{outcome, ""}}};
}

Case make_case(std::string area, std::string slug,
               std::vector<StartMethod> start) {
  Case item;
  item.area = std::move(area);
  item.slug = std::move(slug);
  item.start = std::move(start);
  using catalogue::Language;
  item.programs = {{"broken", Language::cpp, {}, {when("true", Outcome::hang)}},
                   {"fixed", Language::cpp, {}, {when("true", Outcome::ok)}}};
  return item;
}

class Plan : public testing::Test {
 protected:
  Plan() {
    features_.words = {"linux", "can_fork", "threads"};
    catalogue_.cases = {make_case("fork", "held-mutex",
                                  {StartMethod::fork, StartMethod::spawn}),
                        make_case("fork", "stdio-buffer", {})};
  }

  Result<std::vector<PlannedRun>> plan() {
    return make_plan(catalogue_, selection_, features_, programs_, [this] {
      ++asked_;
      return interpreters_;
    });
  }
  /// Names of the runs, or the Error.
  std::vector<std::string> names() {
    const auto runs = plan();
    if (!runs) return {runs.error().text};
    std::vector<std::string> found;
    for (const PlannedRun& run : *runs)
      found.push_back(fmt::format("{} {}", run.name(), run.repetition));
    return found;
  }

  /// A twin in the first case, and three interpreters.
  void add_python() {
    using catalogue::Language;
    Case& item = catalogue_.cases[0];
    item.python_start = {StartMethod::fork, StartMethod::spawn};
    item.programs.push_back(
        {"broken",
         Language::python,
         "/c/broken.py",
         {when("python >= 3.8", Outcome::hang), when("fork", Outcome::ok)}});
    interpreters_.found = {interpreter({3, 13, 0}), interpreter({3, 8, 2}),
                           interpreter({2, 7, 18})};
    interpreters_.found[2].start_methods = {StartMethod::fork};
  }
  static Interpreter interpreter(const std::vector<int>& version) {
    Interpreter one;
    one.version = version;
    one.executable = fmt::format("/{}/python3", fmt::join(version, "."));
    one.start_methods = {StartMethod::fork, StartMethod::spawn,
                         StartMethod::forkserver};
    return one;
  }
  PlannedRun only() {
    const auto runs = plan();
    if (!runs || runs->size() != 1) throw std::runtime_error("not one run");
    return runs->front();
  }

  Catalogue catalogue_;
  Selection selection_;
  Features features_;
  Programs programs_{"/programs", {}, "", "linux", false, "/builds"};
  Interpreters interpreters_;
  int asked_ = 0;  ///< for the interpreters
};

TEST_F(Plan, GoesByCaseProgramAndStartMethod) {
  EXPECT_THAT(names(), ElementsAre("fork/held-mutex.broken.fork 1",
                                   "fork/held-mutex.broken.spawn 1",
                                   "fork/held-mutex.fixed.fork 1",
                                   "fork/held-mutex.fixed.spawn 1",
                                   "fork/stdio-buffer.broken 1",
                                   "fork/stdio-buffer.fixed 1"));
}

TEST_F(Plan, HasItsOwnOrderOfStartMethods) {
  catalogue_.cases[0].start = {StartMethod::forkserver, StartMethod::spawn,
                               StartMethod::fork};
  selection_.programs = {"fixed"};
  selection_.patterns = {"held-mutex"};
  EXPECT_THAT(names(), ElementsAre("fork/held-mutex.fixed.fork 1",
                                   "fork/held-mutex.fixed.spawn 1",
                                   "fork/held-mutex.fixed.forkserver 1"));
}

TEST_F(Plan, RepeatsInnermost) {
  selection_.repeat = 2;
  selection_.programs = {"broken"};
  selection_.patterns = {"held-mutex"};
  EXPECT_THAT(names(), ElementsAre("fork/held-mutex.broken.fork 1",
                                   "fork/held-mutex.broken.fork 2",
                                   "fork/held-mutex.broken.spawn 1",
                                   "fork/held-mutex.broken.spawn 2"));
}

TEST_F(Plan, SaysWhatToExecute) {
  const auto runs = plan();
  EXPECT_EQ(runs->at(1).executable, "/programs/fork/held-mutex/broken");
  EXPECT_THAT(runs->at(1).arguments, ElementsAre("spawn"));
  EXPECT_TRUE(runs->at(4).arguments.empty());
  EXPECT_EQ(runs->at(0).promised.at(0).text(), "hang");
  EXPECT_EQ(runs->at(0).unsupported, "");
  EXPECT_FALSE(runs->at(0).proof);
  features_.words.insert("proof");
  EXPECT_TRUE(plan()->at(0).proof);
}

TEST_F(Plan, TakesTheFirstConditionThatHolds) {
  catalogue_.cases[0].programs[0].promised = {
      when("windows", Outcome::error), when("spawn", Outcome::ok),
      when("linux", Outcome::crash), when("true", Outcome::leak)};
  const auto runs = plan();
  EXPECT_EQ(runs->at(0).promised.at(0).outcome, Outcome::crash);
  EXPECT_EQ(runs->at(1).promised.at(0).outcome, Outcome::ok);
}

TEST_F(Plan, SaysThatNothingIsPromisedHere) {
  catalogue_.cases[0].programs[0].promised = {when("windows", Outcome::ok),
                                              when("spawn", Outcome::ok)};
  const auto runs = plan();
  EXPECT_EQ(runs->at(0).unsupported,
            "nothing is promised here: none of `windows`, `spawn` holds");
  EXPECT_TRUE(runs->at(0).promised.empty());
  EXPECT_EQ(runs->at(1).unsupported, "");
}

TEST_F(Plan, SaysWhatIsMissing) {
  catalogue_.cases[1].needs = {"threads", "robust_mutex", "root"};
  EXPECT_EQ(plan()->at(4).unsupported,
            "needs robust_mutex, root, which this machine lacks");
}

TEST_F(Plan, SaysThatAStartMethodIsNotThere) {
  features_.words.erase("can_fork");
  const auto runs = plan();
  EXPECT_EQ(runs->at(0).unsupported,
            "the start method fork does not exist here");
  EXPECT_EQ(runs->at(1).unsupported, "");
  EXPECT_FALSE(is_available(StartMethod::forkserver, features_));
}

TEST_F(Plan, TakesTheSelectedStartMethods) {
  selection_.start_methods = {StartMethod::spawn};
  EXPECT_THAT(names(), ElementsAre("fork/held-mutex.broken.spawn 1",
                                   "fork/held-mutex.fixed.spawn 1"));
}

TEST_F(Plan, DealsTheRunsToShards) {
  selection_.shards = 4;
  selection_.shard = 2;
  EXPECT_THAT(names(), ElementsAre("fork/held-mutex.broken.spawn 1",
                                   "fork/stdio-buffer.fixed 1"));
  std::vector<std::string> all;
  for (selection_.shard = 1; selection_.shard <= 4; ++selection_.shard)
    for (const std::string& name : names()) all.push_back(name);
  selection_ = {};
  EXPECT_THAT(all, testing::UnorderedElementsAreArray(names()));
}

TEST_F(Plan, LeavesAShardEmptyIfThereAreFewerRuns) {
  selection_.shards = selection_.shard = 7;
  EXPECT_THAT(names(), ElementsAre());
}

TEST_F(Plan, RefusesAShardOutOfRange) {
  for (const auto& [shard, shards] :
       {std::pair{0, 2}, {3, 2}, {1, 0}, {-1, -1}}) {
    selection_.shard = shard;
    selection_.shards = shards;
    EXPECT_THAT(names(), ElementsAre(HasSubstr("write K/N"))) << shard;
  }
}

TEST_F(Plan, RefusesNoRepetition) {
  selection_.repeat = 0;
  EXPECT_THAT(names(), ElementsAre(HasSubstr("repeat at least once")));
}

TEST_F(Plan, RefusesWhatMatchesNothing) {
  selection_.patterns = {"fork", "held-mutx"};
  EXPECT_THAT(names(), ElementsAre("no case matches `held-mutx`; did you mean "
                                   "`held-mutex`?"));
  selection_.patterns = {"stdio-buffer"};
  selection_.programs = {"broken", "fixd"};
  EXPECT_THAT(names(), ElementsAre(HasSubstr("no selected case has a program "
                                             "`fixd`")));
  selection_.programs = {};
  selection_.start_methods = {StartMethod::spawn};
  EXPECT_THAT(names(), ElementsAre(HasSubstr("starts its workers by spawn")));
}

TEST_F(Plan, RefusesAnEmptyCatalogue) {
  catalogue_.cases.clear();
  EXPECT_THAT(names(), ElementsAre(HasSubstr("the catalogue is empty")));
}

TEST_F(Plan, RunsTwinsUnderTheNewestPythonByOneStartMethod) {
  add_python();
  EXPECT_THAT(
      names(),
      ElementsAre(
          "fork/held-mutex.broken.fork 1", "fork/held-mutex.broken.spawn 1",
          "fork/held-mutex.fixed.fork 1", "fork/held-mutex.fixed.spawn 1",
          "fork/held-mutex.broken.cpython-3.13.0.fork 1",
          "fork/stdio-buffer.broken 1", "fork/stdio-buffer.fixed 1"));
}

TEST_F(Plan, TakesTheStartMethodThatAProgramHas) {
  add_python();
  selection_.runtimes = {"cpython"};
  interpreters_.found[0].usual = StartMethod::forkserver;
  EXPECT_THAT(names(),
              ElementsAre("fork/held-mutex.broken.cpython-3.13.0.fork 1"));
  interpreters_.found[0].usual = StartMethod::spawn;
  EXPECT_THAT(names(),
              ElementsAre("fork/held-mutex.broken.cpython-3.13.0.spawn 1"));
  selection_.start_methods = {StartMethod::fork};
  EXPECT_THAT(names(),
              ElementsAre("fork/held-mutex.broken.cpython-3.13.0.fork 1"));
}

TEST_F(Plan, RunsUnderAllInterpretersWithWhatTheyHave) {
  add_python();
  selection_.runtimes = {"all"};
  selection_.patterns = {"held-mutex"};
  EXPECT_THAT(names(),
              ElementsAre("fork/held-mutex.broken.fork 1",
                          "fork/held-mutex.broken.spawn 1",
                          "fork/held-mutex.fixed.fork 1",
                          "fork/held-mutex.fixed.spawn 1",
                          "fork/held-mutex.broken.cpython-3.13.0.fork 1",
                          "fork/held-mutex.broken.cpython-3.13.0.spawn 1",
                          "fork/held-mutex.broken.cpython-3.8.2.fork 1",
                          "fork/held-mutex.broken.cpython-3.8.2.spawn 1",
                          "fork/held-mutex.broken.cpython-2.7.18.fork 1",
                          "fork/held-mutex.broken.cpython-2.7.18.spawn 1"));
  const auto runs = plan();
  EXPECT_EQ(runs->back().unsupported,
            "cpython-2.7.18 has no start method spawn");
}

TEST_F(Plan, StartsAnInterpreterWithTheProgram) {
  add_python();
  selection_.runtimes = {"cpython-3.8"};
  selection_.start_methods = {StartMethod::spawn};
  const PlannedRun run = only();
  EXPECT_EQ(run.runtime, "cpython-3.8.2");
  EXPECT_EQ(run.executable, "/3.8.2/python3");
  EXPECT_THAT(run.arguments, ElementsAre("/c/broken.py", "spawn"));
}

TEST_F(Plan, HoldsConditionsAgainstTheVersionOfTheRun) {
  add_python();
  selection_.start_methods = {StartMethod::fork};
  const auto promise_under = [&](const char* runtime) {
    selection_.runtimes = {runtime};
    return only().promised.at(0).outcome;
  };
  EXPECT_EQ(promise_under("cpython-3.8"), Outcome::hang);
  EXPECT_EQ(promise_under("cpython-2.7"), Outcome::ok);
}

TEST_F(Plan, SaysWhatAProgramNeedsOfPython) {
  add_python();
  catalogue_.cases[0].python = *catalogue::Condition::parse("python >= 3.9");
  selection_.runtimes = {"cpython-3.8"};
  selection_.start_methods = {StartMethod::fork};
  EXPECT_EQ(only().unsupported, "needs python >= 3.9");
  selection_.runtimes = {"cpython-3.13"};
  EXPECT_EQ(only().unsupported, "");
}

TEST_F(Plan, WithoutAnInterpreterSaysSoAndRunsTheRest) {
  add_python();
  interpreters_ = {};
  const auto runs = plan();
  ASSERT_TRUE(runs);
  ASSERT_EQ(runs->size(), 7u);
  EXPECT_EQ(runs->at(4).name(), "fork/held-mutex.broken.cpython.fork");
  EXPECT_THAT(runs->at(4).unsupported, HasSubstr("no CPython was found"));
  EXPECT_EQ(runs->at(0).unsupported, "");
}

TEST_F(Plan, AsksForInterpretersOnlyWhereTheyCanBeNeeded) {
  names();
  EXPECT_EQ(asked_, 0);  // no case is in Python
  add_python();
  selection_.runtimes = {"native"};
  EXPECT_THAT(names(), SizeIs(6));
  EXPECT_EQ(asked_, 0);
  selection_.runtimes = {};
  names();
  EXPECT_EQ(asked_, 1);
}

TEST_F(Plan, RefusesARuntimeThatIsNotThereOrRunsNothing) {
  add_python();
  selection_.runtimes = {"cpython-3.31"};
  EXPECT_THAT(names(), ElementsAre("there is no runtime `cpython-3.31` here; "
                                   "did you mean `cpython-3.13.0`?"));
  selection_.runtimes = {"cpython"};
  selection_.patterns = {"stdio-buffer"};
  EXPECT_THAT(names(), ElementsAre(HasSubstr("no selected case has a program "
                                             "for the runtime cpython")));
}

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
                  "emulator = ['/bin/sh', '-x']\nsuffix = '.x'\n");
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
  EXPECT_THAT(only().unsupported, HasSubstr("Wine prefix"));
}

TEST_F(PlanPeers, WithoutAnEmulatorAreUnsupported) {
  builds_.write("s390x/cases/target.toml",
                "emulator = ['qemu-nowhere']\nsuffix = '.x'\n");
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
