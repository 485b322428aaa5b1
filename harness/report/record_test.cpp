#include "harness/report/record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "harness/report/fixture.hpp"

namespace poolbugs::report {
namespace {

using Json = nlohmann::ordered_json;
using catalogue::Grade;
using catalogue::Outcome;
using catalogue::Verdict;
using testing::ElementsAre;
using testing::HasSubstr;

plan::PlannedRun planned() {
  plan::PlannedRun run;
  run.item.area = "fork";
  run.item.slug = "held-mutex";
  run.item.id = "PB-0007";
  run.program.name = "broken";
  run.start = StartMethod::fork;
  run.promised = {{Outcome::hang, "orphaned-lock"}, {Outcome::ok, ""}};
  run.repetition = 2;
  return run;
}

TEST(MakeRecord, HoldsTheFacts) {
  run::Observation seen;
  seen.end = run::End::quiescent;
  seen.out = "a\xFF";
  seen.seconds = 1.5;
  seen.limits = {run::Limit::output};
  seen.left = {{run::Leftover::Kind::semaphore, "/dev/shm/sem.x"}};
  seen.threads = {{"worker 1", 2, 'S', "futex"}, {"parent", 1, 'R', ""}};
  const auto record = make_record(
      planned(), seen,
      {Outcome::hang, Grade::quiescent, "", Verdict::as_promised, {"It hung."}},
      "linux");
  EXPECT_EQ(record.case_name, "fork/held-mutex");
  EXPECT_EQ(record.repetition, 2);
  EXPECT_THAT(record.promised, ElementsAre("hang: orphaned-lock", "ok"));
  EXPECT_EQ(record.out, "a\\xFF");
  EXPECT_THAT(record.ended, testing::StartsWith("ended by poolbugs"));
  EXPECT_THAT(record.limits, ElementsAre("output"));
  EXPECT_THAT(record.left, ElementsAre("semaphore /dev/shm/sem.x"));
  EXPECT_THAT(record.threads, ElementsAre("worker 1, thread 2: S in futex",
                                          "parent, thread 1: R"));
}

TEST(MakeRecord, HoldsTheGraphAndTheStacks) {
  run::Observation seen;
  seen.end = run::End::proven;
  seen.threads = {{"worker 1", 2, 'S', "futex"}, {"parent", 1, 'Z', ""}};
  seen.threads[0].native = {{"futex_wait", "libc.so.6", 0},
                            {"work", "broken.cpp", 16}};
  seen.threads[0].python = {{"work", "pool.py", 3}};
  const auto record = make_record(planned(), seen,
                                  {Outcome::hang,
                                   Grade::proven,
                                   "orphaned-lock",
                                   Verdict::as_promised,
                                   {"It hangs."},
                                   "graph LR\n"},
                                  "linux");
  EXPECT_EQ(record.graph, "graph LR\n");
  EXPECT_THAT(record.stacks,
              ElementsAre("worker 1, thread 2: futex_wait ← work "
                          "(broken.cpp:16)",
                          "worker 1, thread 2: Python: work (pool.py:3)"));
  const auto again = from_json(to_json(record));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->graph, record.graph);
  EXPECT_EQ(again->stacks, record.stacks);
  EXPECT_EQ(again->grade, Grade::proven);
}

TEST(MakeRecord, TellsSignalsFromExitCodes) {
  run::Observation seen;
  seen.end = run::End::by_itself;
  const judge::Judgement ok{
      Outcome::ok, std::nullopt, "", Verdict::as_promised, {}};
  seen.exit = run::Exit{11, 0};
  EXPECT_EQ(make_record(planned(), seen, ok, "linux").ended, "exit 11");
  seen.exit = run::Exit{0, SIGSEGV};
  EXPECT_EQ(make_record(planned(), seen, ok, "linux").ended, "SIGSEGV");
  seen.exit = run::Exit{3221225477, 0};
  EXPECT_EQ(make_record(planned(), seen, ok, "windows").ended,
            "STATUS_ACCESS_VIOLATION");
}

TEST(MakeRecord, WhatWasNotRunHasNoEvidence) {
  const auto record = make_record(
      planned(), {},
      {Outcome::unsupported, std::nullopt, "", Verdict::unsupported, {"x"}},
      "linux");
  EXPECT_EQ(record.ended, "");
}

TEST(Json, HasTheKeysOfTheContractInAFixedOrder) {
  const auto object = to_json(fixture::linux_run(1).front());
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  EXPECT_THAT(keys,
              ElementsAre("case", "id", "program", "runtime", "start_method",
                          "platform", "repetition", "outcome", "grade", "cause",
                          "verdict", "promised", "seconds", "explanation",
                          "ended", "stdout", "stderr", "truncated", "limits",
                          "left", "threads"));
}

TEST(Json, IsReadBackAsItWas) {
  auto records = fixture::linux_run(3);
  records.front().strangers = {"/dev/shm/x"};
  records.front().out = std::string("NUL \0 and \x1B[31m", 14);
  for (const auto& record : records) {
    const auto again = from_json(Json::parse(to_json(record).dump()));
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_EQ(to_json(*again), to_json(record));
    EXPECT_EQ(again->out, record.out);
  }
}

TEST(Json, AnyBytesSurviveReadably) {
  Record record;
  record.out = std::string("\0\xFF\x1B", 3);
  const auto line = to_json(record).dump();
  EXPECT_THAT(line, HasSubstr(R"("stdout":"\u0000\\xFF\u001b")"));
}

TEST(Json, FaultsNameTheKey) {
  const auto fault = [](const std::function<void(Json&)>& spoil) {
    auto object = to_json(fixture::linux_run(1).front());
    spoil(object);
    const auto record = from_json(object);
    return record ? std::string("none") : record.error().text;
  };
  EXPECT_EQ(fault([](Json&) {}), "none");
  EXPECT_EQ(fault([](Json& o) { o["newer"] = 1; }), "none");
  EXPECT_EQ(fault([](Json& o) { o = 1; }), "a result is not a JSON object");
  EXPECT_EQ(fault([](Json& o) { o.erase("verdict"); }), "no key `verdict`");
  EXPECT_EQ(fault([](Json& o) { o["outcome"] = "fine"; }),
            "`outcome` cannot be \"fine\"");
  EXPECT_EQ(fault([](Json& o) { o["grade"] = 3; }), "`grade` is not a string");
  EXPECT_EQ(fault([](Json& o) { o["promised"] = "ok"; }),
            "`promised` is not a list of strings");
  EXPECT_EQ(fault([](Json& o) { o["promised"] = {1}; }),
            "`promised` is not a string");
  EXPECT_EQ(fault([](Json& o) { o["seconds"] = "1"; }),
            "`seconds` is not a number");
  EXPECT_EQ(fault([](Json& o) { o["repetition"] = 1.5; }),
            "`repetition` is not an integer");
  EXPECT_EQ(fault([](Json& o) { o["truncated"] = 0; }),
            "`truncated` is not true or false");
  EXPECT_EQ(fault([](Json& o) { o["outcome"] = nullptr; }),
            "`outcome` is not a string");
}

TEST(Json, APlatformThatNobodyKnowsIsAFault) {
  auto object =
      to_json(fixture::record("a/b", "broken", std::nullopt, Outcome::ok));
  EXPECT_TRUE(from_json(object));
  object["platform"] = "beos";
  const auto read = from_json(object);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().text,
            "`platform` cannot be \"beos\"; there are linux, i386, s390x, "
            "aarch64, windows, windows-wine, macos, macos-x86_64");
}

