// Real runs in both sandboxes.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "platform/process_tree.hpp"
#include "platform/sandbox.hpp"
#include "platform/spawn.hpp"

namespace poolbugs::sandbox::testing_support {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Without strangers: another test that runs meanwhile may have made them.
inline std::vector<std::string> kinds(const Finished& finished) {
  std::vector<std::string> all;
  for (const Left& one : finished.left)
    if (one.kind != "stranger") all.push_back(one.kind);
  return all;
}

inline std::size_t own_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& one :
       std::filesystem::directory_iterator("/proc/self/fd"))
    ++count;
  return count;
}

class SandboxFixture : public testing::TestWithParam<Mode> {
 protected:
  SandboxFixture() {
    // BUILD/platform/platform_test → BUILD/poolbugs-jail
    const std::filesystem::path self = own_executable().value();
    settings_.helper = self.parent_path().parent_path() / "poolbugs-jail";
    settings_.visible = {settings_.helper.parent_path()};
    settings_.mode = GetParam();
    settings_.limits.output = 10'000;
    settings_.limits.leak_grace = 50ms;
    std::string folder = "/tmp/poolbugs-sandbox-test-XXXXXX";
    EXPECT_NE(::mkdtemp(folder.data()), nullptr);
    tmp_ = folder;
    ::setenv("TMPDIR", folder.c_str(), 1);
  }
  ~SandboxFixture() override {
    sandbox_.reset();
    ::unsetenv("TMPDIR");
    EXPECT_TRUE(std::filesystem::is_empty(tmp_));
    std::filesystem::remove_all(tmp_);
    // We are the subreaper of whatever a sandbox starts.
    EXPECT_THAT(sample_tree(::getpid()).processes, testing::IsEmpty());
    EXPECT_THAT(cgroups(), testing::IsEmpty());
  }

  static bool full() { return GetParam() == Mode::full; }

  Sandbox& sandbox() {
    if (!sandbox_) {
      auto opened = Sandbox::open(settings_);
      if (!opened) throw std::runtime_error(opened.error().text);
      sandbox_ = std::move(*opened);
    }
    return *sandbox_;
  }
  RunId launch(const std::string& script,
               std::vector<std::string> environment = {}) {
    environment.emplace_back("PATH=/usr/bin:/bin");
    return sandbox()
        .launch({"/bin/sh", {"-c", script}, std::move(environment)})
        .value();
  }
  Finished finish(RunId run) {
    const auto deadline = Clock::now() + 30s;
    while (Clock::now() < deadline)
      for (const Event& event : sandbox().wait(deadline, -1))
        if (event.run == run) return event.finished;
    ADD_FAILURE() << "the run did not end";
    return {};
  }
  Finished run(const std::string& script) { return finish(launch(script)); }

  /// At most 30 s; who could not do without it fails then.
  template <class Predicate>
  static void wait_until(Predicate holds) {
    const auto deadline = Clock::now() + 30s;
    while (!holds() && Clock::now() < deadline) continue;
  }
  /// Until the run has written so many bytes.
  void wait_for_output(RunId run, std::size_t bytes) {
    wait_until([&] { return sandbox().output_size(run) >= bytes; });
  }
  /// The jails, our only children.
  static std::vector<long> jails() {
    std::vector<long> all;
    for (const ProcessSample& one : sample_tree(::getpid()).processes)
      if (one.parent == ::getpid()) all.push_back(one.id);
    return all;
  }
  static std::vector<std::string> cgroups() {
    const std::string ours = "poolbugs-" + std::to_string(::getpid()) + "-";
    std::vector<std::string> found;
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator it(
             "/sys/fs/cgroup",
             std::filesystem::directory_options::skip_permission_denied, error),
         end;
         !error && it != end; it.increment(error)) {
      if (it->path().filename().string().starts_with(ours))
        found.push_back(it->path());
      if (it.depth() > 4) it.disable_recursion_pending();
    }
    return found;
  }

  Settings settings_;
  std::filesystem::path tmp_;
  std::unique_ptr<Sandbox> sandbox_;
};

inline std::string name_of(const testing::TestParamInfo<Mode>& info) {
  return info.param == Mode::full ? "full" : "group";
}

}  // namespace poolbugs::sandbox::testing_support
