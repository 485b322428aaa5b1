// What becomes of who is disturbed while it is asked, and of who is asked when
// the other one dies.
#include <linux/futex.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/time.h>

#include <cerrno>
#include <string>
#include <thread>
#include <utility>

#include "platform/asking_test_support.hpp"
#include "platform/proc_linux.hpp"

namespace poolbugs::wait {
namespace {

using Answer = AskedTimers::Answer;
using AskTimersDisturbed = WaitReaderTest;

/// A child in read(2) of `pipe`.
std::function<long()> reader(const TestPipe& pipe) {
  return [&pipe] { return read_one(pipe.reads.get()); };
}

TEST_F(AskTimersDisturbed, FactsOfAnotherTimeAreOfNoUse) {
  const TestPipe pipe;
  const AskedChild child([&] {
    read_one(pipe.reads.get());
    return read_one(pipe.reads.get());
  });
  const ProcessFacts old = child.in(SYS_read);
  pipe.write_byte();
  while (child.in(SYS_read).threads.at(0).switches == old.threads[0].switches)
    continue;
  // It sleeps in the same call, but it ran.
  EXPECT_EQ(ask_timers(old).alarm, Answer::disturbed);
  pipe.write_byte();
  EXPECT_EQ(child.result(), 1);
}

/// Asks with something coming while the child is held.
AskedTimers ask_while(const AskedChild& child,
                      const std::function<void()>& event) {
  AskedTimers asked;
  for (bool came = false; !came;) {
    const ProcessFacts facts = child.in(SYS_read);
    asked = ask_timers(facts, [&] {
      came = true;
      event();
    });
    if (!came && asked.alarm != Answer::disturbed) break;
  }
  return asked;
}

volatile sig_atomic_t handled = 0;

/// Tells 100 times the result and how often the handler ran.
long read_with_handler(const TestPipe& pipe, int flags) {
  struct sigaction action {};
  action.sa_handler = [](int) { handled = handled + 1; };
  action.sa_flags = flags;
  ::sigaction(SIGALRM, &action, nullptr);
  const long result = read_one(pipe.reads.get());
  return 100 * (result < 0 ? errno : result) + handled;
}

TEST_F(AskTimersDisturbed, AHandlerRunsAsIfNobodyHadAsked) {
  const TestPipe pipe;
  const AskedChild child([&] { return read_with_handler(pipe, 0); });
  const AskedTimers asked =
      ask_while(child, [&] { ::kill(child.pid(), SIGALRM); });
  EXPECT_EQ(asked.alarm, Answer::disturbed) << asked.why;
  EXPECT_EQ(child.result(), 100 * EINTR + 1);

  const AskedChild other([&] { return read_with_handler(pipe, SA_RESTART); });
  const AskedTimers again =
      ask_while(other, [&] { ::kill(other.pid(), SIGALRM); });
  EXPECT_EQ(again.alarm, Answer::disturbed) << again.why;
  pipe.write_byte();
  EXPECT_EQ(other.result(), 101);
}

/// Its handler sets the next one.
void set_alarm(int) {
  itimerval soon{};
  soon.it_value.tv_usec = 30'000;
  ::setitimer(ITIMER_REAL, &soon, nullptr);
}

/// An alarm that is over when the process is asked: there is none any more, but
/// what it leads to is still to come.
TEST_F(AskTimersDisturbed, AnAlarmThatFiresMeanwhileIsNotMissed) {
  const TestPipe pipe;
  const AskedChild child([&] {
    struct sigaction action {};
    action.sa_handler = set_alarm;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGALRM, &action, nullptr);
    set_alarm(0);
    return read_one(pipe.reads.get());
  });
  const AskedTimers asked = ask_while(child, [&] {
    const std::string path = "/proc/" + std::to_string(child.pid()) + "/status";
    constexpr const char* kPending = "ShdPnd:\t0000000000002000";
    while (proc::read_file(path.c_str()).find(kPending) == std::string::npos)
      continue;
  });
  EXPECT_EQ(asked.alarm, Answer::disturbed) << asked.why;
  pipe.write_byte();
  EXPECT_EQ(child.result(), 1);
}

char state_of(pid_t pid) {
  const std::string stat =
      proc::read_file(("/proc/" + std::to_string(pid) + "/stat").c_str());
  return proc::stat_field(stat, 3).empty() ? '\0'
                                           : proc::stat_field(stat, 3)[0];
}

TEST_F(AskTimersDisturbed, AStopThatComesMeanwhileIsNotLost) {
  const TestPipe pipe;
  const AskedChild child(reader(pipe));
  const AskedTimers asked =
      ask_while(child, [&] { ::kill(child.pid(), SIGSTOP); });
  EXPECT_EQ(asked.alarm, Answer::disturbed) << asked.why;
  int status = 0;
  ASSERT_EQ(::waitpid(child.pid(), &status, WUNTRACED), child.pid());
  EXPECT_TRUE(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP) << status;
  EXPECT_EQ(state_of(child.pid()), 'T');
  ::kill(child.pid(), SIGCONT);
  pipe.write_byte();
  EXPECT_EQ(child.result(), 1);
}

TEST_F(AskTimersDisturbed, ItsEndIsStillThereForItsParent) {
  // Ours, and somebody else's.
  const TestPipe pipe;
  const AskedChild child(reader(pipe));
  const AskedTimers asked =
      ask_while(child, [&] { ::kill(child.pid(), SIGKILL); });
  EXPECT_EQ(asked.alarm, Answer::disturbed) << asked.why;
  siginfo_t info{};
  ASSERT_EQ(
      ::waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT),
      0);
  EXPECT_EQ(info.si_status, SIGKILL);

