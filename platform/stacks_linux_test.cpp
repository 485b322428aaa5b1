#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <new>
#include <thread>

#include "platform/proc_linux.hpp"
#include "platform/process_tree.hpp"
#include "platform/spawn.hpp"
#include "platform/stacks.hpp"
#include "platform/stacks_capture_linux.hpp"
#include "platform/stacks_lookup_linux.hpp"
#include "platform/stacks_test_support.hpp"

namespace poolbugs::stacks {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Calls whose lines the tests know. Not static: the linker names them.
constexpr int read_line = __LINE__ + 3;
[[gnu::noinline]] char reads(int fd) {
  char byte = 0;
  if (::read(fd, &byte, 1) != 1) ::_exit(errno == EINTR ? 4 : 3);
  return byte;
}
constexpr int inlined_line = __LINE__ + 2;
[[gnu::always_inline]] inline int inlined(int fd) {
  reads(fd);  // its return address is the next line's
  return 5;
}
constexpr int reads_line = __LINE__ + 2;
[[gnu::noinline]] int calls_reads(int fd) {
  const int byte = inlined(fd);
  return byte + 1;
}
template <class T>
struct Holder {
  T fd;
  [[gnu::noinline]] int call(int) const { return calls_reads(fd) + 1; }
};

std::atomic<unsigned> turns;
[[gnu::noinline]] void spins() {
  while (true) ++turns;
}

/// calls_reads and reads, with their lines.
void expect_blocked_in_read(const std::vector<Frame>& frames) {
  const std::size_t inner = place_of(frames, "::reads");
  const std::size_t outer = place_of(frames, "::calls_reads");
  ASSERT_LT(outer, frames.size()) << text(frames);
  EXPECT_GT(inner, 0U) << "read itself is missing\n" << text(frames);
  ASSERT_EQ(inner + 2, outer) << text(frames);
  // Without the namespace where debug information is short (-g1).
  EXPECT_TRUE(frames[inner + 1].function.ends_with("inlined"))
      << frames[inner + 1].function;
  EXPECT_EQ(frames[inner + 1].file, "stacks_linux_test.cpp");
  EXPECT_EQ(frames[inner + 1].line, inlined_line);
  EXPECT_EQ(frames[inner].file, "stacks_linux_test.cpp");
  EXPECT_EQ(frames[inner].line, read_line);
  EXPECT_EQ(frames[outer].file, "stacks_linux_test.cpp");
  EXPECT_EQ(frames[outer].line, reads_line);
}

TEST(StacksTest, AChildThatWaitsIsSeenAndGoesOn) {
  Child child([](int fd) { return Holder<int>{fd}.call(1); });
  ASSERT_TRUE(child.settled());
  const ProcessStacks seen = stacks_of(child.pid());
  EXPECT_EQ(seen.failure, "");
  ASSERT_EQ(seen.threads.size(), 1U);
  EXPECT_EQ(seen.threads[0].thread, child.pid());
  EXPECT_EQ(seen.threads[0].failure, "");
  EXPECT_THAT(seen.threads[0].python, IsEmpty());
  const auto& frames = seen.threads[0].native;
  expect_blocked_in_read(frames);
  EXPECT_LT(place_of(frames, "Holder<int>::call"), frames.size())
      << text(frames);
  EXPECT_EQ(frames.back().function, "main") << text(frames);
  EXPECT_EQ(status_of(child.pid(), "TracerPid"), "0");
  // The same read(2) gets the byte, or the child would say 4.
  child.send();
  EXPECT_EQ(child.end(), 7 << 8);
}

TEST(StacksTest, EveryThreadIsSeen) {
  Child child([](int fd) {
    std::thread first([&] { calls_reads(fd); });
    std::thread second(spins);
    first.join();
    return 0;
  });
  ASSERT_TRUE(within_10_s([&] {
    return proc::numbered_entries(
               ("/proc/" + std::to_string(child.pid()) + "/task").c_str())
               .size() == 3;
  }));
  // The running one, and the others as soon as they wait.
  ProcessStacks seen;
  ASSERT_TRUE(within_10_s([&] {
    seen = stacks_of(child.pid());
    return seen.threads.size() == 3 && seen.threads[1].native.size() > 2 &&
           is_in(seen.threads[1].native, "::reads") &&
           is_in(seen.threads[0].native, "join") &&
           is_in(seen.threads[2].native, "spins");
  })) << text(seen.threads.at(0).native)
      << text(seen.threads.at(1).native) << text(seen.threads.at(2).native);
  expect_blocked_in_read(seen.threads[1].native);
  // How a thread is started is no part of its stack.
  for (const auto& thread : seen.threads)
    for (const char* noise : {"clone", "start_thread", "execute_native",
                              "__invoke", "_M_invoke", "_M_run"})
      EXPECT_EQ(place_of(thread.native, noise), thread.native.size())
          << text(thread.native);
}

TEST(StacksTest, ThreadsOutliveTheFirst) {
  Child child([](int fd) -> int {
    pthread_t thread;
    ::pthread_create(
        &thread, nullptr,
        [](void* at) -> void* {
          ::_exit(calls_reads(static_cast<int>(reinterpret_cast<long>(at))));
        },
        reinterpret_cast<void*>(static_cast<long>(fd)));
    ::syscall(SYS_exit, 0);
    ::abort();
  });
  ASSERT_TRUE(within_10_s(
      [&] { return status_of(child.pid(), "State").starts_with("Z"); }));
  ProcessStacks seen;
  ASSERT_TRUE(within_10_s([&] {
    seen = stacks_of(child.pid());
    return seen.threads.size() == 1 && is_in(seen.threads[0].native, "::reads");
  }));
  expect_blocked_in_read(seen.threads[0].native);
  child.send();
  EXPECT_EQ(child.end(), 6 << 8);
}

TEST(StacksTest, WhoIsGoneIsSaidAndNoStatusIsTaken) {
  Child zombie([](int) { return 9; });
  ASSERT_TRUE(within_10_s(
      [&] { return status_of(zombie.pid(), "State").starts_with("Z"); }));
  const auto seen = take_stacks({zombie.pid(), 1 << 30});
  ASSERT_EQ(seen.size(), 2U);
  for (const ProcessStacks& process : seen) {
    EXPECT_NE(process.failure, "");
    EXPECT_THAT(process.threads, IsEmpty());
  }
  EXPECT_EQ(zombie.end(), 9 << 8);
}

TEST(StacksTest, ProcessesMayEndMeanwhile) {
  for (int round = 0; round < 20; ++round) {
    Child child([](int fd) {
      std::thread([fd] { ::_exit(calls_reads(fd)); }).detach();
      while (true) ::pause();
      return 0;
    });
    ASSERT_TRUE(child.settled(2));
    std::thread late([&] {
      ::usleep(static_cast<useconds_t>(round * 50));
      child.send();
    });
    stacks_of(child.pid());
    late.join();
    EXPECT_EQ(child.end(), 6 << 8) << round;
  }
}

TEST(StacksTest, AStoppedProcessStaysStoppedAndSignalsArrive) {
  Child child([](int fd) { return calls_reads(fd); });
  ASSERT_TRUE(child.settled());
  ASSERT_EQ(::kill(child.pid(), SIGSTOP), 0);
  ASSERT_TRUE(within_10_s(
      [&] { return status_of(child.pid(), "State").starts_with("T"); }));
  expect_blocked_in_read(stacks_of(child.pid()).threads.at(0).native);
  EXPECT_THAT(status_of(child.pid(), "State"), HasSubstr("T (stopped)"));
  EXPECT_EQ(status_of(child.pid(), "TracerPid"), "0");
  ::kill(child.pid(), SIGCONT);
  child.send();
  EXPECT_EQ(child.end(), 6 << 8);
}

TEST(StacksTest, NoSignalIsLost) {
  // Some of so many come between SEIZE and INTERRUPT. Real-time ones queue.
  void* shared =
      ::mmap(nullptr, sizeof(std::atomic<int>), PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  static auto* count = new (shared) std::atomic<int>(-1);
  const Child child([](int) {
    struct sigaction action {};
    action.sa_handler = [](int) { ++*count; };
    ::sigaction(SIGRTMIN, &action, nullptr);
    *count = 0;
    spins();
    return 0;
  });
  ASSERT_TRUE(within_10_s([] { return *count == 0; }));
  std::atomic<bool> taken = false;
  std::thread taker([&] {
    for (int i = 0; i < 1000; ++i) capture(child.pid(), [](Memory&) {});
    taken = true;
  });
  int sent = 0;
  while (!taken) {
    if (sent - *count < 100 && ::kill(child.pid(), SIGRTMIN) == 0) ++sent;
  }
  taker.join();
  EXPECT_TRUE(within_10_s([&] { return *count == sent; }))
      << *count << " of " << sent;
  ::munmap(shared, sizeof(std::atomic<int>));
}

TEST(StacksTest, AnEpollWaitIsInterruptedAsDocumented) {
  Child child([](int) {
    epoll_event event{};
    const int result = ::epoll_wait(::epoll_create1(0), &event, 1, -1);
    return result < 0 && errno == EINTR ? 11 : 12;
  });
  ASSERT_TRUE(child.settled());
  stacks_of(child.pid());
  EXPECT_EQ(child.end(), 11 << 8);
}

TEST(StacksTest, WhoIsTracedAlreadyNamesTheTracer) {
  Child child([](int fd) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    return calls_reads(fd);
  });
  ASSERT_TRUE(
      within_10_s([&] { return status_of(child.pid(), "TracerPid") != "0"; }));
  const ProcessStacks seen = stacks_of(child.pid());
  ASSERT_EQ(seen.threads.size(), 1U);
  EXPECT_EQ(seen.threads[0].failure,
            "process " + std::to_string(::getpid()) + " traces it already");
}

TEST(StacksTest, AParentInVforkIsGivenUpSoonAndLetGo) {
  Child child([](int fd) {
    const pid_t forked = ::vfork();
    if (forked == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      char byte;
      ::_exit(::read(fd, &byte, 1) == 1 ? 5 : 6);
    }
    return 13;
  });
  ASSERT_TRUE(within_10_s(
      [&] { return status_of(child.pid(), "State").starts_with("D"); }));
  const auto before = steady_clock::now();
  const ProcessStacks seen = stacks_of(child.pid());
  EXPECT_LT(steady_clock::now() - before, std::chrono::milliseconds(900));
  ASSERT_EQ(seen.threads.size(), 1U);
  EXPECT_EQ(seen.threads[0].failure, "in uninterruptible sleep");
  EXPECT_THAT(text(seen.threads[0].native), HasSubstr("vfork"));
  EXPECT_EQ(status_of(child.pid(), "TracerPid"), "0");
  child.send();
  EXPECT_EQ(child.end(), 13 << 8);
}

/// Run by exec in the next tests: waits with stdin.
TEST(StacksTest, DISABLED_WaitsForever) { calls_reads(0); }

/// Starts `program`, a copy of this one, in that test.
[[noreturn]] void exec_waiting(const std::string& program, int fd) {
  ::dup2(fd, 0);
  ::execl(program.c_str(), program.c_str(), "--gtest_also_run_disabled_tests",
          "--gtest_filter=StacksTest.DISABLED_WaitsForever", nullptr);
  ::_exit(126);
}

void expect_exec_waits(const Child& child) {
  ProcessStacks seen;
  EXPECT_TRUE(within_10_s([&] {
    if (where_it_waits(child.pid(), child.pid()).call != "read") return false;
    seen = stacks_of(child.pid());
    return seen.threads.size() == 1 && is_in(seen.threads[0].native, "::reads");
  })) << (seen.threads.empty() ? seen.failure : text(seen.threads[0].native));
  if (!seen.threads.empty()) expect_blocked_in_read(seen.threads[0].native);
}

TEST(StacksTest, ADeletedProgramIsReadThroughExe) {
  std::string copy = testing::TempDir() + "stacks_test.XXXXXX";
  const int fd = ::mkstemp(copy.data());
  ASSERT_GE(fd, 0);
  ::close(fd);
  std::filesystem::copy_file(own_executable().value(), copy,
                             std::filesystem::copy_options::overwrite_existing);
  ::chmod(copy.c_str(), 0700);
  const Child child([&](int pipe) -> int { exec_waiting(copy, pipe); });
  EXPECT_TRUE(within_10_s(
      [&] { return where_it_waits(child.pid(), child.pid()).call == "read"; }));
  std::filesystem::remove(copy);
  expect_exec_waits(child);
}

TEST(StacksTest, OtherNamespacesAreReadThroughRoot) {
  // A program that only the child sees, under a path that is ours, too.
  const std::string program = own_executable().value();
  const Child child(
      [&](int pipe) -> int {
        if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
          ::_exit(77);
        if (::mount("tmpfs", "/mnt", "tmpfs", 0, "mode=700") != 0) ::_exit(78);
        std::error_code failed;
        std::filesystem::copy_file(program, "/mnt/private", failed);
        ::chmod("/mnt/private", 0700);
        exec_waiting("/mnt/private", pipe);
      },
      CLONE_NEWPID | CLONE_NEWNS | (::geteuid() == 0 ? 0 : CLONE_NEWUSER));
  if (child.pid() < 0) GTEST_SKIP() << "clone: no namespaces here";
  ASSERT_TRUE(within_10_s([&] {
    return where_it_waits(child.pid(), child.pid()).call == "read" ||
           status_of(child.pid(), "State").starts_with("Z");
  }));
  if (status_of(child.pid(), "State").starts_with("Z"))
    GTEST_SKIP() << "mount: not allowed here";
  ASSERT_FALSE(std::filesystem::exists("/mnt/private"));
  EXPECT_THAT(status_of(child.pid(), "NSpid"), HasSubstr("\t1"));
  expect_exec_waits(child);
}

TEST(StacksTest, TheSymbolAtAProgramCounterStopsNobody) {
  Child child([](int) {
    epoll_event event{};
    ::epoll_wait(::epoll_create1(0), &event, 1, -1);
    return 12;
  });
  ASSERT_TRUE(child.settled());
  const std::string call = proc::read_file(
      ("/proc/" + std::to_string(child.pid()) + "/syscall").c_str());
  const std::uint64_t pc =
      std::strtoull(call.c_str() + call.rfind(' '), nullptr, 16);
  EXPECT_THAT(symbol_at(child.pid(), pc), HasSubstr("epoll_wait"));
  EXPECT_THAT(
      symbol_at(child.pid(), reinterpret_cast<std::uint64_t>(&calls_reads)),
      HasSubstr("::calls_reads"));
  EXPECT_EQ(symbol_at(child.pid(), 16), "");
  EXPECT_EQ(symbol_at(1 << 30, pc), "");
  // It was not interrupted.
  EXPECT_EQ(where_it_waits(child.pid(), child.pid()).call, "epoll_wait");
}

TEST(StacksTest, NamesAreForPeople) {
  EXPECT_EQ(readable_name("main"), "main");
  EXPECT_EQ(readable_name("read@@GLIBC_2.2.5"), "read");
  EXPECT_EQ(readable_name("work.constprop.0"), "work");
  EXPECT_EQ(readable_name("_ZN8poolbugs4pool4Pool3runEi"),
            "poolbugs::pool::Pool::run");
  EXPECT_EQ(readable_name("_ZNKSt8functionIFviEEclEi"),
            "std::function<void (int)>::operator()");
  EXPECT_EQ(readable_name("_ZZ4mainENKUlvE_clEv"),
            "main::{lambda()#1}::operator()");
  EXPECT_EQ(readable_name("_ZN1aclEv"), "a::operator()");
}

}  // namespace
}  // namespace poolbugs::stacks
