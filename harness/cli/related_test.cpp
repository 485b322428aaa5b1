#include "harness/cli/related.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/catalogue/fixture.hpp"
#include "harness/report/record.hpp"

namespace poolbugs::cli {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Related : public testing::Test {
 protected:
  Related() {
    corpus_ = {root_.path() / "cases", root_.path() / "results.jsonl"};
    for (const char* name : {"fork/a", "fork/b", "fork/c", "fork/d"})
      add(name, "\"hang: lost-wakeup\"");
  }

  void add(const std::string& name, const std::string& promise) {
    catalogue::write_case(
        root_, "cases/" + name,
        catalogue::manifest("", promise, fmt::format("PB-{:04}", ++id_)));
  }
  /// A hang of the case's broken program with these stacks.
  void measured(const std::string& name, std::vector<std::string> stacks) {
    report::Record record;
    record.case_name = name;
    record.program = "broken";
    record.platform = "linux";
    record.outcome = catalogue::Outcome::hang;
    record.stacks = std::move(stacks);
    results_ += report::to_json(record).dump() + "\n";
    root_.write("results.jsonl", results_);
  }
  static std::vector<stacks::ProcessStacks> stack(
      std::vector<stacks::Frame> native, std::vector<stacks::Frame> python) {
    stacks::ThreadStack thread;
    thread.native = std::move(native);
    thread.python = std::move(python);
    stacks::ProcessStacks process;
    process.threads = {thread};
    return {process};
  }
  /// Names of the nearest, then the number of others.
  std::vector<std::string> related(
      const std::string& cause = "lost-wakeup",
      const std::vector<stacks::ProcessStacks>& stacks = {}) {
    const RelatedCases found = related_cases(corpus_, cause, stacks);
    std::vector<std::string> names;
    for (const RelatedCase& item : found.nearest) names.push_back(item.name);
    names.push_back(std::to_string(found.others));
    return names;
  }

  catalogue::TemporaryFolder root_;
  Corpus corpus_;
  std::string results_;
  int id_ = 0;
};

TEST_F(Related, WithoutStacksTheFirstWithTheCauseAreTaken) {
  add("fork/e", "\"crash: lost-wakeup\"");
  add("fork/aa", "\"hang: lock-cycle\"");
  EXPECT_THAT(related(), ElementsAre("fork/a", "fork/b", "fork/c", "1"));
  EXPECT_THAT(related("lock-cycle"), ElementsAre("fork/aa", "0"));
}

TEST_F(Related, WhatFewCasesHaveSaysMost) {
  const std::string all = "parent, thread 1: Python: wait (threading.py:1) ← ";
  measured("fork/a", {all + "get (pool.py:768) ← map (pool.py:3)"});
  measured("fork/b", {all + "get (pool.py:768) ← join (queues.py:7)"});
  measured("fork/c", {all + "get (pool.py:768) ← result (_base.py:451)"});
  measured("fork/d", {all + "acquire (synchronize.py:2)"});
  const auto looks_like = [&](const char* function, const char* file) {
    return related("lost-wakeup",
                   stack({{"futex_wait", "", 0}}, {{"wait", "threading.py", 99},
                                                   {function, file, 12},
                                                   {"mine", "mine.py", 3}}));
  };
  EXPECT_THAT(looks_like("join", "queues.py"), ElementsAre("fork/b", "3"));
  EXPECT_THAT(looks_like("acquire", "synchronize.py"),
              ElementsAre("fork/d", "3"));
  EXPECT_EQ(looks_like("get", "pool.py").size(), 4U) << "three have that";
}

TEST_F(Related, AFunctionOfAnotherFileIsAnother) {
  measured("fork/a", {"parent, thread 1: Python: get (queue.py:1)"});
  measured("fork/b", {"parent, thread 1: Python: get (pool.py:1)"});
  EXPECT_THAT(related("lost-wakeup", stack({}, {{"get", "pool.py", 2}})),
              ElementsAre("fork/b", "3"));
}

TEST_F(Related, NativeProgramsAreComparedWithNativeOnes) {
  measured("fork/a", {"parent, thread 1: __futex_wait ← work (a.cpp:2)",
                      "parent, thread 1: Python: get (pool.py:1)"});
  measured("fork/b", {"parent, thread 1: __futex_wait ← work (b.cpp:2)"});
  EXPECT_THAT(
      related("lost-wakeup", stack({{"__futex_wait", "libc.so", 0}}, {})),
      ElementsAre("fork/b", "3"));
  EXPECT_THAT(related("lost-wakeup", stack({{"__futex_wait", "libc.so", 0}},
                                           {{"get", "pool.py", 1}})),
              ElementsAre("fork/a", "3"));
}

TEST_F(Related, OtherResultsAndDamagedOnesAreNoHelp) {
  root_.write("results.jsonl", "no json");
  EXPECT_THAT(related("lost-wakeup", stack({{"f", "", 0}}, {})),
              ElementsAre("fork/a", "fork/b", "fork/c", "1"));
  measured("fork/gone", {"x", "", "parent, thread 1: ", ": f ← "});
  EXPECT_THAT(related("lost-wakeup", stack({{"f", "", 0}}, {})),
              ElementsAre("fork/a", "fork/b", "fork/c", "1"));
}

TEST_F(Related, NoneWithoutACauseOrASoundCorpus) {
  EXPECT_THAT(related(""), ElementsAre("0"));
  root_.write("cases/fork/a/case.md", "no manifest");
  EXPECT_THAT(related(), ElementsAre("0"));
  corpus_.cases = root_.path() / "none";
  EXPECT_THAT(related(), ElementsAre("0"));
}

TEST(DefaultCorpus, IsWhereThisWasBuilt) {
  EXPECT_EQ(default_corpus().cases, POOLBUGS_SOURCE_DIR "/cases");
  EXPECT_EQ(default_corpus().results.filename(), "results.jsonl");
}

}  // namespace
}  // namespace poolbugs::cli
