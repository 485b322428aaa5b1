#include "platform/spawn_windows.hpp"

#include <gmock/gmock.h>
#include <windows.h>

#include <array>
#include <cstdio>

#include "platform/pipe.hpp"
#include "platform/spawn_test_support.hpp"
#include "platform/wide_windows.hpp"
#include "platform/worker.hpp"

namespace poolbugs {
namespace {

using Words = TestChild::Words;

const TestChild has_handle("has-handle", [](const Words& words) {
  const auto value = std::stoull(words.at(0), nullptr, 16);
  DWORD flags = 0;
  return ::GetHandleInformation(reinterpret_cast<HANDLE>(value), &flags) ? 1
                                                                         : 0;
});
const TestChild handle_flags("flags-of-3", [](const Words&) {
  DWORD flags = 99;
  ::GetHandleInformation(inherited(3), &flags);
  return static_cast<int>(flags);
});
const TestChild variable("variable", [](const Words& words) {
  return static_cast<int>(
      ::GetEnvironmentVariableW(to_wide(words.at(0)).c_str(), nullptr, 0));
});
// Our own variable is still there: nobody has asked for a number.
const TestChild grandchild("variable-of-a-grandchild", [](const Words& words) {
  const Result<Child> child = spawn_test_child("variable", words);
  return child ? static_cast<int>(wait_for(*child)) : 91;
});
const TestChild command("command-line", [](const Words&) {
  return write_all(inherited(5), to_utf8(::GetCommandLineW())) ? 0 : 1;
});
const TestChild says_and_waits("say-and-wait", [](const Words&) {
  write_all(inherited(5), "here");
  read_all(inherited(3));
  return 0;
});
// Has a child in a job of its own and is killed.
const TestChild leaves_a_child("leave-a-child", [](const Words&) {
  const Result<UniqueFd> job = make_kill_on_close_job();
  if (!job) return 92;
  const Result<Child> child = spawn_in_job(
      std::filesystem::path(to_wide(own_executable().value())),
      {"--test-child", "say-and-wait"}, {{inherited(3), 3}, {inherited(5), 5}},
      Group::ours, job->get());
  if (!child) return 93;
  read_all(inherited(4));  // for ever
  return 94;
});

std::string hex(Descriptor handle) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%llx",
                static_cast<unsigned long long>(
                    reinterpret_cast<std::uintptr_t>(handle)));
  return text.data();
}

std::int64_t run(const std::string& name, const Words& words = {},
                 const std::vector<std::pair<Descriptor, int>>& numbers = {}) {
  const Result<Child> child = spawn_test_child(name, words, numbers);
  if (!child) {
    ADD_FAILURE() << child.error().text;
    return -1;
  }
  return wait_for(*child);
}

TEST(SpawnWindowsTest, AnInheritableHandleThatIsNotListedIsNotInherited) {
  Pipe listed = make_pipe();
  // Numbers that no child has by chance.
  std::vector<UniqueFd> many;
  for (int i = 0; i < 200; ++i)
    many.emplace_back(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  const HANDLE other = many.back().get();
  ASSERT_TRUE(
      ::SetHandleInformation(other, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT));
  EXPECT_EQ(run("has-handle", {hex(other)}), 0);
  EXPECT_EQ(run("has-handle", {hex(other)}, {{listed.read.get(), 3}}), 0);
  // Whoever does not use a list hands it down.
  std::wstring line = to_wide(own_executable().value() +
                              " --test-child has-handle " + hex(other));
  STARTUPINFOW start{};
  start.cb = sizeof start;
  PROCESS_INFORMATION started{};
  ASSERT_TRUE(::CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE, 0,
                               nullptr, nullptr, &start, &started));
  ::CloseHandle(started.hThread);
  EXPECT_EQ(wait_for(reinterpret_cast<Child>(started.hProcess)), 1);
}

TEST(SpawnWindowsTest, WhatIsPassedNeedNotBeInheritableHere) {
  Pipe pipe = make_pipe();
  DWORD flags = 99;
  ASSERT_TRUE(::GetHandleInformation(pipe.read.get(), &flags));
  EXPECT_EQ(flags, 0U);
  EXPECT_EQ(run("flags-of-3", {}, {{pipe.read.get(), 3}}), 0);
  ASSERT_TRUE(::GetHandleInformation(pipe.read.get(), &flags));
  EXPECT_EQ(flags, 0U);
}

