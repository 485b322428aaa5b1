// What a process that is asked for its timers says, whom one must not ask, and
// what becomes of who is disturbed meanwhile.
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pty.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>

#include "platform/ask_timers.hpp"
#include "platform/asking_test_support.hpp"
#include "platform/proc_linux.hpp"

namespace poolbugs::wait {
namespace {

using Answer = AskedTimers::Answer;
using AskTimers = WaitReaderTest;

constexpr time_t kLater = 3600;

long read_for_ever() {
  const TestPipe pipe;
  char byte = 0;
  return ::read(pipe.reads.get(), &byte, 1);
}

void arm(time_t seconds, time_t interval = 0, suseconds_t microseconds = 0) {
  itimerval timer{};
  timer.it_value.tv_sec = seconds;
  timer.it_value.tv_usec = microseconds;
  timer.it_interval.tv_sec = interval;
  ::setitimer(ITIMER_REAL, &timer, nullptr);
}

timer_t make_timer(time_t seconds, const sigevent* event = nullptr) {
  timer_t timer{};
  ::timer_create(CLOCK_MONOTONIC, const_cast<sigevent*>(event), &timer);
  itimerspec time{};
  time.it_value.tv_sec = seconds;
  ::timer_settime(timer, 0, &time, nullptr);
  return timer;
}

void block(int signal) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, signal);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

AskedTimers ask(const AskedChild& child, long call) {
  return ask_undisturbed([&] { return child.in(call); });
}

AskedTimers answer_of(const std::function<void()>& prepare) {
  const AskedChild child([&] {
    prepare();
    return read_for_ever();
  });
  return ask(child, SYS_read);
}

TEST_F(AskTimers, NoneIsArmed) {
  const AskedTimers asked = answer_of([] {});
  EXPECT_EQ(asked.alarm, Answer::none) << asked.why;
  EXPECT_EQ(asked.timers, Answer::none) << asked.why;
  EXPECT_GT(asked.exposed.count(), 0);
}

TEST_F(AskTimers, AnAlarmIsArmedHoweverItWasSet) {
  EXPECT_EQ(answer_of([] { ::alarm(kLater); }).alarm, Answer::armed);
  EXPECT_EQ(answer_of([] { arm(kLater); }).alarm, Answer::armed);
  EXPECT_EQ(answer_of([] { arm(kLater, 1); }).alarm, Answer::armed);
  // By a thread that has ended, and across a fork only the parent's own.
  EXPECT_EQ(
      answer_of([] { std::thread([] { ::alarm(kLater); }).join(); }).alarm,
      Answer::armed);
  EXPECT_EQ(answer_of([] {
              ::alarm(kLater);
              ::alarm(0);
            }).alarm,
            Answer::none);
}

TEST_F(AskTimers, AnIntervalIsArmedWhileItsSignalIsNotTaken) {
  // It starts again when somebody takes SIGALRM.
  const AskedTimers asked = answer_of([] {
    block(SIGALRM);
    arm(0, 1, 1);
    sigset_t pending;
    do ::sigpending(&pending);
    while (::sigismember(&pending, SIGALRM) == 0);
  });
  EXPECT_EQ(asked.alarm, Answer::armed) << asked.why;
}

TEST_F(AskTimers, AForkedChildHasNoneOfItsParentsTimers) {
  const AskedChild child([] {
    ::alarm(kLater);
    make_timer(kLater);
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      return read_for_ever();
    }
    return long{::waitpid(pid, nullptr, 0)};
  });
  const auto facts_of = [&](std::size_t index) {
    return [&child, index] {
      Tree tree;
      tree.above = child.pid();
      tree.with_above = true;
      while (true) {
        const Facts facts = read_facts(tree);
        if (facts.processes.size() == 2 && facts.disturbed.empty() &&
            facts.processes[0].threads.at(0).call == SYS_wait4 &&
            facts.processes[1].threads.at(0).call == SYS_read)
          return facts.processes[index];
      }
    };
  };
  const AskedTimers above = ask_undisturbed(facts_of(0));
  const AskedTimers below = ask_undisturbed(facts_of(1));
  EXPECT_EQ(above.alarm, Answer::armed) << above.why;
  EXPECT_EQ(above.timers, Answer::armed) << above.why;
  EXPECT_EQ(below.alarm, Answer::none) << below.why;
  EXPECT_EQ(below.timers, Answer::none) << below.why;
}

TEST_F(AskTimers, APosixTimerIsToldFromOneThatIsNotArmed) {
  // As every Ruby has.
  EXPECT_EQ(answer_of([] { make_timer(0); }).timers, Answer::none);
  EXPECT_EQ(answer_of([] { make_timer(kLater); }).timers, Answer::armed);
  const AskedTimers third = answer_of([] {
    make_timer(0);
    make_timer(0);
    make_timer(kLater);
    make_timer(0);
  });
  EXPECT_EQ(third.timers, Answer::armed) << third.why;
  EXPECT_EQ(third.alarm, Answer::none) << third.why;
  EXPECT_EQ(answer_of([] {
              for (int i = 0; i < 20; ++i) make_timer(0);
            }).timers,
            Answer::none);
}

TEST_F(AskTimers, ATimerForOneThread) {
  const AskedTimers asked = answer_of([] {
    sigevent event{};
    event.sigev_notify = SIGEV_THREAD_ID;
    event.sigev_signo = SIGUSR1;
    event._sigev_un._tid = ::gettid();
    make_timer(kLater, &event);
  });
  EXPECT_EQ(asked.timers, Answer::armed) << asked.why;
}

TEST_F(AskTimers, AnotherThreadThanTheFirstIsAskedWhereThatMustNotBe) {
  const AskedChild child([] {
    ::alarm(kLater);
    std::thread(read_for_ever).detach();
    epoll_event event{};
    const int set = ::epoll_create1(0);
    return long{::epoll_wait(set, &event, 1, -1)};
  });
  // The epoll set may hear of signals, so it is not asked in the read either.
  EXPECT_EQ(ask(child, SYS_epoll_wait).alarm, Answer::unknown);
  const AskedChild other([] {
    ::alarm(kLater);
    std::thread([] {
      std::uint32_t word = 0;
      ::syscall(SYS_futex, &word, FUTEX_WAIT, 0, nullptr, nullptr, 0);
    }).detach();
    epoll_event event{};
    const int set = ::epoll_create1(0);
    return long{::epoll_wait(set, &event, 1, -1)};
  });
  ProcessFacts facts;
  const AskedTimers asked = ask_undisturbed([&] {
    do {
      facts = other.in(SYS_epoll_wait);
    } while (facts.threads.size() != 2 || facts.threads[1].call != SYS_futex);
    return facts;
  });
  EXPECT_EQ(asked.alarm, Answer::armed) << asked.why;
  EXPECT_EQ(asked.thread, facts.threads[1].id);
}

}  // namespace
}  // namespace poolbugs::wait
