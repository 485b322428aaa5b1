#include "harness/report/merge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "harness/report/fixture.hpp"
#include "harness/report/results.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Outcome;
using testing::ElementsAre;
using testing::IsEmpty;

class MergeTest : public testing::Test {
 protected:
  /// How many of the merged records each runtime has.
  std::map<std::string, int> merged(const std::vector<Record>& fresh,
                                    const std::vector<Record>& old) {
    std::map<std::string, int> counts;
    for (const auto& record : merge(corpus_, fresh, old).records)
      ++counts[record.runtime];
    return counts;
  }
  static std::vector<Record> of_version(const std::string& runtime) {
    auto records = fixture::python_run(1);
    std::erase_if(records, [&](auto& r) { return r.runtime != runtime; });
    return records;
  }
  static std::vector<Record> renamed(std::vector<Record> records,
                                     const std::string& runtime) {
    for (auto& record : records) record.runtime = runtime;
    return records;
  }

  fixture::Folder folder_;
  catalogue::Catalogue corpus_ = [&] {
    auto corpus = fixture::python_corpus(folder_.path());
    std::erase_if(corpus.cases,
                  [](auto& item) { return item.slug == "not-yet"; });
    return corpus;
  }();
};

TEST_F(MergeTest, CompleteIsWhatHasEveryRun) {
  auto records = fixture::linux_run(1);
  const auto python = of_version("cpython-3.13.0");
  records.insert(records.end(), python.begin(), python.end());
  EXPECT_THAT(complete_in(corpus_, records),
              ElementsAre(Measured{"linux", "cpython-3.13.0"},
                          Measured{"linux", "native"}));
  std::erase_if(records, [](const Record& record) {
    return record.runtime != "native" &&
           record.start_method == StartMethod::forkserver;
  });
  EXPECT_THAT(complete_in(corpus_, records),
              ElementsAre(Measured{"linux", "native"}));
  std::erase_if(records, [](const Record& record) {
    return record.case_name == "fork/stdio-buffer" && record.program == "fixed";
  });
  EXPECT_THAT(complete_in(corpus_, records), IsEmpty());
  EXPECT_THAT(complete_in(corpus_, {}), IsEmpty());
  // What stands for an interpreter that is not there is nothing measured.
  EXPECT_THAT(complete_in(corpus_, renamed(python, "cpython")), IsEmpty());
}

TEST_F(MergeTest, AUsualRunThrowsAwayNothingThatOthersMeasured) {
  // Native, and the newest CPython by one start method alone.
  auto fresh = fixture::linux_run(1);
  for (const auto& record : of_version("cpython-3.13.0"))
    if (!record.start_method || record.start_method == StartMethod::forkserver)
      fresh.push_back(record);
  const auto before = merged({}, fixture::python_run(1));
  auto after = merged(fresh, fixture::python_run(1));
  EXPECT_EQ(after["native"], 12);
  after.erase("native");
  EXPECT_EQ(after, before);
  EXPECT_EQ(after["cpython-3.13.0"], 20);
}

TEST_F(MergeTest, ANewRecordReplacesThoseOfItsRun) {
  auto fresh = fixture::python_record("fork/held-mutex", "broken", "3.13.0",
                                      StartMethod::fork, Outcome::crash);
  auto old = fresh;
  old.outcome = Outcome::hang;
  auto again = old;
  again.repetition = 2;
  const auto all = merge(corpus_, {fresh}, {old, again}).records;
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].outcome, Outcome::crash);
}

TEST_F(MergeTest, AnotherPatchVersionReplacesTheOldOneOnceAllOfItIsMeasured) {
  const auto old = fixture::python_run(1);
  auto newer = renamed(of_version("cpython-3.13.0"), "cpython-3.13.1");
  auto after = merged(newer, old);
  EXPECT_EQ(after.count("cpython-3.13.0"), 0u);
  EXPECT_EQ(after["cpython-3.13.1"], 20);
  EXPECT_EQ(after["cpython-3.12.1"], 20);
  // One without the lock is another interpreter.
  after = merged(renamed(newer, "cpython-3.13.1t"), old);
  EXPECT_EQ(after["cpython-3.13.0"], 20);
  // On another platform nothing is replaced.
  auto there = newer;
  for (auto& record : there) record.platform = "windows";
  EXPECT_EQ(merged(there, old)["cpython-3.13.0"], 20);
  // A part of it replaces nothing.
  newer.pop_back();
  EXPECT_EQ(merged(newer, old)["cpython-3.13.0"], 20);
}

