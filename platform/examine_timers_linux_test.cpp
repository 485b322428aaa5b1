// What becomes of facts when their processes are asked for timers.
#include <sys/epoll.h>
#include <time.h>

#include "platform/asking_test_support.hpp"
#include "platform/examine_timers.hpp"

namespace poolbugs::wait {
namespace {

using Alarm = Surroundings::Alarm;

class ExamineTimers : public WaitReaderTest {
 protected:
  ExamineTimers() { tree_.ask = Ask::to_say_more; }

  /// A reader that did `prepare` before.
  static std::function<long()> reader(const std::function<void()>& prepare) {
    return [prepare] {
      prepare();
      const TestPipe pipe;
      return read_one(pipe.reads.get());
    };
  }
  Facts facts_of(const AskedChild& child, long call = SYS_read) {
    tree_.above = child.pid();
    tree_.with_above = true;
    while (true) {
      Facts facts = read_facts(tree_);
      if (facts.disturbed.empty() && facts.processes.size() == 1 &&
          facts.processes[0].threads.at(0).call == call)
        return facts;
    }
  }
  /// Until nobody is in the way.
  std::pair<Facts, std::string> ask(const AskedChild& child, Alarm alarm,
                                    long call = SYS_read) {
    for (int i = 0;; ++i) {
      Facts facts = facts_of(child, call);
      facts.around.alarm = alarm;
      TimersToAsk timers(tree_, facts);
      EXPECT_TRUE(timers.wanted(facts));
      std::string why = timers.ask(facts);
      if (facts.disturbed.empty() || i == 50) return {facts, why};
    }
  }

  Tree tree_;
};

void make_timer(time_t seconds) {
  timer_t timer{};
  ::timer_create(CLOCK_MONOTONIC, nullptr, &timer);
  itimerspec time{};
  time.it_value.tv_sec = seconds;
  ::timer_settime(timer, 0, &time, nullptr);
}

TEST_F(ExamineTimers, SomebodyElsesAlarmIsNotTheTrees) {
  const AskedChild child(reader([] {}));
  for (const Alarm alarm : {Alarm::unknown, Alarm::pending_somewhere}) {
    const auto [facts, why] = ask(child, alarm);
    EXPECT_EQ(why, "");
    EXPECT_EQ(facts.around.alarm, Alarm::none) << facts.disturbed;
    EXPECT_TRUE(facts.processes[0].modelled);
    // They are those of after it was asked.
    EXPECT_EQ(facts.processes[0].threads[0].switches,
              facts_of(child).processes[0].threads[0].switches);
  }
}

TEST_F(ExamineTimers, ItsOwnAlarmLeavesItFree) {
  const AskedChild child(reader([] { ::alarm(3600); }));
  const auto [facts, why] = ask(child, Alarm::unknown);
  EXPECT_EQ(why, "");
  EXPECT_EQ(facts.around.alarm, Alarm::unknown);
  EXPECT_FALSE(facts.processes[0].modelled);
  EXPECT_EQ(facts.processes[0].why_not, "has set an alarm");
}

TEST_F(ExamineTimers, OnlyAnArmedPosixTimerCounts) {
  const AskedChild unarmed(reader([] { make_timer(0); }));
  const auto [first, why] = ask(unarmed, Alarm::none);
  EXPECT_EQ(why, "");
  EXPECT_FALSE(first.processes[0].timers) << first.disturbed;
  const AskedChild armed(reader([] {
    make_timer(0);
    make_timer(3600);
  }));
  EXPECT_TRUE(ask(armed, Alarm::none).first.processes[0].timers);
}

TEST_F(ExamineTimers, UntilTheyAreAskedTimersAreSetAside) {
  const AskedChild child(reader([] { make_timer(0); }));
  Facts facts = facts_of(child);
  ASSERT_TRUE(facts.processes[0].timers);
  TimersToAsk timers(tree_, facts);
  EXPECT_FALSE(facts.processes[0].timers);
  EXPECT_TRUE(timers.put_back(facts));
  EXPECT_TRUE(facts.processes[0].timers);
  // Who may not be asked keeps them.
  tree_.ask = Ask::nobody;
  facts.around.alarm = Alarm::unknown;
  TimersToAsk none(tree_, facts);
  EXPECT_TRUE(facts.processes[0].timers);
  EXPECT_FALSE(none.wanted(facts));
}

TEST_F(ExamineTimers, WhoCannotBeAskedIsNamed) {
  const AskedChild child([] {
    epoll_event event{};
    return ::syscall(SYS_epoll_pwait, ::epoll_create1(0), &event, 1, -1,
                     nullptr, 8);
  });
  const auto [facts, why] = ask(child, Alarm::unknown, SYS_epoll_pwait);
  EXPECT_EQ(facts.around.alarm, Alarm::unknown);
  EXPECT_THAT(why, testing::AllOf(
                       testing::StartsWith("process " +
                                           std::to_string(child.pid()) + " ("),
                       testing::EndsWith(") waits in a call that a stop might "
                                         "end")));
}

/// Whoever ran while others were asked may have set an alarm since he was.
TEST_F(ExamineTimers, NobodyElseMayHaveRun) {
  const AskedChild child([] {
    const TestPipe pipe;
    const pid_t below = ::fork();
    if (below == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      read_one(pipe.reads.get());
    }
    return long{::waitpid(below, nullptr, 0)};
  });
  tree_.above = child.pid();
  tree_.with_above = true;
  Facts facts;
  do {
    facts = read_facts(tree_);
  } while (!facts.disturbed.empty() || facts.processes.size() != 2 ||
           facts.processes[0].threads.at(0).call != SYS_wait4 ||
           facts.processes[1].threads.at(0).call != SYS_read);
  // Only the first has timers, so it alone is asked; the second ran meanwhile.
  facts.around.alarm = Alarm::none;
  facts.processes[0].timers = true;
  --facts.processes[1].threads[0].switches;
  TimersToAsk timers(tree_, facts);
  EXPECT_EQ(timers.ask(facts), "");
  EXPECT_THAT(facts.disturbed, testing::HasSubstr("ran while"));
}

}  // namespace
}  // namespace poolbugs::wait
