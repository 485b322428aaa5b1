// Each in a console of its own, where Ctrl-C disturbs nobody.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <windows.h>

#include "platform/console.hpp"
#include "platform/sandbox.hpp"
#include "platform/spawn_test_support.hpp"

namespace poolbugs {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Words = TestChild::Words;

const TestChild takes_key("takes-ctrl-c", [](const Words&) {
  Console console;
  if (::WaitForSingleObject(console.descriptor(), 0) == WAIT_OBJECT_0) return 1;
  if (console.take().stop) return 2;
  ::GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
  if (::WaitForSingleObject(console.descriptor(), 60'000) != WAIT_OBJECT_0)
    return 3;
  if (console.take().stop != SIGINT) return 4;
  // It is taken.
  if (::WaitForSingleObject(console.descriptor(), 0) == WAIT_OBJECT_0) return 5;
  return console.take().stop ? 6 : 0;
});

const TestChild dies_of_it("dies-of-signal", [](const Words&) {
  { const Console console; }
  die_of_signal(SIGINT);
  return 0;
});

std::int64_t run(const std::string& name) {
  const auto box = sandbox::Sandbox::open({}).value();
  const auto deadline = Clock::now() + 60s;
  if (!box->launch({own_executable().value(), {"--test-child", name}, {}}))
    return -1;
  for (const sandbox::Event& event : box->wait(deadline, kNoDescriptor))
    return event.finished.exit_code;
  return -2;
}

TEST(ConsoleWindows, CtrlCArrivesByTheDescriptor) {
  EXPECT_EQ(run("takes-ctrl-c"), 0);
}

TEST(ConsoleWindows, DiesAsOfCtrlC) {
  EXPECT_EQ(run("dies-of-signal"), 3221225786);
}

TEST(ConsoleWindows, OffATerminalTheWidthIs80) {
  if (!stdout_is_terminal()) {
    EXPECT_EQ(terminal_width(), 80);
  }
}

}  // namespace
}  // namespace poolbugs