TEST_F(MergeTest, WhatIsNoLongerAskedGoes) {
  corpus_.cases.front().python_start = {StartMethod::fork};  // lost-error
  const auto one = [&](StartMethod start) {
    return fixture::python_record("async/lost-error", "broken", "3.7.16", start,
                                  Outcome::ok);
  };
  EXPECT_EQ(merge(corpus_, {}, {one(StartMethod::fork)}).records.size(), 1u);
  EXPECT_THAT(merge(corpus_, {}, {one(StartMethod::spawn)}).records, IsEmpty());
  // There is no program in C++.
  auto native = one(StartMethod::fork);
  native.runtime = "native";
  EXPECT_THAT(merge(corpus_, {}, {native}).records, IsEmpty());
  // And of stdio-buffer none in Python.
  const auto python = fixture::python_record(
      "fork/stdio-buffer", "broken", "3.7.16", std::nullopt, Outcome::ok);
  EXPECT_THAT(merge(corpus_, {}, {python}).records, IsEmpty());
}

TEST_F(MergeTest, CasesThatAreGoneAreNamedOnce) {
  auto gone = fixture::record("fork/gone", "broken", std::nullopt, Outcome::ok);
  auto again = gone;
  again.program = "fixed";
  EXPECT_THAT(merge(corpus_, {gone}, {again}).unknown,
              ElementsAre("fork/gone"));
}

TEST_F(MergeTest, ThatThereIsNoInterpreterIsToldOnlyIfThereIsNone) {
  auto none = fixture::python_record("async/lost-error", "broken", "",
                                     StartMethod::fork, Outcome::unsupported);
  none.runtime = "cpython";
  EXPECT_EQ(merged({none}, {})["cpython"], 1);
  EXPECT_EQ(merged({none}, fixture::python_run(1)).count("cpython"), 0u);
  EXPECT_EQ(merged(fixture::python_run(1), {none}).count("cpython"), 0u);
}

class Duplicates : public testing::Test {
 protected:
  /// "hang" or "ok" of what is kept, in its order.
  static std::vector<std::string> kept(const std::vector<Record>& records) {
    std::vector<std::string> words;
    for (const auto& record : without_duplicates(records))
      words.push_back(outcome_text(record));
    return words;
  }
  static Record run(Outcome outcome) {
    return fixture::record("fork/a", "broken", StartMethod::fork, outcome);
  }
};

TEST_F(Duplicates, ThoseThatAgreeAreOne) {
  EXPECT_THAT(kept({run(Outcome::ok), run(Outcome::ok)}), ElementsAre("ok"));
  auto again = run(Outcome::ok);
  again.repetition = 2;
  EXPECT_THAT(kept({run(Outcome::ok), again}), ElementsAre("ok", "ok"));
  auto elsewhere = run(Outcome::ok);
  elsewhere.platform = "windows";
  EXPECT_THAT(kept({run(Outcome::ok), elsewhere}), ElementsAre("ok", "ok"));
}

TEST_F(Duplicates, ThoseThatDisagreeStayInWhateverOrderTheyCame) {
  const auto hang = run(Outcome::hang), ok = run(Outcome::ok);
  EXPECT_THAT(kept({hang, ok, hang}), testing::SizeIs(2));
  EXPECT_EQ(kept({hang, ok, hang}), kept({ok, hang}));
}

TEST_F(Duplicates, TheBestProofSpeaksForAll) {
  auto proven = run(Outcome::hang), quiescent = run(Outcome::hang);
  proven.grade = catalogue::Grade::proven;
  quiescent.grade = catalogue::Grade::quiescent;
  EXPECT_THAT(kept({quiescent, proven}), ElementsAre("hang, proven"));
  EXPECT_THAT(kept({proven, quiescent}), ElementsAre("hang, proven"));
}

