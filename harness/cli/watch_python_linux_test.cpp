// `poolbugs watch` on real CPython programs (plants/python): those that hang
// are proved and named, those that only look like it end by themselves.
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "harness/cli/cli_fixture.hpp"

namespace poolbugs::cli {
namespace {

using testing::IsEmpty;

const std::filesystem::path kPrograms =
    POOLBUGS_SOURCE_DIR "/harness/plants/python";

/// Each hang's cause, by file name.
const std::map<std::string, std::string> kCauses{
    {"barrier_one_short", "lost-wakeup"},
    {"both_send_first", "pipe-cycle"},
    {"event_never_set", "lost-wakeup"},
    {"future_never_done", "eof-never-comes"},
    {"inherited_write_end", "eof-never-comes"},
    {"join_before_drain", "join-cycle"},
    {"lock_across_fork", "orphaned-lock"},
    {"lock_of_the_dead", "lost-wakeup"},
    {"lock_order_of_processes", "lost-wakeup"},
    {"lock_order_of_spawned", "lost-wakeup"},
    {"lock_order_of_threads", "lost-wakeup"},
    {"log_queue_across_fork", "orphaned-lock"},
    {"producer_failed", "eof-never-comes"},
    {"task_not_done", "lost-wakeup"},
    {"task_waits_for_task", "lost-wakeup"},
    {"thread_not_told", "lost-wakeup"},
    {"two_full_pipes", "pipe-cycle"},
    {"worker_exits", "lost-wakeup"},
};

/// The locks of a spawned process have names, which anybody might open.
bool is_named(const std::string& program) {
  return program == "lock_order_of_spawned";
}
/// In epoll_wait, which a stop and going on would end.
bool polls(const std::string& program) {
  return program == "future_never_done";
}
/// Nobody can see here that no alarm is pending, or one is.
bool alarms_are_open() {
  const std::string timers = slurp("/proc/timer_list");
  return timers.empty() || timers.find("it_real_fn") != std::string::npos;
}
/// Not stuck but busy: its thread looks for dead workers without a pause.
bool spins(const std::string& program) { return program == "callback_raises"; }

std::vector<std::string> programs(const char* folder) {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(kPrograms / folder))
    if (entry.path().extension() == ".py")
      names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  return info.param;
}

class WatchPython : public Cli,
                    public testing::WithParamInterface<std::string> {
 protected:
  void SetUp() override {
    // Pool's workers wait by polling before that.
    if (std::system("python3 -c 'import sys; "
                    "sys.exit(sys.version_info < (3, 8))' 2> /dev/null") != 0)
      GTEST_SKIP() << "no python3 here, 3.8 or later";
  }
  Ended watch(const std::string& options, const std::string& folder,
              const std::string& input) {
    const std::string script =
        input + " exec " POOLBUGS_BINARY_DIR "/poolbugs watch " + options +
        " -- python3 '" + (kPrograms / folder / GetParam()).string() +
        ".py' > '" + file("out").string() + "' 2> '" + file("err").string() +
        "'";
    const auto pid = spawn_process("/bin/sh", {"-c", script}, {});
    return wait(pid.value());
  }
};

class PythonHangs : public WatchPython {
 protected:
  /// Some thread's Python stack has lines of the program.
  static bool shows_program(const nlohmann::json& stacks) {
    return std::any_of(stacks.begin(), stacks.end(), [](const auto& stack) {
      return std::any_of(
          stack["python"].begin(), stack["python"].end(),
          [](const auto& frame) {
            return frame["file"].template get<std::string>().ends_with(
                       GetParam() + ".py") &&
                   frame["line"] > 1;
          });
    });
  }
};
INSTANTIATE_TEST_SUITE_P(Plants, PythonHangs,
                         testing::ValuesIn(programs("hangs")), name_of);

TEST_P(PythonHangs, AreNamed) {
  const bool open = alarms_are_open();
  std::string options = open || is_named(GetParam()) || spins(GetParam())
                            ? "--timeout 6"
                            : "--timeout 30";
  if (polls(GetParam())) options += " --assume no-signals";
  const Ended ended = watch(options + " --json '" + file("j").string() + "'",
                            "hangs", "< /dev/null");
  const auto seen = nlohmann::json::parse(slurp(file("j")), nullptr, false);
  ASSERT_TRUE(seen.is_object()) << ended.err;
  EXPECT_THAT(ours(), IsEmpty());
  EXPECT_TRUE(shows_program(seen["stacks"])) << seen["stacks"];
  if (spins(GetParam())) {
    EXPECT_EQ(ended.code, 121) << ended.err;
    return;
  }
  // The alarm of a test beside this one may be over by now.
  const bool quiescent = is_named(GetParam()) || (open && ended.code == 122);
  EXPECT_EQ(ended.code, quiescent ? 122 : 120) << ended.err;
  ASSERT_TRUE(kCauses.contains(GetParam()));
  EXPECT_EQ(seen["cause"], kCauses.at(GetParam())) << ended.err;
}

class PythonHealthy : public WatchPython {};
INSTANTIATE_TEST_SUITE_P(Plants, PythonHealthy,
                         testing::ValuesIn(programs("healthy")), name_of);

TEST_P(PythonHealthy, EndByThemselves) {
  // What these read comes from outside, after a second.
  const bool reads = GetParam() == "copies_input" ||
                     GetParam() == "idle_manager" ||
                     GetParam() == "idle_pool_and_input";
  const Ended ended =
      watch("", "healthy", reads ? "(sleep 1; echo x) |" : "< /dev/null");
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
}

TEST(PythonPlants, AreManyOfBothKinds) {
  EXPECT_GE(programs("hangs").size(), 15U);
  EXPECT_GE(programs("healthy").size(), 15U);
}

}  // namespace
}  // namespace poolbugs::cli
