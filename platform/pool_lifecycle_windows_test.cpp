// Deaths, leftovers and shutdown of the pool on Windows.
#include <gmock/gmock.h>
#include <windows.h>

#include <cstdio>
#include <set>
#include <vector>

#include "platform/pipe.hpp"
#include "platform/pool_test_support.hpp"
#include "platform/spawn_test_support.hpp"
#include "platform/spawn_windows.hpp"
#include "platform/wide_windows.hpp"
#include "platform/worker.hpp"

namespace poolbugs::pool {
namespace {

using testing::HasSubstr;

/// So long that nobody waits for it; should a test fail, it goes by itself.
void wait_for_ever() { ::Sleep(90'000); }

/// The pipes of this process: a worker has its channel (and the standard
/// handles that this test was given, which may be pipes as well).
std::vector<HANDLE> channels() {
  std::vector<HANDLE> all;
  const std::set<HANDLE> standard{inherited(0), inherited(1), inherited(2)};
  for (std::uintptr_t value = 4; value < 0x1000; value += 4) {
    auto* const handle = reinterpret_cast<HANDLE>(value);
    DWORD flags = 0;
    if (!standard.contains(handle) && ::GetFileType(handle) == FILE_TYPE_PIPE &&
        ::GetNamedPipeInfo(handle, &flags, nullptr, nullptr, nullptr))
      all.push_back(handle);
  }
  return all;
}

unsigned long own_pid() { return ::GetCurrentProcessId(); }
int count_channels() { return static_cast<int>(channels().size()); }
void close_channel() {
  for (HANDLE channel : channels()) ::CloseHandle(channel);
  wait_for_ever();
}
void write_garbage() {
  for (HANDLE channel : channels()) {
    OVERLAPPED overlapped{};
    overlapped.hEvent = ::CreateEventW(nullptr, TRUE, FALSE, nullptr);
    DWORD count = 0;
    ::WriteFile(channel, "garbage", 7, nullptr, &overlapped);
    ::GetOverlappedResult(channel, &overlapped, &count, TRUE);
  }
  wait_for_ever();
}
/// Comes back when as many are here: they must run at once.
bool meet(int how_many, const std::string& name) {
  const std::wstring wide = to_wide(name);
  const UniqueFd here(
      ::CreateSemaphoreW(nullptr, 0, how_many, (wide + L".here").c_str()));
  const UniqueFd all(
      ::CreateEventW(nullptr, TRUE, FALSE, (wide + L".all").c_str()));
  LONG before = 0;
  ::ReleaseSemaphore(here.get(), 1, &before);
  if (before + 1 == how_many) ::SetEvent(all.get());
  return ::WaitForSingleObject(all.get(), 60'000) == WAIT_OBJECT_0;
}
/// Leaves a child behind that holds the worker's end of the channel.
const TestChild holder("hold-the-channel", [](const TestChild::Words&) {
  wait_for_ever();
  return 0;
});
void die_with_a_grandchild() {
  spawn_test_child("hold-the-channel", {}, {{channels().at(0), 3}}).value();
  ::_exit(4);
}
void say_task() { std::printf("T;"); }

const Task own_pid_task{"windows.own_pid", own_pid};
const Task count_task{"windows.count_channels", count_channels};
const Task wait_task{"windows.wait_for_ever", wait_for_ever};
const Task close_task{"windows.close_channel", close_channel};
const Task garbage_task{"windows.write_garbage", write_garbage};
const Task meet_task{"windows.meet", meet};
const Task grandchild_task{"windows.grandchild", die_with_a_grandchild};
const Task say_task_task{"windows.say", say_task};

/// A handle of another process, to wait for its end.
UniqueFd open_process(unsigned long pid) {
  return UniqueFd(::OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE, FALSE, pid));
}

unsigned long count_handles() {
  DWORD count = 0;
  ::GetProcessHandleCount(::GetCurrentProcess(), &count);
  return count;
}

class PoolWindowsTest : public PoolTest {};

TEST_P(PoolWindowsTest, NothingIsLeft) {
  unsigned long before = 0;
  for (int round = 0; round < 6; ++round) {
    UniqueFd worker;
    {
      Pool pool = make_pool(3);
      worker = open_process(get(pool.submit(own_pid_task)));
      ASSERT_TRUE(worker);
    }
    EXPECT_EQ(::WaitForSingleObject(worker.get(), 0), DWORD{WAIT_OBJECT_0});
    worker.reset();
    // The system's thread pool keeps a few of its own from the first rounds.
    if (round == 2) before = count_handles();
    if (round > 2) {
      EXPECT_LE(count_handles(), before + 2);
    }
  }
}

// No wait of this pool is for 64 handles at most.
TEST_P(PoolWindowsTest, SeventyWorkersAtOnce) {
  constexpr int kWorkers = 70;
  const std::string name = "poolbugs." + std::to_string(own_pid());
  Pool pool = make_pool(kWorkers);
  std::vector<std::future<bool>> met;
  for (int i = 0; i < kWorkers; ++i)
    met.push_back(pool.submit(meet_task, kWorkers, name));
  for (std::future<bool>& one : met) EXPECT_TRUE(get(std::move(one)));
  // The end of the last one is seen as well.
  std::vector<std::future<void>> stuck;
  for (int i = 0; i < kWorkers; ++i) stuck.push_back(pool.submit(close_task));
  for (std::future<void>& one : stuck)
    EXPECT_THAT(error_of(std::move(one)), HasSubstr("the pool ended it"));
}

TEST_P(PoolWindowsTest, DeathsLeaveNoHandles) {
  Pool pool = make_pool(2);
  get(pool.submit(own_pid_task));
  auto kill_one = [&] {
    EXPECT_THAT(error_of(pool.submit(close_task)),
                HasSubstr("the pool ended it"));
    get(pool.submit(own_pid_task));
  };
  for (int i = 0; i < 3; ++i) kill_one();
  const unsigned long before = count_handles();
  for (int i = 0; i < 20; ++i) kill_one();
  // One worker may be starting or not: a process, its wait, a channel.
  EXPECT_LE(count_handles(), before + 10);
}

TEST_P(PoolWindowsTest, AWorkerHoldsItsOwnChannelOnly) {
  Pool first = make_pool(3);
  EXPECT_EQ(get(first.submit(count_task)), 1);
  Pool second = make_pool(3);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(get(second.submit(count_task)), 1);
}

TEST_P(PoolWindowsTest, AWorkerThatClosesItsChannelIsNotWaitedForForEver) {
  Pool pool = make_pool(1);
  EXPECT_EQ(error_of(pool.submit(close_task)),
            "died: the worker of task 'windows.close_channel' died: closed its "
            "channel, and the pool ended it");
  EXPECT_GT(get(pool.submit(own_pid_task)), 0U);
}

TEST_P(PoolWindowsTest, AWorkerThatWritesGarbageIsEnded) {
  Pool pool = make_pool(1);
  EXPECT_EQ(error_of(pool.submit(garbage_task)),
            "died: the worker of task 'windows.write_garbage' died: sent what "
            "is no reply");
  EXPECT_GT(get(pool.submit(own_pid_task)), 0U);
}

TEST_P(PoolWindowsTest, ADeathIsSeenThoughAGrandchildHoldsTheChannel) {
  Pool pool = make_pool(1);
  EXPECT_THAT(error_of(pool.submit(grandchild_task)),
              HasSubstr("exited with 4"));
  EXPECT_GT(get(pool.submit(own_pid_task)), 0U);
}

TEST_P(PoolWindowsTest, AnIdleWorkerThatIsKilledIsReplaced) {
  Pool pool = make_pool(1);
  for (int i = 0; i < 10; ++i) {
    const UniqueFd worker = open_process(get(pool.submit(own_pid_task)));
    ::TerminateProcess(worker.get(), 77);
    // The pool may hand out one more task before it hears of the death.
    EXPECT_THAT(error_of(pool.submit(own_pid_task)),
                testing::AnyOf("none", HasSubstr("exited with 77")));
  }
  EXPECT_GT(get(pool.submit(own_pid_task)), 0U);
}

TEST_P(PoolWindowsTest, ImagesThatDieAtTheirStartBreakThePool) {
  ::SetEnvironmentVariableW(L"POOLBUGS_TEST_DIE_AT_START", L"1");
  {
    Pool pool = make_pool(2);
    EXPECT_EQ(error_of(pool.submit(own_pid_task)),
              "broken: workers die before they do any work, 5 in a row; the "
              "last one exited with 5");
  }
  ::SetEnvironmentVariableW(L"POOLBUGS_TEST_DIE_AT_START", nullptr);
}

TEST_P(PoolWindowsTest, TerminateAbandons) {
  Pool pool = make_pool(2);
  const UniqueFd worker = open_process(get(pool.submit(own_pid_task)));
  std::vector<std::future<void>> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(pool.submit(wait_task));
  pool.terminate();
  for (auto& task : tasks)
    EXPECT_EQ(error_of(std::move(task)), "broken: the pool was terminated");
  EXPECT_EQ(::WaitForSingleObject(worker.get(), 0), DWORD{WAIT_OBJECT_0});
  EXPECT_EQ(error_of(pool.submit(own_pid_task)),
            "broken: the pool was terminated");
}

TEST_P(PoolWindowsTest, WorkersCannotBeForked) {
  for (const StartMethod method :
       {StartMethod::fork, StartMethod::forkserver}) {
    Pool pool(method, argv_, 1);
    EXPECT_EQ(error_of(pool.submit(own_pid_task)),
              "broken: there is no fork on Windows, so no start method " +
                  std::string(to_string(method)) + ": use spawn");
  }
}

// Has a pool with a worker that is busy and one that is not, says so and is
// killed.
const TestChild outpost("pool-outpost", [](const TestChild::Words&) {
  char name[] = "platform_test";
  char* argv[] = {name, nullptr};
  Pool pool(StartMethod::spawn, argv, 2);
  const auto stuck = pool.submit(wait_task);
  get(pool.submit(own_pid_task));
  write_all(inherited(5), "busy");
  read_all(inherited(3));
  return 0;
});

/// Of the pool we have only a pipe that all its processes hold, as standard
/// output: its end says that they are gone.
void expect_end_with_parent(Descriptor job) {
  Pipe hold = make_pipe();
  Pipe says = make_pipe();
  Pipe alive = make_pipe();
  const Result<Child> parent = spawn_in_job(
      std::filesystem::path(to_wide(own_executable().value())),
      {"--test-child", "pool-outpost"},
      {{hold.read.get(), 3}, {says.write.get(), 5}, {alive.write.get(), 1}},
      Group::ours, job);
  ASSERT_TRUE(parent) << parent.error().text;
  says.write.reset();
  alive.write.reset();
  EXPECT_EQ(read_some(says.read.get()), "busy");
  ::TerminateProcess(reinterpret_cast<HANDLE>(*parent), 9);
  EXPECT_EQ(poolbugs::wait_for(*parent), 9);
  const auto end =
      std::async(std::launch::async, [&] { read_all(alive.read.get()); });
  EXPECT_EQ(end.wait_for(std::chrono::seconds(30)), std::future_status::ready)
      << "a worker outlives its parent";
}

TEST_P(PoolWindowsTest, WorkersEndWithTheParentAlsoInTheMiddleOfATask) {
  expect_end_with_parent(kNoDescriptor);
}

// The harness runs every program in a job.
TEST_P(PoolWindowsTest, AJobAroundThePoolChangesNothing) {
  const Result<UniqueFd> job = make_kill_on_close_job();
  ASSERT_TRUE(job) << job.error().text;
  expect_end_with_parent(job->get());
}

const TestChild printer("pool-printer", [](const TestChild::Words&) {
  char name[] = "platform_test";
  char* argv[] = {name, nullptr};
  std::setvbuf(stdout, nullptr, _IOFBF, 4096);
  std::printf("P;");
  {
    Pool pool(StartMethod::spawn, argv, 2);
    get(pool.submit(say_task_task));
  }
  std::fflush(stdout);
  return 0;
});

TEST_P(PoolWindowsTest, OutputOfATaskIsOutBeforeItsResult) {
  Pipe out = make_pipe();
  const Result<Child> child =
      spawn_test_child("pool-printer", {}, {{out.write.get(), 1}});
  ASSERT_TRUE(child) << child.error().text;
  out.write.reset();
  EXPECT_EQ(read_all(out.read.get()), "T;P;");
  EXPECT_EQ(poolbugs::wait_for(*child), 0);
}

INSTANTIATE_TEST_SUITE_P(Methods, PoolWindowsTest,
                         testing::ValuesIn(kMethodsHere), method_name);

}  // namespace
}  // namespace poolbugs::pool