TEST_F(Duplicates, AJobThatCouldNotMakeTheRunSaysNothing) {
  const auto ok = run(Outcome::ok), lacks = run(Outcome::unsupported);
  EXPECT_THAT(kept({lacks, ok}), ElementsAre("ok"));
  EXPECT_THAT(kept({ok, lacks, lacks}), ElementsAre("ok"));
  EXPECT_THAT(kept({lacks, lacks}), ElementsAre("unsupported"));
}

TEST_F(Duplicates, WhoseEvidenceIsKeptDoesNotDependOnWhoCameFirst) {
  auto a = run(Outcome::ok), b = run(Outcome::ok);
  a.out = "of gcc";
  b.out = "of clang";
  EXPECT_EQ(without_duplicates({a, b}).front().out,
            without_duplicates({b, a}).front().out);
}

TEST_F(MergeTest, AWorkerThatIsNotBuiltTakesNothingBack) {
  auto measured = fixture::linux_run(1).front();
  auto missing = measured;
  missing.outcome = Outcome::unsupported;
  const auto outcome = [&](const Record& fresh, const Record& old) {
    const auto records = merge(corpus_, {fresh}, {old}).records;
    return records.size() == 1 ? records.front().outcome : Outcome::hang;
  };
  measured.outcome = Outcome::crash;
  EXPECT_EQ(outcome(missing, measured), Outcome::unsupported);
  for (auto& item : corpus_.cases) item.peer = "s390x";
  EXPECT_EQ(outcome(missing, measured), Outcome::crash);
  EXPECT_EQ(outcome(measured, missing), Outcome::crash);
  EXPECT_EQ(outcome(missing, missing), Outcome::unsupported);
}

class OldEvidence : public testing::Test {
 protected:
  /// Which runtimes still have evidence, of hangs in this order.
  static std::vector<std::string> kept(std::vector<Record> records) {
    std::vector<std::string> names;
    for (const auto& record : without_old_evidence(std::move(records)))
      if (!record.out.empty() && !record.stacks.empty() &&
          !record.graph.empty() && !record.explanation.empty())
        names.push_back(record.runtime);
    return names;
  }
  static Record hang(const std::string& runtime) {
    Record record;
    record.case_name = "fork/a";
    record.program = "broken";
    record.platform = "linux";
    record.runtime = runtime;
    record.outcome = Outcome::hang;
    record.verdict = catalogue::Verdict::as_promised;
    record.out = record.err = record.graph = "x";
    record.threads = record.stacks = record.explanation = {"x"};
    return record;
  }
};

TEST_F(OldEvidence, OfVersionsThatDidTheSameTheNewestKeepsIt) {
  EXPECT_THAT(kept({hang("native"), hang("cpython-2.7.18"),
                    hang("cpython-3.9.1"), hang("cpython-3.13.0")}),
              ElementsAre("native", "cpython-3.13.0"));
}

TEST_F(OldEvidence, EachOutcomeAndStartMethodHasItsOwn) {
  auto crash = hang("cpython-3.9.1");
  crash.outcome = Outcome::crash;
  EXPECT_THAT(kept({hang("cpython-3.8.1"), crash, hang("cpython-3.13.0")}),
              ElementsAre("cpython-3.9.1", "cpython-3.13.0"));
  auto spawned = hang("cpython-3.9.1");
  spawned.start_method = StartMethod::spawn;
  auto elsewhere = hang("cpython-3.9.1");
  elsewhere.platform = "windows";
  EXPECT_THAT(kept({spawned, elsewhere, hang("cpython-3.13.0")}),
              ElementsAre("cpython-3.9.1", "cpython-3.9.1", "cpython-3.13.0"));
}

TEST_F(OldEvidence, ABrokenPromiseKeepsIt) {
  auto broken = hang("cpython-3.9.1");
  broken.verdict = catalogue::Verdict::broken_promise;
  EXPECT_THAT(kept({broken, hang("cpython-3.13.0")}),
              ElementsAre("cpython-3.9.1", "cpython-3.13.0"));
}

}  // namespace
}  // namespace poolbugs::report
