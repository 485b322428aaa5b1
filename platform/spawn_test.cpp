#include <gtest/gtest.h>

#include "platform/pipe.hpp"
#include "platform/spawn_test_support.hpp"
#include "platform/worker.hpp"

namespace poolbugs {
namespace {

using Words = TestChild::Words;

const TestChild exits("exit", [](const Words& words) {
  return std::stoi(words.at(0));
});
const TestChild waits("wait", [](const Words&) {
  read_all(inherited(3));
  return 0;
});
const TestChild arguments("arguments", [](const Words& words) {
  std::string all;
  for (const std::string& word : words) all.append(word).push_back('\0');
  return write_all(inherited(5), all) ? 0 : 1;
});
// What comes in by 7 and 4 goes out by 1.
const TestChild joins("join", [](const Words&) {
  const std::string first = read_all(inherited(7));
  const std::string second = read_all(inherited(4));
  return write_all(inherited(1), first + "+" + second) ? 0 : 1;
});

TEST(SpawnSelfTest, ArgumentsArriveAsTheyAre) {
  const std::vector<std::string> hard = {
      "",
      "a b",
      "tab\there",
      R"(say "hi")",
      R"(")",
      R"("")",
      R"("""")",
      R"(\)",
      R"(\\)",
      R"(C:\dir\)",
      R"(C:\dir with space\)",
      R"(C:\dir with space\\)",
      R"(\")",
      R"(a\\"b c\)",
      "*",
      "*.cpp",
      "?",
      "[a-z]*",
      "@file",
      "%PATH%",
      "$HOME",
      "^&|<>();'`",
      "line\nbreak",
      "-",
      "--",
      "",
  };
  Pipe out = make_pipe();
  const Result<Child> child =
      spawn_test_child("arguments", hard, {{out.write.get(), 5}});
  ASSERT_TRUE(child) << child.error().text;
  out.write.reset();
  std::string expected;
  for (const std::string& word : hard) expected.append(word).push_back('\0');
  EXPECT_EQ(read_all(out.read.get()), expected);
  EXPECT_EQ(wait_for(*child), 0);
}

TEST(SpawnSelfTest, AChildFindsWhatItWasGivenByNumber) {
  Pipe first = make_pipe();
  Pipe second = make_pipe();
  Pipe out = make_pipe();
  const Result<Child> child = spawn_test_child(
      "join", {},
      {{first.read.get(), 7}, {second.read.get(), 4}, {out.write.get(), 1}});
  ASSERT_TRUE(child) << child.error().text;
  out.write.reset();
  EXPECT_TRUE(write_all(first.write.get(), "one"));
  EXPECT_TRUE(write_all(second.write.get(), "two"));
  // The child holds none of these: otherwise it would wait for itself.
  first.write.reset();
  second.write.reset();
  EXPECT_EQ(read_all(out.read.get()), "one+two");
  EXPECT_EQ(wait_for(*child), 0);
}

TEST(SpawnSelfTest, OneDescriptorUnderTwoNumbers) {
  Pipe in = make_pipe();
  Pipe out = make_pipe();
  const Result<Child> child = spawn_test_child(
      "join", {},
      {{in.read.get(), 7}, {in.read.get(), 4}, {out.write.get(), 1}});
  ASSERT_TRUE(child) << child.error().text;
  out.write.reset();
  EXPECT_TRUE(write_all(in.write.get(), "once"));
  in.write.reset();
  EXPECT_EQ(read_all(out.read.get()), "once+");
  EXPECT_EQ(wait_for(*child), 0);
}

TEST(SpawnSelfTest, ExitCodesComeBack) {
  for (const int code : {0, 1, 255}) {
    const Result<Child> child =
        spawn_test_child("exit", {std::to_string(code)});
    ASSERT_TRUE(child) << child.error().text;
    EXPECT_EQ(wait_for(*child), code);
  }
}

TEST(SpawnSelfTest, AChildOutlivesTheClosingOfItsExitDescriptor) {
  Pipe hold = make_pipe();
  const Result<Child> child =
      spawn_test_child("wait", {}, {{hold.read.get(), 3}});
  ASSERT_TRUE(child) << child.error().text;
  Result<UniqueFd> ended = exit_descriptor(*child);
  ASSERT_TRUE(ended) << ended.error().text;
  ended->reset();
  hold.write.reset();
  EXPECT_EQ(wait_for(*child), 0);
}

}  // namespace
}  // namespace poolbugs
