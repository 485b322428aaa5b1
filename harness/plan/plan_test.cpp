#include "harness/plan/plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/plan/fixture.hpp"

namespace poolbugs::plan {
namespace {

using catalogue::Outcome;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

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

}  // namespace
}  // namespace poolbugs::plan
