// Which signals count, of facts that nobody read.
#include "platform/wait_signals_linux.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "platform/system_calls_linux.hpp"
#include "platform/wait_graph_test_support.hpp"

namespace poolbugs::wait {
namespace {

constexpr std::uint64_t set_of(std::initializer_list<int> signals) {
  std::uint64_t set = 0;
  for (const int signal : signals) set |= std::uint64_t{1} << (signal - 1);
  return set;
}

/// A process that reads an own pipe of which it holds both ends.
class SignalsTest : public testing::Test {
 protected:
  SignalsTest() {
    tree_.process();
    tree_.read_end(0, 3, 7);
    tree_.write_end(0, 4, 7);
    tree_.call(0, SYS_read, {3});
  }
  [[nodiscard]] Signals signals(std::size_t thread = 0) const {
    return tree_.graph().threads[thread].signals;
  }

  FactsBuilder tree_;
};

TEST_F(SignalsTest, WhatIsCaughtAndNotBlockedMayCome) {
  tree_.at(0).caught = set_of({SIGTERM, SIGHUP, SIGUSR1});
  tree_.thread_at(0).blocked = set_of({SIGHUP, SIGINT});
  EXPECT_EQ(signals().outside, set_of({SIGTERM, SIGUSR1}));
  EXPECT_EQ(tree_.outcome(), "but signals");
  tree_.thread_at(0).blocked = tree_.at(0).caught;
  EXPECT_EQ(tree_.outcome(), "whole");
}

TEST_F(SignalsTest, OneThreadThatDoesNotBlockItIsEnough) {
  tree_.thread(0);
  tree_.call(0, SYS_read, {3}, 1);
  tree_.at(0).caught = set_of({SIGTERM});
  tree_.thread_at(0, 0).blocked = set_of({SIGTERM});
  // The second may write what the first reads.
  EXPECT_EQ(tree_.outcome(), "but signals");
  tree_.thread_at(0, 1).blocked = set_of({SIGTERM});
  EXPECT_EQ(tree_.outcome(), "whole");
}

TEST_F(SignalsTest, FaultsAndTimersAndLibrariesAreExempt) {
  tree_.at(0).caught = set_of({SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS,
                               SIGABRT, SIGALRM, SIGVTALRM, SIGPROF});
  EXPECT_EQ(signals().outside, 0U);
  EXPECT_EQ(signals().members, tree_.at(0).caught);
  EXPECT_EQ(tree_.outcome(), "whole");
}

TEST_F(SignalsTest, ThreadsOfAProcessCancelEachOther) {
  tree_.at(0).caught = set_of({32, 33});
  EXPECT_EQ(signals().outside | signals().members, 0U);
  EXPECT_EQ(tree_.outcome(), "whole");
  // Not those of another process.
  tree_.call(tree_.process(0), SYS_nanosleep);
  EXPECT_EQ(decide(tree_.graph()).outlook[0], Outlook::never);
  tree_.thread(0);
  tree_.call(0, SYS_nanosleep, {}, 1);
  EXPECT_EQ(decide(tree_.graph()).outlook[0], Outlook::may_move);
}

TEST_F(SignalsTest, AnyOtherIsNot) {
  for (int signal = 1; signal <= 64; ++signal) {
    tree_.at(0).caught = set_of({signal});
    // Nobody is born here; SIGINT has tests of its own.
    if (signal == SIGCHLD || signal == SIGINT) continue;
    EXPECT_EQ(tree_.outcome() == "whole", is_exempt(signal)) << signal;
  }
}

TEST_F(SignalsTest, InterruptIsExemptIfItOnlyRaisesAndNobodyHasATerminal) {
  tree_.at(0).caught = set_of({SIGINT});
  tree_.at(0).interrupt = Interrupt::raises;
  EXPECT_TRUE(signals().interrupt_exempt);
  EXPECT_EQ(tree_.outcome(), "whole");
  tree_.at(0).interrupt = Interrupt::acts;
  EXPECT_FALSE(signals().interrupt_exempt);
  EXPECT_EQ(tree_.outcome(), "but signals");
  tree_.at(0).interrupt = Interrupt::raises;
  tree_.process(0);
  tree_.at(1).terminal = true;
  tree_.call(1, SYS_wait4, {});
  EXPECT_EQ(signals().outside, set_of({SIGINT}));
}

TEST_F(SignalsTest, WhoWaitsForSignalsWaitsForEveryOne) {
  tree_.at(0).caught = set_of({SIGINT, SIGALRM});
  tree_.at(0).interrupt = Interrupt::raises;
  tree_.call(0, SYS_rt_sigsuspend);
  EXPECT_EQ(signals().outside, set_of({SIGINT, SIGALRM}));
  tree_.at(0).caught = 0;
  EXPECT_EQ(tree_.outcome(), "whole");
  tree_.call(0, SYS_rt_sigtimedwait);
  EXPECT_EQ(tree_.outcome(), "but signals");
}

TEST_F(SignalsTest, ReaderOfASignalfdWaitsForItsSignals) {
  tree_.call(0, SYS_read, {5});
  tree_.open(0, 5, FileKind::signalfd, 1).awaited = set_of({SIGUSR2});
  EXPECT_EQ(signals().outside, set_of({SIGUSR2}));
  EXPECT_EQ(tree_.outcome(), "but signals");
}

TEST_F(SignalsTest, ChildsSignalComesFromTheChildAndFromWhoStopsIt) {
  tree_.at(0).caught = set_of({SIGCHLD});
  EXPECT_EQ(tree_.outcome(), "whole");  // it has none
  tree_.process(0);
  tree_.read_end(1, 3, 8);
  tree_.write_end(1, 4, 8);
  tree_.call(1, SYS_read, {3});
  EXPECT_EQ(signals().senders, std::vector<int>{1});
  EXPECT_EQ(tree_.outcome(), "but signals");
  tree_.facts.around.no_signals = true;
  EXPECT_EQ(tree_.outcome(), "whole");
  tree_.call(1, SYS_nanosleep);
  EXPECT_EQ(decide(tree_.graph()).outlook[0], Outlook::may_move);
}

TEST_F(SignalsTest, StopEndsSomeCalls) {
  tree_.open(0, 5, FileKind::epoll, 1).all_watched_known = true;
  tree_.at(0).descriptors.back().watched = {{3, 1, true}};
  for (const long call : {SYS_epoll_pwait, SYS_epoll_wait}) {
    tree_.call(0, call, {5, 0, 1, ~std::uint64_t{0}});
    EXPECT_TRUE(signals().stop) << call;
    EXPECT_EQ(tree_.outcome(), "but signals");
  }
  tree_.call(0, SYS_read, {3});
  EXPECT_FALSE(signals().stop);
}

TEST_F(SignalsTest, StopBeginsAReadAnewThatDoesNotBlockNow) {
  tree_.at(0).descriptors[0].nonblocking = true;
  EXPECT_EQ(tree_.outcome(), "but signals");
}

TEST_F(SignalsTest, WaitForStoppedChildrenEndsByAStop) {
  tree_.process(0);
  tree_.read_end(1, 3, 8);
  tree_.write_end(1, 4, 8);
  tree_.call(1, SYS_read, {3});
  const auto none = ~std::uint64_t{0};
  tree_.call(0, SYS_wait4, {none, 0, 0});
  EXPECT_EQ(tree_.outcome(), "whole");
  for (const std::uint64_t option : {WUNTRACED, WCONTINUED}) {
    tree_.call(0, SYS_wait4, {none, 0, option});
    EXPECT_TRUE(signals().stop);
    // It waits for the end of one that never runs again, all the same.
    EXPECT_EQ(decide(tree_.graph()).wrappers, std::vector<int>{0});
    tree_.call(0, SYS_waitid, {P_ALL, 0, 0, WEXITED | option});
    EXPECT_TRUE(signals().stop);
  }
}

}  // namespace
}  // namespace poolbugs::wait