TEST(SpawnWindowsTest, NumbersAreNotHandedDownToGrandchildren) {
  Pipe pipe = make_pipe();
  EXPECT_GT(run("variable", {"POOLBUGS_HANDLES"}, {{pipe.read.get(), 3}}), 0);
  EXPECT_EQ(run("variable-of-a-grandchild", {"POOLBUGS_HANDLES"},
                {{pipe.read.get(), 3}}),
            0);
  EXPECT_EQ(inherited(3), kNoDescriptor);
}

TEST(SpawnWindowsTest, TheEnvironmentIsOurs) {
  ::SetEnvironmentVariableW(L"POOLBUGS_A_TEST", L"123");
  ::SetEnvironmentVariableW(L"POOLBUGS_Z_TEST", L"12");
  Pipe pipe = make_pipe();
  EXPECT_EQ(run("variable", {"POOLBUGS_A_TEST"}, {{pipe.read.get(), 3}}), 4);
  EXPECT_EQ(run("variable", {"poolbugs_z_test"}, {{pipe.read.get(), 3}}), 3);
  EXPECT_EQ(run("variable", {"POOLBUGS_A_TEST"}), 4);
  ::SetEnvironmentVariableW(L"POOLBUGS_A_TEST", nullptr);
  ::SetEnvironmentVariableW(L"POOLBUGS_Z_TEST", nullptr);
  EXPECT_GT(run("variable", {"PATH"}, {{pipe.read.get(), 3}}), 1);
}

TEST(SpawnWindowsTest, ArgumentsAreUtf16ForTheSystem) {
  Pipe out = make_pipe();
  const std::string word = "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80";
  EXPECT_EQ(run("command-line", {word}, {{out.write.get(), 5}}), 0);
  out.write.reset();
  EXPECT_THAT(read_all(out.read.get()), testing::EndsWith('"' + word + '"'));
}

TEST(SpawnWindowsTest, ErrorsNameTheCallAndTheProgram) {
  const Result<Child> nobody = spawn_process("C:\\no\\such.exe", {}, {});
  ASSERT_FALSE(nobody);
  EXPECT_THAT(nobody.error().text,
              testing::StartsWith("CreateProcess C:\\no\\such.exe: "));
  EXPECT_THAT(nobody.error().text, testing::EndsWith("(error 3)"));
  const Result<Child> bad = spawn_test_child(
      "exit", {"0"}, {{reinterpret_cast<HANDLE>(std::uintptr_t{0x7ff0}), 3}});
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().text, testing::StartsWith("DuplicateHandle: "));
  EXPECT_THAT(bad.error().text, testing::EndsWith("(error 6)"));
}

TEST(SpawnWindowsTest, ACommandLineOverTheLimitIsAnError) {
  const Result<Child> child =
      spawn_test_child("exit", {std::string(40'000, '0')}, {});
  ASSERT_FALSE(child);
  EXPECT_THAT(child.error().text, testing::HasSubstr("over the limit"));
  // And just under it is none.
  EXPECT_EQ(run("exit", {std::string(32'000, '0')}), 0);
}

TEST(SpawnWindowsTest, ExitCodesHave32Bits) {
  EXPECT_EQ(run("exit", {"-1073741819"}), 3221225477);
}

TEST(SpawnWindowsTest, TheExitDescriptorIsSignalledAtTheEnd) {
  Pipe hold = make_pipe();
  const Result<Child> child =
      spawn_test_child("wait", {}, {{hold.read.get(), 3}});
  ASSERT_TRUE(child) << child.error().text;
  const Result<UniqueFd> ended = exit_descriptor(*child);
  ASSERT_TRUE(ended) << ended.error().text;
  EXPECT_EQ(::WaitForSingleObject(ended->get(), 0), DWORD{WAIT_TIMEOUT});
  hold.write.reset();
  EXPECT_EQ(::WaitForSingleObject(ended->get(), 60'000), DWORD{WAIT_OBJECT_0});
  EXPECT_EQ(wait_for(*child), 0);
}

TEST(SpawnWindowsTest, AChildInAJobEndsWithItsKilledParent) {
  Pipe hold = make_pipe();
  Pipe stay = make_pipe();
  Pipe out = make_pipe();
  const Result<Child> middle = spawn_test_child(
      "leave-a-child", {},
      {{hold.read.get(), 3}, {stay.read.get(), 4}, {out.write.get(), 5}});
  ASSERT_TRUE(middle) << middle.error().text;
  out.write.reset();
  EXPECT_EQ(read_some(out.read.get()), "here");
  ::TerminateProcess(reinterpret_cast<HANDLE>(*middle), 9);
  EXPECT_EQ(wait_for(*middle), 9);
  // Both hold the write end: its end is theirs.
  EXPECT_EQ(read_all(out.read.get()), "");
}

}  // namespace
}  // namespace poolbugs
