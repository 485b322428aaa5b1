// The same programs under the built `poolbugs watch`, as people run it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "harness/plants/field/judged.hpp"
#include "harness/plants/field/launch.hpp"
#include "platform/process_tree.hpp"

namespace poolbugs::field {
namespace {

using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{100};
/// Times that watch has looked closely: once more than to come to a first
/// opinion.
constexpr int kEnough = 2;

std::vector<std::string> watch(const std::vector<std::string>& options) {
  std::vector<std::string> words{POOLBUGS_BINARY_DIR "/poolbugs", "watch",
                                 "--json", "json"};
  words.insert(words.end(), options.begin(), options.end());
  words.emplace_back("--");
  return words;
}

template <class Condition>
bool soon(Condition condition) {
  const auto deadline = Clock::now() + kPatience;
  while (!condition()) {
    if (Clock::now() > deadline) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

nlohmann::json told(const Launched& watched) {
  std::ifstream file(watched.folder() / "json");
  return nlohmann::json::parse(file, nullptr, false);
}

// --- healthy ones

struct Place {
  Healthy row;
  bool terminal = false, keep = false;
};

void PrintTo(const Place& place, std::ostream* out) {
  *out << place.row.program.name << (place.terminal ? "_on_a_terminal" : "")
       << (place.keep ? "_kept" : "");
}

/// To keep and to be at a terminal have nothing to do with each other.
std::vector<Place> places() {
  std::vector<Place> all;
  for (const Healthy& row : healthy()) {
    all.push_back({row, true, row.only_on_a_terminal});
    if (!row.only_on_a_terminal) all.push_back({row, false, true});
  }
  return all;
}

class WatchedHealthies : public testing::TestWithParam<Place> {};

INSTANTIATE_TEST_SUITE_P(, WatchedHealthies, testing::ValuesIn(places()),
                         [](const auto& one) {
                           return testing::PrintToString(one.param);
                         });

/// The command of watch: its only child.
pid_t command_of(const Launched& watched) {
  for (const ProcessSample& one : sample_tree(watched.id()).processes)
    if (one.parent == watched.id()) return static_cast<pid_t>(one.id);
  return 0;
}

TEST_P(WatchedHealthies, GoOnToTheirEnd) {
  const auto& [row, terminal, keep] = GetParam();
  if (const std::string why = lacks(row.program); !why.empty())
    GTEST_SKIP() << why;
  std::vector<std::string> options;
  if (keep) options.emplace_back("--keep");
  // How often watch has looked at it is told at its end: too seldom, and it is
  // done again and left alone for longer.
  for (int rest = 600;; rest *= 2) {
    Launched watched(row.program, terminal, watch(options));
    ASSERT_TRUE(soon([&] {
      return watched.output().find("ready") != std::string::npos;
    })) << watched.output();
    ::poll(nullptr, 0, rest);
    ASSERT_FALSE(watched.ended()) << watched.output();
    watched.wake(row.wake, command_of(watched));
    ASSERT_TRUE(soon([&] {
      if (watched.ended()) return true;
      ::kill(watched.id(), SIGCONT);  // it stops when its command does
      return false;
    })) << watched.output();
    ASSERT_EQ(watched.ended(), 0) << watched.output();
    EXPECT_THAT(watched.output(), HasSubstr(row.says));
    const nlohmann::json json = told(watched);
    ASSERT_EQ(json.value("outcome", ""), "ok") << json;
    if (json.value("examinations", 0) >= kEnough) break;
    ASSERT_LT(rest, 10'000) << "watch does not look at it: " << json;
  }
}

// --- hangs

/// The memory controller is of version 1 (cgroups(7)).
bool has_old_groups() {
  std::ifstream file("/proc/cgroups");
  std::string name, hierarchy;
  while (file >> name >> hierarchy) {
    if (name == "memory") return hierarchy != "0";
    file.ignore(1000, '\n');
  }
  return false;
}

class WatchedHangs : public testing::TestWithParam<Hang> {
 protected:
  /// The status with which watch ends.
  static void expect_status(const std::vector<std::string>& options,
                            std::initializer_list<int> statuses) {
    const Hang& row = GetParam();
    Launched watched(row.program, false, watch(options));
    ASSERT_TRUE(soon([&] { return watched.ended().has_value(); }))
        << watched.output();
    EXPECT_THAT(statuses, testing::Contains(*watched.ended()))
        << watched.output();
    if (watched.ended() != 120 || row.cause.empty()) return;
    EXPECT_EQ(told(watched).value("cause", ""), row.cause) << watched.output();
  }
};

INSTANTIATE_TEST_SUITE_P(Ordinary, WatchedHangs, testing::ValuesIn(ordinary()),
                         [](const auto& one) {
                           return one.param.program.name;
                         });

TEST_P(WatchedHangs, AreEndedIfTheyAreProved) {
  const Hang& row = GetParam();
  if (const std::string why = lacks(row.program); !why.empty())
    GTEST_SKIP() << why;
  if (row.needs_root && ::getuid() != 0)
    return expect_status({"--assume", "no-signals", "--timeout", "2"}, {122});
  if (row.right == Says::whole) return expect_status({}, {120});
  expect_status({"--timeout", "2"}, {121, 122, 124});
  if (row.right != Says::whole_by_signal) return;
  if (row.has_eventfds && has_old_groups())
    return expect_status({"--assume", "no-signals", "--timeout", "5"}, {122});
  expect_status({"--assume", "no-signals"}, {120});
}

}  // namespace
}  // namespace poolbugs::field
