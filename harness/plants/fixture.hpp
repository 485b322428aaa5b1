// Runs plants through the real runner and sandbox, and looks at what is left.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/catalogue/fixture.hpp"
#include "harness/judge/judge.hpp"
#include "harness/run/runner.hpp"
#include "platform/process_tree.hpp"

namespace poolbugs::plants {

using sandbox::Mode;

struct Seen {
  std::string name;
  run::Observation observation;
  judge::Judgement judged;
};

/// A plant and its arguments.
using Call = std::vector<std::string>;

class Collector final : public run::Observer {
 public:
  void finished(const plan::PlannedRun& planned,
                const run::Observation& seen) override {
    all.push_back({planned.name(), seen, judge::judge(seen, planned)});
  }
  void progress(std::span<const run::Active> active) override {
    most = std::max(most, static_cast<int>(active.size()));
  }
  std::vector<Seen> all;
  int most = 0;
};

inline std::filesystem::path folder() {
  return std::filesystem::path(POOLBUGS_BINARY_DIR) / "plants";
}

inline plan::PlannedRun planned(const Call& call) {
  plan::PlannedRun run;
  run.item.area = "plants";
  run.item.slug = call.front();
  run.program.name = "broken";
  run.executable = folder() / call.front();
  run.arguments.assign(call.begin() + 1, call.end());
  run.promised = {{catalogue::Outcome::ok, ""}};
  return run;
}

/// In both sandboxes. What runs in `group` has its folders in a TMPDIR of the
/// test's own.
class Plants : public testing::TestWithParam<Mode> {
 protected:
  Plants() {
    ::setenv("TMPDIR", tmp_.path().c_str(), 1);
    settings_.helper =
        std::filesystem::path(POOLBUGS_BINARY_DIR) / "poolbugs-jail";
    settings_.mode = GetParam();
    settings_.visible = {folder(), settings_.helper.parent_path()};
    settings_.patience = std::chrono::milliseconds(15000);
    settings_.limits.tasks = 64;
    settings_.limits.memory = 128 << 20;
    settings_.limits.disk = 16 << 20;
    settings_.limits.output = 1 << 20;
    run_settings_.watch.quiet = std::chrono::milliseconds(400);
    run_settings_.watch.deadline = std::chrono::milliseconds(4000);
    run_settings_.watch.tasks = settings_.limits.tasks;
    run_settings_.watch.memory = settings_.limits.memory;
    run_settings_.watch.disk = settings_.limits.disk;
    run_settings_.watch.output = settings_.limits.output;
    run_settings_.jobs = 1;
    run_settings_.waiting = 0;
    run_settings_.environment = {"PATH=/usr/bin:/bin"};
  }
  ~Plants() override { ::unsetenv("TMPDIR"); }

  [[nodiscard]] static bool full() { return GetParam() == Mode::full; }
  [[nodiscard]] static bool root() { return ::geteuid() == 0; }

  /// One result for each call, in the order of their ends, and then an
  /// undisturbed run in the same sandbox. Nothing is left.
  std::vector<Seen> run_all(const std::vector<Call>& calls) {
    std::vector<plan::PlannedRun> plan;
    for (const Call& call : calls) plan.push_back(planned(call));
    Collector collector;
    const auto start = run::Clock::now();
    {
      auto opened = sandbox::Sandbox::open(settings_);
      if (!opened) {
        ADD_FAILURE() << opened.error().text;
        return {};
      }
      ability_ = (*opened)->ability();
      run::run_all(plan, **opened, run_settings_, collector);
      Collector after;
      const std::vector<plan::PlannedRun> hello{planned({"prints"})};
      run::run_all(hello, **opened, run_settings_, after);
      EXPECT_EQ(after.all.at(0).observation.out, "hello\n");
      EXPECT_EQ(after.all.at(0).judged.outcome, catalogue::Outcome::ok)
          << after.all.at(0).observation.failure;
      EXPECT_THAT(after.all.at(0).observation.left, testing::IsEmpty());
    }
    EXPECT_LT(run::Clock::now() - start, std::chrono::seconds(60));
    most_ = collector.most;
    expect_nothing_left();
    EXPECT_EQ(collector.all.size(), calls.size());
    if (collector.all.size() != calls.size())
      collector.all.resize(calls.size());
    return collector.all;
  }
  Seen run(const Call& call) {
    return run_all(std::vector<Call>{call}).front();
  }

  /// One run where hangs are proved.
  Seen run_proving(const Call& call,
                   std::vector<catalogue::Promise> promised = {
                       {catalogue::Outcome::ok, ""}}) {
    const auto all = run_all_proving({planned(call)}, promised);
    return all.empty() ? Seen{} : all.front();
  }
  /// In the order of their ends; of all the same is promised.
  std::vector<Seen> run_all_proving(
      std::vector<plan::PlannedRun> plan,
      const std::vector<catalogue::Promise>& promised) {
    for (plan::PlannedRun& run : plan) {
      run.proof = true;
      run.promised = promised;
    }
    Collector collector;
    {
      auto opened = sandbox::Sandbox::open(settings_);
      if (!opened) {
        ADD_FAILURE() << opened.error().text;
        return {};
      }
      run::run_all(plan, **opened, run_settings_, collector);
    }
    expect_nothing_left();
    EXPECT_EQ(collector.all.size(), plan.size());
    return collector.all;
  }

  void expect_nothing_left() {
    // We are the subreaper of everything that a sandbox starts.
    EXPECT_THAT(sample_tree(::getpid()).processes, testing::IsEmpty());
    EXPECT_TRUE(std::filesystem::is_empty(tmp_.path()));
    const std::string ours = "poolbugs-" + std::to_string(::getpid()) + "-";
    for (const char* place : {"/sys/fs/cgroup", "/dev/shm", "/tmp"}) {
      const int depth = std::string(place) == "/sys/fs/cgroup" ? 4 : 0;
      std::error_code error;
      for (std::filesystem::recursive_directory_iterator
               it(place,
                  std::filesystem::directory_options::skip_permission_denied,
                  error),
           end;
           !error && it != end; it.increment(error)) {
        EXPECT_FALSE(it->path().filename().string().starts_with(ours))
            << it->path();
        if (it.depth() >= depth) it.disable_recursion_pending();
      }
    }
  }

  catalogue::TemporaryFolder elsewhere_, tmp_;
  sandbox::Settings settings_;
  run::RunSettings run_settings_;
  sandbox::Ability ability_;
  int most_ = 0;
};

}  // namespace poolbugs::plants
