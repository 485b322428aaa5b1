// Where a pool can break: {save, load, run} × {throw, exit, crash, SIGKILL},
// for arguments and results (after loky's test_reusable_executor.py).
#include <gmock/gmock.h>

#include <boost/serialization/split_member.hpp>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "platform/pool_test_support.hpp"

#ifdef _WIN32
#include <windows.h>
#else
#include <unistd.h>
#endif

namespace poolbugs::pool {
namespace {

using testing::AnyOf;
using testing::Matcher;

enum class Act {
  nothing,
  throws,
  throws_int,
  exits,
  aborts,
  crashes,
  is_killed
};

#ifdef _WIN32
void end_at_once() { ::_exit(3); }
void kill_this() { ::TerminateProcess(::GetCurrentProcess(), 0xFFFFFFFF); }
// What abort() ends with is the runtime's affair: 3 or a fast fail.
const Matcher<std::string> kAborted =
    AnyOf("died: exited with 3", "died: killed by STATUS_STACK_BUFFER_OVERRUN");
const std::string kCrashed = "died: killed by STATUS_ACCESS_VIOLATION";
const std::string kKilled = "died: exited with 4294967295";
constexpr std::int64_t kKilledCode = 4294967295;
constexpr int kKilledSignal = 0;
#else
void end_at_once() { ::_exit(3); }
void kill_this() { ::raise(SIGKILL); }
const Matcher<std::string> kAborted = "died: killed by SIGABRT";
const std::string kCrashed = "died: killed by SIGSEGV";
const std::string kKilled = "died: killed by SIGKILL";
constexpr std::int64_t kKilledCode = -1;
constexpr int kKilledSignal = SIGKILL;
#endif

/// A null pointer that no compiler knows to be one.
int* volatile nowhere = nullptr;

void blow_up(Act act) {
  switch (act) {
    case Act::nothing:
      return;
    case Act::throws:
      throw std::out_of_range("boom");
    case Act::throws_int:
      throw 42;
    case Act::exits:
      return end_at_once();
    case Act::aborts:
      std::abort();
    case Act::crashes:
      *nowhere = 1;
      return;
    case Act::is_killed:
      return kill_this();
  }
}

/// Blows up when it is saved or when it is loaded.
struct Fuse {
  Act on_save = Act::nothing;
  Act on_load = Act::nothing;

  template <class Archive>
  void save(Archive& archive, unsigned) const {
    blow_up(on_save);
    archive << on_load;
  }
  template <class Archive>
  void load(Archive& archive, unsigned) {
    archive >> on_load;
    blow_up(on_load);
  }
  BOOST_SERIALIZATION_SPLIT_MEMBER()
};

int swallow(const Fuse&) { return 1; }
Fuse produce(Act on_save, Act on_load) { return {on_save, on_load}; }
void run(Act act) { blow_up(act); }
int square(int x) { return x * x; }

const Task swallow_task{"matrix.swallow", swallow};
const Task produce_task{"matrix.produce", produce};
const Task run_task{"matrix.run", run};
const Task square_task{"matrix.square", square};

struct Ending {
  Act act;
  Matcher<std::string> seen;
};
const Ending kEndings[] = {
    {Act::throws, "std::out_of_range: boom"},
    {Act::throws_int, "int: not a std::exception"},
    {Act::exits, "died: exited with 3"},
    {Act::aborts, kAborted},
    {Act::crashes, kCrashed},
    {Act::is_killed, kKilled},
};

/// Without the task's name in the middle.
std::string short_error(std::string text) {
  auto name = text.find("the worker of task '");
  auto died = text.find("died: ", name);
  if (name != std::string::npos) text.erase(name, died + 6 - name);
  return text;
}

class PoolMatrixTest : public PoolTest {};

TEST_P(PoolMatrixTest, RunningTheTask) {
  Pool pool = make_pool();
  for (const Ending& ending : kEndings) {
    EXPECT_THAT(short_error(error_of(pool.submit(run_task, ending.act))),
                ending.seen);
    EXPECT_EQ(get(pool.submit(square_task, 3)), 9);
  }
}

TEST_P(PoolMatrixTest, LoadingItsArguments) {
  Pool pool = make_pool();
  for (const Ending& ending : kEndings) {
    EXPECT_THAT(short_error(error_of(
                    pool.submit(swallow_task, Fuse{Act::nothing, ending.act}))),
                ending.seen);
    EXPECT_EQ(get(pool.submit(square_task, 4)), 16);
  }
}

TEST_P(PoolMatrixTest, SavingItsResult) {
  Pool pool = make_pool();
  for (const Ending& ending : kEndings) {
    EXPECT_THAT(short_error(error_of(
                    pool.submit(produce_task, ending.act, Act::nothing))),
                ending.seen);
    EXPECT_EQ(get(pool.submit(square_task, 5)), 25);
  }
}

// The other two happen in this process: only a throw leaves somebody to ask.
TEST_P(PoolMatrixTest, SavingArgumentsAndLoadingResultsThrowsHere) {
  Pool pool = make_pool();
  EXPECT_EQ(error_of(pool.submit(swallow_task, Fuse{Act::throws, {}})),
            "local: boom");
  EXPECT_THROW(get(pool.submit(swallow_task, Fuse{Act::throws_int, {}})), int);
  EXPECT_EQ(error_of(pool.submit(produce_task, Act::nothing, Act::throws)),
            "local: boom");
  EXPECT_THROW(get(pool.submit(produce_task, Act::nothing, Act::throws_int)),
               int);
  EXPECT_EQ(get(pool.submit(square_task, 6)), 36);
}

TEST_P(PoolMatrixTest, ADeathBreaksOnlyItsOwnTask) {
  Pool pool = make_pool();
  std::vector<std::future<int>> good;
  std::vector<std::future<void>> bad;
  for (int i = 0; i < 30; ++i) {
    good.push_back(pool.submit(square_task, i));
    if (i % 3 == 0) bad.push_back(pool.submit(run_task, Act::is_killed));
  }
  for (int i = 0; i < 30; ++i)
    EXPECT_EQ(get(std::move(good[static_cast<std::size_t>(i)])), i * i);
  for (auto& future : bad)
    EXPECT_EQ(error_of(std::move(future)),
              "died: the worker of task 'matrix.run' " + kKilled);
}

TEST_P(PoolMatrixTest, WorkerDiedHasTheNumbers) {
  Pool pool = make_pool(1);
  try {
    get(pool.submit(run_task, Act::exits));
    FAIL();
  } catch (const WorkerDied& error) {
    EXPECT_EQ(error.exit_code, 3);
    EXPECT_EQ(error.signal, 0);
  }
  try {
    get(pool.submit(run_task, Act::is_killed));
    FAIL();
  } catch (const WorkerDied& error) {
    EXPECT_EQ(error.exit_code, kKilledCode);
    EXPECT_EQ(error.signal, kKilledSignal);
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, PoolMatrixTest,
                         testing::ValuesIn(kMethodsHere), method_name);

}  // namespace
}  // namespace poolbugs::pool
