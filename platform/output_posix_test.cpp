#include <gtest/gtest.h>

#include "platform/output.hpp"

namespace poolbugs {
namespace {

using std::chrono::seconds;

Result<std::string> shell(const std::string& script, seconds patience) {
  return output_of({"/bin/sh", "-c", script}, patience);
}

TEST(OutputOf, IsWhatTheCommandWrites) {
  EXPECT_EQ(shell("echo a; echo b >&2; cat", seconds(60)).value(), "a\n");
}

TEST(OutputOf, SaysWhyThereIsNone) {
  const auto why = [](const std::string& script) {
    return shell(script, seconds(60)).error().text;
  };
  EXPECT_EQ(why("echo no >&2; echo library >&2; exit 3"),
            "it ended with 3: library");
  EXPECT_EQ(why("exit 3"), "it ended with 3");
  EXPECT_EQ(why("kill -9 $$"), "it died of SIGKILL");
  EXPECT_EQ(output_of({"/no/such"}, seconds(60)).error().text,
            "spawn /no/such: No such file or directory");
}

TEST(OutputOf, EndsACommandThatIsLate) {
  EXPECT_EQ(shell("sleep 1000 & sleep 1000", seconds(0)).error().text,
            "it did not end within 0 s");
}

TEST(OutputOf, WaitsForTheCommandAloneNotForItsChildren) {
  EXPECT_EQ(shell("echo here; sleep 1000 &", seconds(60)).value(), "here\n");
}

}  // namespace
}  // namespace poolbugs
