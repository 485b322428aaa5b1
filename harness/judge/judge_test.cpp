#include "harness/judge/judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "harness/judge/graph_fixture.hpp"
#include "harness/judge/opinion.hpp"

namespace poolbugs::judge {
namespace {

using catalogue::Grade;
using catalogue::Outcome;
using catalogue::Promise;
using catalogue::Verdict;
using run::End;
using run::Leftover;
using run::Limit;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Judge : public testing::Test {
 protected:
  Judge() { ends(0); }

  void ends(std::int64_t code, int signal = 0) {
    seen_.end = End::by_itself;
    seen_.exit = run::Exit{code, signal};
  }
  void promises(std::vector<Promise> promised) {
    planned_.promised = std::move(promised);
  }
  void leaves(Leftover::Kind kind) { seen_.left.push_back({kind, "name"}); }
  [[nodiscard]] Judgement judged() const { return judge(seen_, planned_); }
  /// "outcome: cause", and "!" after it if that is not what was promised.
  [[nodiscard]] std::string opinion() const {
    const Judgement found = judged();
    return Promise{found.outcome, found.cause}.text() +
           (found.verdict == Verdict::as_promised ? "" : " !");
  }

  run::Observation seen_;
  plan::PlannedRun planned_;
};

TEST_F(Judge, IsOkIfItSaidWhatItShould) {
  promises({{Outcome::ok, ""}});
  seen_.out = "expected: 1\nexpected: 2\nobserved: 2\nobserved: 1\n";
  EXPECT_EQ(opinion(), "ok");
  EXPECT_EQ(judged().grade, std::nullopt);
  seen_.out = "";
  EXPECT_EQ(opinion(), "ok");
}

TEST_F(Judge, ComparesMultisets) {
  seen_.out = "expected: 1\nexpected: 1\nobserved: 1\n";
  EXPECT_EQ(opinion(), "silent-loss !");
  seen_.out = "expected: 1\nobserved: 1\nobserved: 1\n";
  EXPECT_EQ(opinion(), "duplicate !");
  seen_.out = "expected: 1\nexpected: 2\nobserved: 1\nobserved: 1\n";
  EXPECT_EQ(opinion(), "wrong-result !");
  seen_.out = "expected: 1\nobserved: 2\n";
  EXPECT_EQ(opinion(), "wrong-result !");
  seen_.out = "expected: 1\n";
  EXPECT_EQ(opinion(), "silent-loss !");
  seen_.out = "observed: 1\n";
  EXPECT_EQ(opinion(), "duplicate !");
}

TEST_F(Judge, SaysWhatDiffers) {
  ends(0);
  seen_.out = "expected: 49\nobserved: 7\n";
  EXPECT_THAT(judged().explanation,
              Contains(HasSubstr("observed \"7\" instead of \"49\"")));
  seen_.out = "expected: a\nexpected: b\nobserved: b\n";
  EXPECT_THAT(judged().explanation,
              Contains(HasSubstr("never observed \"a\"")));
  seen_.out = "expected: a\nobserved: a\nobserved: a\n";
  EXPECT_THAT(judged().explanation,
              Contains(HasSubstr("observed \"a\" too often")));
  seen_.out.clear();
  for (const char* item : {"1", "2", "3", "4", "5"})
    seen_.out += std::string("expected: ") + item + "\n";
  EXPECT_THAT(judged().explanation,
              Contains(HasSubstr("\"1\", \"2\", \"3\" and 2 more")));
  // 79 bytes and then a character of two: it is left out whole.
  seen_.out = "expected: " + std::string(79, 'x') + "\u00e9 and so on\n";
  EXPECT_THAT(judged().explanation,
              Contains(HasSubstr("\"" + std::string(79, 'x') + "…\"")));
}

TEST_F(Judge, LooksAtTheResultOnlyAfterExitCode0) {
  ends(3);
  seen_.out = "expected: 1\n";
  promises({{Outcome::error, ""}});
  EXPECT_EQ(opinion(), "error: exit 3");
}

TEST_F(Judge, SearchesThePromisedMessageInStderr) {
  ends(1);
  promises({{Outcome::ok, ""}, {Outcome::clear_error, "unregistered .lass"}});
  seen_.err = "first\nwhat(): unregistered class\n";
  EXPECT_EQ(opinion(), "clear-error: unregistered .lass");
  seen_.err = "unregistered\n class";
  EXPECT_EQ(opinion(), "error: exit 1 !");
  EXPECT_THAT(judged().explanation,
              Contains(HasSubstr("Promised was `ok` or `clear-error: "
                                 "unregistered .lass`, this is `error: ")));
  seen_.err = "unregistered class";
  promises({{Outcome::ok, ""}});
  EXPECT_EQ(opinion(), "error: exit 1 !");
}

TEST_F(Judge, DoesNotOverflowTheStackOnALongLine) {
  std::string longest(1 << 22, 'a');
  EXPECT_FALSE(any_line_matches(longest, "(a|d)+b"));
  longest += "\nab\n";
  EXPECT_TRUE(any_line_matches(longest, "(a|d)+b"));
  EXPECT_FALSE(any_line_matches(longest, "(a|d)+c"));
  EXPECT_FALSE(any_line_matches("text", "("));
  EXPECT_FALSE(any_line_matches("", "a"));
}

TEST_F(Judge, NamesTheSignalOfACrash) {
  ends(0, SIGSEGV);
  promises({{Outcome::crash, "SIGSEGV"}});
  EXPECT_EQ(opinion(), "crash: SIGSEGV");
  ends(0, SIGABRT);
  EXPECT_EQ(opinion(), "crash: SIGABRT !");
  ends(0, 64);
  EXPECT_EQ(opinion(), "crash: signal 64 !");
}

TEST_F(Judge, NamesTheStatusOfACrashOnWindows) {
  promises({{Outcome::crash, "STATUS_ACCESS_VIOLATION"}});
  ends(3221225477);
  EXPECT_EQ(opinion(), "crash: STATUS_ACCESS_VIOLATION");
  EXPECT_THAT(
      judged().explanation,
      ElementsAre("The first process died of STATUS_ACCESS_VIOLATION."));
  ends(0xC0000123);
  EXPECT_EQ(opinion(), "crash: 0xC0000123 !");
  ends(0xFFFFFFFF);  // of exit(-1)
  EXPECT_EQ(opinion(), "error: exit 4294967295 !");
  leaves(Leftover::Kind::process);
  ends(3221225477);
  EXPECT_EQ(opinion(), "leak: process after STATUS_ACCESS_VIOLATION !");
}

TEST_F(Judge, TakesExitCode3ForAbortOnlyWithItsMessage) {
  promises({{Outcome::crash, "abort"}});
  ends(3);
  for (const char* message :
       {"\r\nThis application has requested the Runtime to terminate it in an "
        "unusual way.\r\nPlease contact the application's support team for "
        "more information.\r\n",
        "Assertion failed: c==7, file a.cpp, line 13\r\n\r\n",
        "work\r\nterminate called after throwing an instance of 'int'\r\n"}) {
    seen_.err = message;
    EXPECT_EQ(opinion(), "crash: abort") << message;
  }
  ends(1);
  EXPECT_EQ(opinion(), "error: exit 1 !");
  ends(3);
  seen_.err = "worker 1: it terminate called me\n";
  EXPECT_EQ(opinion(), "error: exit 3 !");
}

TEST_F(Judge, BindsNoCauseThatIsNotPromised) {
  ends(0, SIGSEGV);
  promises({{Outcome::crash, ""}});
  EXPECT_EQ(opinion(), "crash: SIGSEGV");
}

TEST_F(Judge, FindsALeakBeforeACrashAndAnError) {
  leaves(Leftover::Kind::semaphore);
  leaves(Leftover::Kind::process);
  leaves(Leftover::Kind::process);
  promises({{Outcome::leak, "process and semaphore"}});
  EXPECT_EQ(opinion(), "leak: process and semaphore");
  ends(3);
  EXPECT_EQ(opinion(), "leak: process and semaphore");
  ends(0, SIGTERM);
  EXPECT_EQ(opinion(), "leak: process and semaphore after SIGTERM !");
}

TEST_F(Judge, NamesEveryKindOfLeak) {
  for (const auto kind :
       {Leftover::Kind::process, Leftover::Kind::shared_memory,
        Leftover::Kind::semaphore, Leftover::Kind::file,
        Leftover::Kind::sysv_ipc})
    leaves(kind);
  EXPECT_EQ(judged().cause,
            "file and process and semaphore and shared-memory and sysv-ipc");
}

TEST_F(Judge, TakesAPromisedDeathAsAPartOfTheLeak) {
  leaves(Leftover::Kind::process);
  promises({{Outcome::leak, "after SIGTERM"}});
  EXPECT_EQ(opinion(), "leak: process !");
  ends(0, SIGTERM);
  EXPECT_EQ(opinion(), "leak: process after SIGTERM");
  ends(0, SIGINT);
  EXPECT_EQ(opinion(), "leak: process after SIGINT !");
  promises({{Outcome::leak, "process after SIGINT"}});
  EXPECT_EQ(opinion(), "leak: process after SIGINT");
}

TEST_F(Judge, FindsARunawayWhateverTheExitStatus) {
  promises({{Outcome::runaway, "processes"}});
  leaves(Leftover::Kind::process);
  seen_.limits = {Limit::processes};
  EXPECT_EQ(opinion(), "runaway: processes");
  for (const End end : {End::deadline, End::quiescent, End::limit}) {
    seen_.end = end;
    EXPECT_EQ(opinion(), "runaway: processes");
  }
  seen_.limits = {Limit::processes, Limit::output, Limit::memory, Limit::disk};
  EXPECT_EQ(opinion(), "runaway: disk and memory and output and processes !");
}

TEST_F(Judge, GradesAHang) {
  promises({{Outcome::hang, ""}});
  seen_.exit.reset();
  seen_.end = End::quiescent;
  leaves(Leftover::Kind::process);
  EXPECT_EQ(opinion(), "hang");
  EXPECT_EQ(judged().grade, Grade::quiescent);
  seen_.end = End::deadline;
  seen_.last = {2, 2, 10, 0, 0};
  EXPECT_EQ(judged().grade, Grade::spinning);
}

TEST_F(Judge, BindsTheCauseOfAHangOnlyWhereHangsAreProved) {
  seen_.end = End::quiescent;
  promises({{Outcome::hang, "orphaned-lock"}});
  EXPECT_EQ(opinion(), "hang");
  EXPECT_THAT(judged().explanation,
              Contains(HasSubstr("`orphaned-lock` is not checked")));
  planned_.proof = true;
  EXPECT_EQ(opinion(), "hang !");
  EXPECT_THAT(judged().explanation, Not(Contains(HasSubstr("not checked"))));
  promises({{Outcome::hang, ""}});
  EXPECT_EQ(opinion(), "hang");
}

TEST_F(Judge, TellsTheCauseOfAProvedHang) {
  GraphBuilder graph;
  const int one = graph.single();
  const int two = graph.thread(0);
  graph.locks(one, graph.lock(two));
  graph.locks(two, graph.lock(one));
  auto examined = std::make_shared<wait::Examined>();
  examined->graph = graph.graph;
  examined->verdict = wait::decide(graph.graph);
  seen_.examined = examined;
  seen_.end = End::proven;
  planned_.proof = true;
  promises({{Outcome::hang, "lock-cycle"}});
  EXPECT_EQ(opinion(), "hang: lock-cycle");
  EXPECT_EQ(judged().grade, Grade::proven);
  EXPECT_THAT(judged().graph, HasSubstr("graph LR"));
  EXPECT_THAT(judged().explanation, Contains(HasSubstr("waits for a lock")));
  promises({{Outcome::hang, "pipe-cycle"}});
  EXPECT_EQ(opinion(), "hang: lock-cycle !");
  // Under a condition it is as good a cause, but no proof.
  seen_.end = End::quiescent;
  EXPECT_EQ(judged().cause, "lock-cycle");
  EXPECT_EQ(judged().grade, Grade::quiescent);
}

TEST_F(Judge, TakesOurOwnFaultsBeforeAllElse) {
  promises({{Outcome::ok, ""}});
  seen_.limits = {Limit::output};
  seen_.end = End::harness_failed;
  seen_.failure = "clone: Operation not permitted";
  EXPECT_EQ(opinion(), "harness-error !");
  EXPECT_THAT(judged().explanation,
              ElementsAre("poolbugs itself failed: clone: Operation not "
                          "permitted"));
  seen_.end = End::interrupted;
  EXPECT_EQ(opinion(), "harness-error !");
}

TEST_F(Judge, DoesNotGuessWhereFactsAreMissing) {
  seen_.exit.reset();
  EXPECT_EQ(opinion(), "harness-error !");
  seen_.end = End::limit;
  EXPECT_EQ(opinion(), "harness-error !");
}

TEST_F(Judge, DoesNotLookAtARunThatIsUnsupported) {
  planned_.unsupported = "needs root, which this machine lacks";
  const Judgement found = judge({}, planned_);
  EXPECT_EQ(found.outcome, Outcome::unsupported);
  EXPECT_EQ(found.verdict, Verdict::unsupported);
  EXPECT_THAT(found.explanation,
              ElementsAre("Not run: needs root, which this machine lacks."));
}

TEST_F(Judge, TakesAnyOfTheAlternatives) {
  ends(0, SIGSEGV);
  promises({{Outcome::hang, ""}, {Outcome::crash, "SIGSEGV"}});
  EXPECT_EQ(opinion(), "crash: SIGSEGV");
}

TEST_F(Judge, ExplainsInOneToFourSentences) {
  promises({{Outcome::crash, "SIGSEGV"}});
  for (const End end : {End::by_itself, End::quiescent, End::deadline,
                        End::limit, End::interrupted, End::harness_failed}) {
    seen_.end = end;
    seen_.threads.assign(9, {"worker 1", 1, 'S', "futex"});
    EXPECT_THAT(judged().explanation, Not(IsEmpty()));
    EXPECT_LE(judged().explanation.size(), 4u);
  }
}

}  // namespace
}  // namespace poolbugs::judge
