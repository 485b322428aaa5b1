#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "platform/libproc_macos.hpp"
#include "platform/pipe.hpp"
#include "platform/sandbox.hpp"

namespace poolbugs::sandbox {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using Clock = std::chrono::steady_clock;

class MacSandboxTest : public testing::Test {
 protected:
  std::unique_ptr<Sandbox> open() {
    auto opened = Sandbox::open(settings_);
    EXPECT_TRUE(opened) << opened.error().text;
    return std::move(*opened);
  }

  static RunId shell(Sandbox& sandbox, const std::string& script) {
    const auto run =
        sandbox.launch({"/bin/sh", {"-c", script}, {"PATH=/bin:/usr/bin"}});
    EXPECT_TRUE(run) << run.error().text;
    return *run;
  }

  static Finished end_of(Sandbox& sandbox) {
    const auto deadline = Clock::now() + 60s;
    std::vector<Event> events;
    while (events.empty() && Clock::now() < deadline)
      events = sandbox.wait(deadline, kNoDescriptor);
    if (events.empty()) return {.failure = "it did not end"};
    return events.front().finished;
  }

  static std::vector<std::string> left(const Finished& finished) {
    std::vector<std::string> lines;
    for (const Left& one : finished.left)
      lines.push_back(one.kind + " " + one.name);
    return lines;
  }

  /// Somebody's whose arguments say so.
  static bool lives(const std::string& command) {
    for (const libproc::Process& process : libproc::all())
      if (!process.zombie && libproc::command_line(process) == command)
        return true;
    return false;
  }

  Settings settings_{.helper = {},
                     .mode = Mode::group,
                     .limits = {.output = 1000, .leak_grace = 50ms},
                     .visible = {},
                     .writable = {}};
};

TEST_F(MacSandboxTest, TellsHowARunEnded) {
  const auto sandbox = open();
  shell(*sandbox, "echo out; echo err >&2; exit 3");
  const Finished finished = end_of(*sandbox);
  EXPECT_EQ(finished.failure, "");
  EXPECT_TRUE(finished.exited);
  EXPECT_EQ(finished.exit_code, 3);
  EXPECT_EQ(finished.out, "out\n");
  EXPECT_EQ(finished.err, "err\n");
  EXPECT_THAT(left(finished), IsEmpty());
}

TEST_F(MacSandboxTest, ASignalIsNoExitCode) {
  const auto sandbox = open();
  shell(*sandbox, "kill -KILL $$");
  EXPECT_EQ(end_of(*sandbox).signal, SIGKILL);
}

TEST_F(MacSandboxTest, NamesWhatIsLeftAndRemovesIt) {
  const auto sandbox = open();
  shell(*sandbox, "sleep 98761 & touch $TMPDIR/mine; pwd");
  const Finished finished = end_of(*sandbox);
  EXPECT_THAT(left(finished),
              ElementsAre("process sleep 98761", "file $TMPDIR/mine"));
  EXPECT_FALSE(lives("sleep 98761"));
  std::string folder = finished.out;
  folder.pop_back();
  EXPECT_NE(folder, "");
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST_F(MacSandboxTest, OutputPastTheLimitIsCut) {
  const auto sandbox = open();
  shell(*sandbox, "yes | head -c 5000");
  const Finished finished = end_of(*sandbox);
  EXPECT_TRUE(finished.output_limit);
  EXPECT_EQ(finished.out.size(), 1000U);
}

TEST_F(MacSandboxTest, EndsWhoIgnoresIt) {
  const auto sandbox = open();
  const RunId run = shell(*sandbox, "trap '' TERM; sleep 98762; sleep 98763");
  while (!lives("sleep 98762")) sandbox->wait(Clock::now() + 10ms, -1);
  EXPECT_EQ(sandbox->sample(run).processes.size(), 2U);
  sandbox->end(run, 20ms);
  const Finished finished = end_of(*sandbox);
  EXPECT_FALSE(finished.exited);
  EXPECT_EQ(finished.signal, SIGKILL);
  EXPECT_FALSE(lives("sleep 98762"));
}

TEST_F(MacSandboxTest, AProgramThatIsNotThereIsAnError) {
  const auto sandbox = open();
  const auto run = sandbox->launch({"/no/such", {}, {}});
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().text,
            "cannot execute /no/such: No such file or directory");
}

TEST_F(MacSandboxTest, RunsEndWithTheHarness) {
  Pipe ready = make_pipe();
  const pid_t harness = ::fork();
  if (harness == 0) {
    const auto sandbox = open();
    shell(*sandbox, "sleep 98764");
    while (!lives("sleep 98764")) sandbox->wait(Clock::now() + 10ms, -1);
    write_all(ready.write.get(), "!");
    while (true) ::pause();
  }
  ready.write.reset();
  ASSERT_EQ(read_some(ready.read.get()), "!");
  ::kill(harness, SIGKILL);
  ::waitpid(harness, nullptr, 0);
  const auto deadline = Clock::now() + 60s;
  while (lives("sleep 98764") && Clock::now() < deadline) continue;
  EXPECT_FALSE(lives("sleep 98764"));
}

TEST_F(MacSandboxTest, HasNoFullMode) {
  settings_.mode = Mode::full;
  const auto opened = Sandbox::open(settings_);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().text, testing::HasSubstr("no namespaces"));
}

}  // namespace
}  // namespace poolbugs::sandbox
