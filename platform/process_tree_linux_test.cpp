#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>

#include "platform/process_tree.hpp"

namespace poolbugs {
namespace {

using std::chrono::steady_clock;
using testing::AnyOf;

/// A child that does `work`; killed at the end.
class Child {
 public:
  explicit Child(const std::function<void()>& work) : pid_(::fork()) {
    if (pid_ == 0) {
      work();
      ::_exit(0);
    }
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  [[nodiscard]] pid_t pid() const { return pid_; }

  /// Its sample, as soon as `wanted` holds; the last one after 10 s.
  ProcessSample sample_when(
      const std::function<bool(const ProcessSample&)>& wanted) const {
    const auto deadline = steady_clock::now() + std::chrono::seconds(10);
    while (true) {
      const TreeSample tree = sample_tree(::getpid());
      for (const ProcessSample& process : tree.processes)
        if (process.id == pid_ &&
            (wanted(process) || steady_clock::now() > deadline))
          return process;
      if (steady_clock::now() > deadline) return {};
    }
  }
  /// Where its first thread rests.
  Wait wait() const {
    sample_when([](const ProcessSample& process) {
      return process.threads.size() == 1 && process.threads[0].state == 'S';
    });
    return where_it_waits(pid_, pid_);
  }

 private:
  pid_t pid_;
};

TEST(ProcessTreeTest, KnowsParentStateAndThreads) {
  const Child child([] {
    pthread_t thread;
    ::pthread_create(
        &thread, nullptr,
        [](void*) -> void* {
          while (true) ::pause();
        },
        nullptr);
    while (true) ::pause();
  });
  const ProcessSample seen = child.sample_when([](const auto& process) {
    return process.threads.size() >= 2 &&
           std::ranges::all_of(process.threads, [](const auto& thread) {
             return thread.state == 'S';
           });
  });
  EXPECT_EQ(seen.parent, ::getpid());
  // ThreadSanitizer has threads of its own.
  ASSERT_GE(seen.threads.size(), 2u);
  EXPECT_EQ(seen.threads[0].id, child.pid());
  EXPECT_GT(seen.threads[0].cpu_ns, 0u);
  EXPECT_GT(seen.threads[0].switches, 0u);
  EXPECT_GT(seen.start_ticks, 0u);
}

TEST(ProcessTreeTest, CountsCpuTimeAndSwitches) {
  const Child child([] {
    for (volatile unsigned i = 0; true;) i = i + 1;
  });
  const auto first = child.sample_when([](const auto&) { return true; });
  const auto second = child.sample_when([&](const ProcessSample& now) {
    return now.threads[0].cpu_ns > first.threads[0].cpu_ns + 10'000'000;
  });
  EXPECT_GT(second.threads.at(0).cpu_ns, first.threads.at(0).cpu_ns);
  EXPECT_EQ(second.threads[0].state, 'R');
  EXPECT_EQ(second.start_ticks, first.start_ticks);
}

TEST(ProcessTreeTest, CountsBytes) {
  const Child child([] {
    int ends[2];
    char text[1000] = {};
    if (::pipe(ends) != 0 || ::write(ends[1], text, 1000) != 1000 ||
        ::read(ends[0], text, 1000) != 1000)
      ::_exit(1);
    while (true) ::pause();
  });
  const auto seen = child.sample_when(
      [](const ProcessSample& now) { return now.bytes_moved >= 2000; });
  EXPECT_GE(seen.bytes_moved, 2000u);
}

TEST(ProcessTreeTest, CountsPrivateMemory) {
  const Child child([] {
    std::string block(64 << 20, 'x');
    while (true) ::pause();
  });
  const auto seen = child.sample_when([](const ProcessSample& now) {
    return now.private_memory >= (64U << 20);
  });
  EXPECT_GE(seen.private_memory, 64U << 20);
  EXPECT_LT(seen.private_memory, 1024U << 20);
}

TEST(ProcessTreeTest, TotalsAreOverAll) {
  TreeSample tree;
  ProcessSample process;
  process.private_memory = 7;
  process.threads.resize(3);
  tree.processes = {process, process};
  EXPECT_EQ(tree.tasks(), 6);
  EXPECT_EQ(tree.private_memory(), 14u);
}

TEST(ProcessTreeTest, TheDeadAreZombies) {
  const Child child([] {});
  const auto seen = child.sample_when([](const ProcessSample& now) {
    return now.threads.size() == 1 && now.threads[0].state == 'Z';
  });
  ASSERT_EQ(seen.threads.size(), 1u);
  EXPECT_EQ(seen.threads[0].state, 'Z');
}

TEST(ProcessTreeTest, OfNobodyThereIsNothing) {
  EXPECT_TRUE(sample_tree(1L << 23).processes.empty());
  EXPECT_TRUE(where_it_waits(1L << 23, 1L << 23).call.empty());
}

struct Case {
  const char* call;  ///< and, behind a bar, another name that it may have
  bool timed;
  void (*work)();
};

class WaitTest : public testing::TestWithParam<Case> {};

TEST_P(WaitTest, IsNamedAndItsTimeOutIsSeen) {
  const Child child([] {
    GetParam().work();
    while (true) ::pause();
  });
  const Wait wait = child.wait();
  EXPECT_EQ(wait.call, GetParam().call);
  EXPECT_EQ(wait.timed, GetParam().timed);
}

constexpr timespec kLong{1000, 0};

void use_futex(const timespec* limit) {
  int word = 0;
  ::syscall(SYS_futex, &word, 0 /* FUTEX_WAIT */, 0, limit, nullptr, 0);
}
void use_epoll(int limit) {
  epoll_event event;
  ::syscall(SYS_epoll_pwait, ::epoll_create1(0), &event, 1, limit, nullptr, 8);
}
void use_read() {
  int ends[2];
  char byte;
  if (::pipe(ends) == 0 && ::read(ends[0], &byte, 1) < 0) ::_exit(1);
}
void use_signal(const timespec* limit) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  ::sigtimedwait(&set, nullptr, limit);
}
void use_wait() {
  if (::fork() == 0)
    while (true) ::pause();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::waitpid(-1, nullptr, 0);
}
void use_select(timespec* limit) {
  ::pselect(0, nullptr, nullptr, nullptr, limit, nullptr);
}
timespec changing_long{1000, 0};

INSTANTIATE_TEST_SUITE_P(
    All, WaitTest,
    testing::Values(
        Case{"read", false, use_read},
        Case{"futex", false, [] { use_futex(nullptr); }},
        Case{"futex", true, [] { use_futex(&kLong); }},
        Case{"epoll_pwait", false, [] { use_epoll(-1); }},
        Case{"epoll_pwait", true, [] { use_epoll(1'000'000); }},
        Case{"ppoll", false, [] { ::ppoll(nullptr, 0, nullptr, nullptr); }},
        Case{"ppoll", true, [] { ::ppoll(nullptr, 0, &kLong, nullptr); }},
        Case{"pselect6", false, [] { use_select(nullptr); }},
        Case{"pselect6", true, [] { use_select(&changing_long); }},
        Case{"rt_sigtimedwait", false, [] { use_signal(nullptr); }},
        Case{"rt_sigtimedwait", true, [] { use_signal(&kLong); }},
#ifdef SYS_poll
        Case{"poll", false, [] { ::syscall(SYS_poll, nullptr, 0, -1); }},
        Case{"poll", true, [] { ::syscall(SYS_poll, nullptr, 0, 1'000'000); }},
        Case{"pause", false, [] { ::syscall(SYS_pause); }},
#endif
        Case{"clock_nanosleep", true,
             [] { ::clock_nanosleep(CLOCK_MONOTONIC, 0, &kLong, nullptr); }}));

TEST(WaitTest, AForkedChildsParentWaits) {
  const Child child(use_wait);
  EXPECT_EQ(child.wait().call, "wait4");
  EXPECT_FALSE(child.wait().timed);
  // The grandchild goes with it, or this test would leave it.
  for (const ProcessSample& one : sample_tree(child.pid()).processes)
    ::kill(static_cast<pid_t>(one.id), SIGKILL);
}

TEST(WaitTest, WhoRunsOrCannotBeReadMayComeBack) {
  const Child child([] {
    for (volatile unsigned i = 0; true;) i = i + 1;
  });
  EXPECT_TRUE(where_it_waits(child.pid(), child.pid()).timed);
  EXPECT_TRUE(where_it_waits(1L << 23, 1L << 23).timed);
}

TEST(WaitTest, ACallThatIsNotKnownHasANumberAndMayComeBack) {
  const Child child([] {
    // What waits and is not in our list: epoll_pwait2, since Linux 5.11.
    epoll_event event{};
    ::syscall(441, ::epoll_create1(0), &event, 1, nullptr, nullptr, 0);
    while (true) ::pause();
  });
  const Wait wait = child.wait();
  if (wait.call == "pause") GTEST_SKIP() << "this kernel has no futex_waitv";
  EXPECT_EQ(wait.call, "system call 441");
  EXPECT_TRUE(wait.timed);
}

}  // namespace
}  // namespace poolbugs