  const TestPipe told;
  const AskedChild parent([&] {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      read_one(pipe.reads.get());
      ::_exit(1);
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) != pid) continue;
    return long{WTERMSIG(status)};
  });
  Facts facts;
  do {
    Tree tree;
    tree.above = parent.pid();
    tree.with_above = true;
    facts = read_facts(tree);
  } while (!facts.disturbed.empty() || facts.processes.size() != 2 ||
           facts.processes[1].threads.at(0).call != SYS_read);
  const auto grandchild = static_cast<pid_t>(facts.processes[1].id);
  ask_timers(facts.processes[1], [&] { ::kill(grandchild, SIGKILL); });
  ::kill(grandchild, SIGKILL);  // if it was disturbed before
  EXPECT_EQ(parent.result(), SIGKILL);
}

TEST_F(AskTimersDisturbed, ThreadsThatEndMeanwhileLetTheirProcessEnd) {
  const TestPipe pipe;
  const AskedChild child([&] {
    std::thread([&] { read_one(pipe.reads.get()); }).detach();
    epoll_event event{};
    std::uint32_t word = 0;
    ::syscall(SYS_futex, &word, FUTEX_WAIT, 0, nullptr, nullptr, 0);
    return long{::epoll_wait(::epoll_create1(0), &event, 1, -1)};
  });
  ProcessFacts facts;
  do facts = child.in(SYS_futex);
  while (facts.threads.size() != 2 || facts.threads[1].call != SYS_read);
  std::swap(facts.threads[0], facts.threads[1]);
  ask_timers(facts, [&] { ::kill(child.pid(), SIGKILL); });
  ::kill(child.pid(), SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(
      ::waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT),
      0);
  EXPECT_EQ(info.si_status, SIGKILL);
}

/// Whoever asks is killed while it holds somebody.
TEST_F(AskTimersDisturbed, TheDeathOfWhoAsksLetsItSleepOn) {
  const TestPipe pipe;
  const AskedChild child(reader(pipe));
  const ProcessFacts facts = child.in(SYS_read);
  const pid_t asker = ::fork();
  if (asker == 0) {
    for (int i = 0; i < 50; ++i)
      ask_timers(child.in(SYS_read), [] { ::kill(::getpid(), SIGKILL); });
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(asker, &status, 0), asker);
  if (WIFEXITED(status))
    GTEST_SKIP() << "nobody but an ancestor may ask (Yama)";
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_GT(child.in(SYS_read).threads.at(0).switches,
            facts.threads.at(0).switches);
  pipe.write_byte();
  EXPECT_EQ(child.result(), 1);
}

/// As whoever has no rights but to trace what is below it.
TEST_F(AskTimersDisturbed, AnybodyMayAskHisOwnChildren) {
  if (::geteuid() != 0) GTEST_SKIP() << "all the other tests are run so";
  const pid_t nobody = ::fork();
  if (nobody == 0) {
    constexpr uid_t kNobody = 65534;
    if (::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) ::_exit(9);
    ::prctl(PR_SET_DUMPABLE, 1);  // or the parent may not look into it
    const TestPipe pipe;
    const AskedChild child(reader(pipe));
    AskedTimers asked;
    do asked = ask_timers(child.in(SYS_read));
    while (asked.alarm == Answer::disturbed);
    ::_exit(static_cast<int>(asked.alarm));
  }
  int status = 0;
  ASSERT_EQ(::waitpid(nobody, &status, 0), nobody);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(Answer::none));
}

}  // namespace
}  // namespace poolbugs::wait
