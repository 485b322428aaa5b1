// `poolbugs diagnose` as its users run it.
#include <nlohmann/json.hpp>

#include "harness/cli/cli_fixture.hpp"
#include "harness/judge/cause.hpp"
#include "harness/report/facts_json.hpp"

namespace poolbugs::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class CliDiagnose : public Cli {
 protected:
  ~CliDiagnose() override {
    for (const pid_t one : started_) {
      ::kill(one, SIGKILL);
      ::waitpid(one, nullptr, 0);
    }
  }
  /// What runs until the test is over.
  pid_t other(const std::string& command) {
    const auto pid = spawn_process(
        "/bin/sh", {"-c", "exec " + command + " > /dev/null 2>&1"}, {});
    started_.push_back(pid.value());
    return pid.value();
  }
  /// Waits until it is in this system call; the number comes first there.
  bool asleep(pid_t pid, const char* name) {
    return soon([&] { return where_it_waits(pid, pid).call == name; });
  }
  Ended diagnose(pid_t pid, const std::string& options = "") {
    return call("diagnose " + options + " " + std::to_string(pid));
  }

  std::vector<pid_t> started_;
};

TEST_F(CliDiagnose, AHangIsExplainedAndLeftAsItIs) {
  const pid_t pid = other(POOLBUGS_BINARY_DIR "/plants/deadlocks lock_order");
  ASSERT_TRUE(soon([&] {
    const auto tree = sample_tree(pid, 4096, true);
    return tree.processes[0].threads.size() == 2 && asleep(pid, "futex");
  }));
  const auto stuck = [](const Ended& ended) {
    return ended.code == 120 || ended.code == 122;
  };
  EXPECT_TRUE(soon([&] { return stuck(diagnose(pid)); }));
  const Ended ended = diagnose(pid);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("lock-cycle"), HasSubstr("futex"),
                               HasSubstr("thread 2"), HasSubstr("deadlocks")));
  const Ended json = diagnose(pid, "--json -");
  const auto seen = nlohmann::json::parse(json.out, nullptr, false);
  EXPECT_EQ(seen["pid"], pid);
  EXPECT_EQ(seen["cause"], "lock-cycle");
  EXPECT_EQ(seen["status"], json.code);
  EXPECT_THAT(seen["stacks"], IsEmpty());
  EXPECT_EQ(seen["threads"].size(), 2u);
  EXPECT_THAT(diagnose(pid, "--markdown -").out, HasSubstr("```mermaid"));
  EXPECT_EQ(::kill(pid, 0), 0);
}

TEST_F(CliDiagnose, TheFactsAloneLeadToTheSameVerdict) {
  const pid_t pid =
      other(POOLBUGS_BINARY_DIR "/plants/deadlocks three_threads");
  const auto facts = file("facts").string();
  ASSERT_TRUE(soon([&] { return diagnose(pid, "--facts " + facts).code > 2; }));
  const auto seen = nlohmann::ordered_json::parse(slurp(facts), nullptr, false);
  EXPECT_EQ(seen["found"]["cause"], "lock-cycle");
  const auto in = report::facts_from_json(seen["facts"]);
  ASSERT_TRUE(in) << in.error().text;
  const wait::Graph graph = wait::build_graph(*in);
  const wait::Verdict verdict = wait::decide(graph);
  EXPECT_NE(verdict.proof, wait::Proof::none);
  EXPECT_EQ(judge::cause_of(graph, verdict).core.size(), 3U);
}

TEST_F(CliDiagnose, StacksOnlyIfAskedForAndSaysWhatTheyDo) {
  const pid_t pid = other(POOLBUGS_BINARY_DIR "/plants/deadlocks self_lock");
  ASSERT_TRUE(asleep(pid, "futex"));
  const Ended ended = diagnose(pid, "--stacks");
  EXPECT_THAT(ended.err, HasSubstr("interrupted"));
  EXPECT_THAT(ended.out, HasSubstr("main"));
}

TEST_F(CliDiagnose, ASleeperMayMove) {
  const pid_t pid = other("sleep 300");
  ASSERT_TRUE(asleep(pid, "clock_nanosleep"));
  const Ended ended = diagnose(pid);
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("may move"), HasSubstr("time-out"),
                               HasSubstr("clock_nanosleep")));
}

TEST_F(CliDiagnose, APollerBesideAStuckThreadIsNoProof) {
  const pid_t pid = other(
      "python3 -c \"import threading, time\n"
      "l = threading.Lock(); l.acquire()\n"
      "threading.Thread(target=l.acquire).start()\n"
      "while True: time.sleep(0.07)\"");
  ASSERT_TRUE(soon([&] {
    return sample_tree(pid, 4096, true).processes[0].threads.size() == 2;
  }));
  EXPECT_TRUE(soon([&] { return diagnose(pid).code == 122; }));
}

TEST_F(CliDiagnose, WhoBurnsMayMove) {
  const pid_t pid = other("sh -c 'while :; do :; done'");
  const Ended ended = diagnose(pid);
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, HasSubstr("% of a CPU"));
}

TEST_F(CliDiagnose, WhatIsNoProcessIsSaid) {
  EXPECT_EQ(call("diagnose").code, 2);
  for (const char* word : {"abc", "0", "-3", "1.5"})
    EXPECT_EQ(call(std::string("diagnose -- ") + word).code, 2) << word;
  const Ended gone = call("diagnose 4194304");  // pid_max is at most this
  EXPECT_EQ(gone.code, 2);
  EXPECT_THAT(gone.err, HasSubstr("no process 4194304"));
  EXPECT_EQ(diagnose(::getpid(), "--json /no/such/file").code, 125);
}

TEST_F(CliDiagnose, WhatMayNotBeReadIsNamed) {
  if (::getuid() != 0) GTEST_SKIP() << "needs a process of another user";
  const pid_t pid = other("sleep 300");
  ASSERT_TRUE(asleep(pid, "clock_nanosleep"));
  std::filesystem::permissions(root_.path(), std::filesystem::perms::all);
  const auto nobody = spawn_process(
      "/bin/sh",
      {"-c",
       "exec setpriv --reuid=65534 --regid=65534 "
       "--clear-groups " POOLBUGS_BINARY_DIR "/poolbugs diagnose " +
           std::to_string(pid) + " 2> '" + file("err").string() + "'"},
      {});
  const Ended ended = wait(nobody.value());
  EXPECT_EQ(ended.code, 125);
  EXPECT_THAT(ended.err, HasSubstr("may not be looked into"));
}

}  // namespace
}  // namespace poolbugs::cli