TEST(Record, Order) {
  const auto at = [](const char* program, std::optional<StartMethod> start) {
    return fixture::record("a/b", program, start, Outcome::ok);
  };
  EXPECT_TRUE(comes_before(at("broken", StartMethod::spawn),
                           at("fixed", StartMethod::fork)));
  EXPECT_TRUE(comes_before(at("fixed", StartMethod::fork),
                           at("control", StartMethod::fork)));
  EXPECT_TRUE(comes_before(at("broken", StartMethod::fork),
                           at("broken", StartMethod::spawn)));
  EXPECT_FALSE(comes_before(at("broken", StartMethod::fork),
                            at("broken", StartMethod::fork)));
}

TEST(Record, TextsForPeople) {
  auto record =
      fixture::record("fork/x", "broken", StartMethod::fork, Outcome::hang);
  record.grade = Grade::spinning;
  record.cause = "lost-wakeup";
  EXPECT_EQ(outcome_text(record), "hang, spinning: lost-wakeup");
  EXPECT_EQ(command_of(record),
            "poolbugs run fork/x --program broken --start-method fork");
  record.start_method.reset();
  record.runtime = "cpython-3.13.0";
  EXPECT_EQ(command_of(record),
            "poolbugs run fork/x --program broken --runtime cpython-3.13.0");
  record.platform = "windows-wine";
  record.runtime = plan::kNative;
  EXPECT_EQ(command_of(record),
            "ci/cross.d/wine build/windows/poolbugs.exe run fork/x --program "
            "broken");
  record.platform = "s390x";
  EXPECT_EQ(command_of(record),
            "poolbugs run fork/x --program broken --programs "
            "build/s390x/cases");
}

}  // namespace
}  // namespace poolbugs::report
