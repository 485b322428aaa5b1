// Runs in job objects: what they return, and that nothing of them stays.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <windows.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "platform/sandbox.hpp"
#include "platform/sandbox_job_windows.hpp"
#include "platform/spawn_test_support.hpp"

namespace poolbugs::sandbox {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Words = TestChild::Words;

constexpr auto kPatience = 60s;

Command child(const std::string& name, Words words = {}) {
  words.insert(words.begin(), {"--test-child", name});
  return {own_executable().value(), words, {}};
}

// What the runs do.

const TestChild exits("exits", [](const Words& words) {
  return std::atoi(words[0].c_str());
});

const TestChild dies("dies", [](const Words&) {
  // Not a fault: it would start a debugger under Wine, which has much to say.
  ::TerminateProcess(::GetCurrentProcess(), 0xC0000005);
  return 0;
});

const TestChild says("says", [](const Words& words) {
  std::fputs(words[0].c_str(), stdout);
  std::fputs(words[1].c_str(), stderr);
  return std::getchar() == EOF ? 0 : 1;
});

const TestChild fills("fills", [](const Words& words) {
  const std::string line(1000, 'x');
  for (int i = std::atoi(words[0].c_str()); i > 0; --i)
    std::fwrite(line.data(), 1, line.size(), stdout);
  return 0;
});

const TestChild sleeps("sleeps", [](const Words&) {
  std::puts("here");
  std::fflush(stdout);
  ::Sleep(INFINITE);
  return 0;
});

const TestChild leaves("leaves", [](const Words&) {
  return spawn_test_child("sleeps") ? 0 : 1;
});

const TestChild storms("storms", [](const Words&) {
  while (!spawn_test_child("storms")) ::Sleep(10);
  ::Sleep(INFINITE);
  return 0;
});

const TestChild messes("messes", [](const Words&) {
  std::filesystem::create_directory("folder");
  std::ofstream("folder/left.txt") << "left";
  std::printf("%d %d",
              std::filesystem::temp_directory_path() / "" ==
                  std::filesystem::current_path() / "",
              std::getenv("HOME") == std::filesystem::current_path());
  return 0;
});

const TestChild spins("spins", [](const Words&) {
  std::thread([] { ::Sleep(INFINITE); }).detach();
  std::puts("here");
  std::fflush(stdout);
  for (std::atomic<bool> for_ever = true; for_ever;) continue;
  return 0;
});

/// Runs a sleeper in a sandbox of its own; the sleeper's id is in a file.
const TestChild keeps("keeps", [](const Words& words) {
  const auto box = Sandbox::open({}).value();
  const RunId run = box->launch(child("sleeps")).value();
  while (box->output_size(run) == 0) ::Sleep(1);
  std::ofstream(words[0] + ".part") << box->sample(run).processes.at(0).id;
  std::filesystem::rename(words[0] + ".part", words[0]);
  while (true) box->wait(Clock::now() + 1h, kNoDescriptor);
  return 0;
});

class SandboxWindows : public testing::Test {
 protected:
  SandboxWindows() {
    settings_.limits.tasks = 40;
    settings_.limits.output = 10'000;
    settings_.limits.leak_grace = 50ms;
  }
  Sandbox& box() {
    if (!box_) box_ = Sandbox::open(settings_).value();
    return *box_;
  }
  RunId launch(const Command& command) { return box().launch(command).value(); }
  Finished finish(RunId run) {
    const auto deadline = Clock::now() + kPatience;
    while (Clock::now() < deadline)
      for (Event& event : box().wait(deadline, kNoDescriptor))
        if (event.run == run) return std::move(event.finished);
    ADD_FAILURE() << "the run did not end";
    return {};
  }
  Finished run(const Command& command) { return finish(launch(command)); }
  void wait_for_output(RunId run) {
    const auto deadline = Clock::now() + kPatience;
    while (box().output_size(run) == 0 && Clock::now() < deadline) ::Sleep(1);
  }

  Settings settings_;
  std::unique_ptr<Sandbox> box_;
};

std::vector<std::string> lines(const Finished& finished) {
  std::vector<std::string> all;
  for (const Left& one : finished.left)
    all.push_back(one.kind + " " + one.name);
  return all;
}

/// A handle that waits for the end of the process, or nothing if it is gone.
UniqueFd open_process(long id) {
  return UniqueFd(::OpenProcess(SYNCHRONIZE, FALSE, static_cast<DWORD>(id)));
}

bool has_ended(const UniqueFd& process) {
  return !process || ::WaitForSingleObject(process.get(), 0) == WAIT_OBJECT_0;
}

TEST_F(SandboxWindows, ExitCodesHave32Bits) {
  EXPECT_EQ(run(child("exits", {"0"})).exit_code, 0);
  EXPECT_EQ(run(child("exits", {"300"})).exit_code, 300);
  const Finished finished = run(child("dies"));
  EXPECT_EQ(finished.exit_code, 3221225477);
  EXPECT_TRUE(finished.exited);
  EXPECT_EQ(finished.signal, 0);
  EXPECT_THAT(lines(finished), IsEmpty());
}

TEST_F(SandboxWindows, OutputIsKeptAndStdinIsEmpty) {
  const Finished finished = run(child("says", {"to out", "to err"}));
  EXPECT_EQ(finished.out, "to out");
  EXPECT_EQ(finished.err, "to err");
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_FALSE(finished.output_limit);
  EXPECT_EQ(finished.failure, "");
}

TEST_F(SandboxWindows, ArgumentsArriveAsTheyAre) {
  for (const char* text : {"", "a b", "\"", "\\", "\\\"", "a\\\\ b\\"})
    EXPECT_EQ(run(child("says", {text, ""})).out, text);
}

TEST_F(SandboxWindows, OutputHasALimit) {
  const Finished finished = run(child("fills", {"50"}));
  EXPECT_TRUE(finished.output_limit);
  EXPECT_EQ(finished.out.size(), 10'000U);
}

TEST_F(SandboxWindows, WhatCannotStartSaysWhy) {
  const auto launched = box().launch({"C:\\no\\such.exe", {}, {}});
  ASSERT_FALSE(launched);
  EXPECT_THAT(launched.error().text, HasSubstr("such.exe"));
}

TEST_F(SandboxWindows, AProcessThatStaysIsALeakAndThenGone) {
  const RunId id = launch(child("leaves"));
  std::vector<ProcessSample> seen;
  const auto deadline = Clock::now() + kPatience;
  while (seen.size() < 2 && Clock::now() < deadline)
    seen = box().sample(id).processes;
  ASSERT_THAT(seen, SizeIs(2));
  const UniqueFd sleeper = open_process(seen[1].id);
  EXPECT_EQ(seen[1].parent, seen[0].id);
  EXPECT_THAT(lines(finish(id)), ElementsAre("process platform_test.exe"));
  EXPECT_TRUE(has_ended(sleeper));
}

TEST_F(SandboxWindows, ItsFolderIsItsOwnAndGoes) {
  const RunId id = launch(child("messes"));
  const Finished finished = finish(id);
  EXPECT_EQ(finished.out, "1 1");
  EXPECT_THAT(lines(finished), ElementsAre("file $TMPDIR/folder",
                                           "file $TMPDIR/folder/left.txt"));
}

TEST_F(SandboxWindows, NothingIsLeftInTheTemporaryFolder) {
  const auto ours = [] {
    const std::string prefix =
        "poolbugs-run-" + std::to_string(::GetCurrentProcessId()) + "-";
    std::vector<std::string> found;
    for (const auto& one : std::filesystem::directory_iterator(
             std::filesystem::temp_directory_path()))
      if (one.path().filename().string().starts_with(prefix))
        found.push_back(one.path().string());
    return found;
  };
  // A storm under Wine may leave files that its server keeps open, and numbers
  // of processes return.
  box();
  box_.reset();
  const auto before = ours();
  launch(child("messes"));
  EXPECT_THAT(ours(), SizeIs(before.size() + 1));
  box_.reset();
  EXPECT_EQ(ours(), before);
}

/// As if it had been made and left long ago.
void make_old(const std::filesystem::path& folder) {
  const UniqueFd handle(::CreateFileW(folder.c_str(), FILE_WRITE_ATTRIBUTES, 7,
                                      nullptr, OPEN_EXISTING,
                                      FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  const FILETIME long_ago{0, 0x01D00000};  // 2014
  ASSERT_TRUE(::SetFileTime(handle.get(), nullptr, nullptr, &long_ago));
}

TEST_F(SandboxWindows, WhatTheKilledLeftIsRemovedByTheNextOne) {
  namespace fs = std::filesystem;
  const fs::path in = fs::temp_directory_path();
  const std::string id = std::to_string(::GetCurrentProcessId());
  const fs::path dead = in / ("poolbugs-run-" + id + "-dead");
  const fs::path alive = in / ("poolbugs-run-" + id + "-alive");
  const fs::path young = in / ("poolbugs-run-" + id + "-young");
  fs::create_directories(dead / "1" / "work");
  fs::create_directory(alive);
  std::ofstream(alive / "owner") << "here";
  fs::create_directory(young);
  make_old(dead);
  make_old(alive);
  box();
  EXPECT_FALSE(fs::exists(dead));
  EXPECT_TRUE(fs::exists(alive));
  EXPECT_TRUE(fs::exists(young));
  fs::remove_all(alive);
  fs::remove_all(young);
}

TEST(RemoveTree, TakesAllThatNobodyHasOpen) {
  namespace fs = std::filesystem;
  const fs::path top =
      fs::temp_directory_path() /
      ("remove-tree-" + std::to_string(::GetCurrentProcessId()));
  const fs::path open = top / "1" / "open";
  remove_tree(top);  // of an earlier process of this number
  fs::create_directories(top / "1" / "deep" / "deeper");
  fs::create_directory(top / "2");
  std::ofstream(top / "1" / "deep" / "file") << "text";
  std::ofstream(top / "2" / "read-only") << "text";
  ::SetFileAttributesW((top / "2" / "read-only").c_str(),
                       FILE_ATTRIBUTE_READONLY);
  UniqueFd handle(::CreateFileW(open.c_str(), GENERIC_READ, FILE_SHARE_DELETE,
                                nullptr, CREATE_NEW, 0, nullptr));
  ASSERT_TRUE(handle);
  EXPECT_FALSE(remove_tree(top));
  EXPECT_FALSE(fs::exists(top / "1" / "deep"));
  EXPECT_FALSE(fs::exists(top / "2"));
  EXPECT_TRUE(fs::exists(top / "1"));
  handle.reset();
  EXPECT_TRUE(remove_tree(top));
  EXPECT_FALSE(fs::exists(top));
}

TEST_F(SandboxWindows, AStormIsEndedAndSaidToBeOne) {
  const Finished finished = run(child("storms"));
  EXPECT_TRUE(finished.process_limit);
  EXPECT_FALSE(finished.exited);
  EXPECT_THAT(lines(finished), IsEmpty());
}

TEST_F(SandboxWindows, EndingEndsAll) {
  for (const auto grace : {0ms, 20ms}) {
    const RunId id = launch(child("sleeps"));
    wait_for_output(id);
    const UniqueFd sleeper = open_process(box().sample(id).processes.at(0).id);
    box().keep_output(id);
    box().end(id, grace);
    const Finished finished = finish(id);
    EXPECT_FALSE(finished.exited);
    EXPECT_THAT(finished.out, HasSubstr("here"));
    EXPECT_TRUE(has_ended(sleeper));
  }
}

TEST_F(SandboxWindows, ManyAtATime) {
  // More than the 64 objects that one call can wait for.
  std::vector<RunId> runs;
  for (int i = 0; i < 70; ++i) runs.push_back(launch(child("sleeps")));
  for (const RunId run : runs) box().end(run, 0ms);
  std::size_t over = 0;
  const auto deadline = Clock::now() + kPatience;
  while (over < runs.size() && Clock::now() < deadline)
    over += box().wait(deadline, kNoDescriptor).size();
  EXPECT_EQ(over, runs.size());
}

TEST_F(SandboxWindows, AWakerEndsTheWait) {
  const RunId id = launch(child("sleeps"));
  const UniqueFd event(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  std::thread waker([&] { ::SetEvent(event.get()); });
  const auto deadline = Clock::now() + kPatience;
  EXPECT_THAT(box().wait(deadline, event.get()), IsEmpty());
  EXPECT_LT(Clock::now(), deadline);
  waker.join();
  box().end(id, 0ms);
}

TEST_F(SandboxWindows, ASampleTellsWhoSpins) {
  const RunId id = launch(child("spins"));
  wait_for_output(id);
  const auto busy = [](const ThreadSample& thread) {
    return thread.cpu_ns >= 200'000'000;
  };
  std::vector<ThreadSample> threads;
  const auto deadline = Clock::now() + kPatience;
  while (std::ranges::none_of(threads, busy) && Clock::now() < deadline) {
    const TreeSample sample = box().sample(id);
    ASSERT_THAT(sample.processes, SizeIs(1));
    threads = sample.processes[0].threads;
    EXPECT_GT(sample.private_memory(), 0U);
    EXPECT_GT(sample.processes[0].start_ticks, 0U);
  }
  // Windows may have threads of its own in there.
  EXPECT_GE(threads.size(), 2U);
  EXPECT_EQ(std::ranges::count_if(threads, busy), 1);
  EXPECT_TRUE(busy(threads[0])) << "the first thread comes first";
  box().end(id, 0ms);
  EXPECT_GE(finish(id).cpu_seconds, 0.1);
}

TEST_F(SandboxWindows, WhoDiesTakesItsRunsAlong) {
  const std::filesystem::path told =
      std::filesystem::temp_directory_path() /
      ("poolbugs-test-" + std::to_string(::GetCurrentProcessId()));
  const Child keeper = spawn_test_child("keeps", {told.string()}).value();
  const UniqueFd process(reinterpret_cast<HANDLE>(keeper));
  const auto deadline = Clock::now() + kPatience;
  while (!std::filesystem::exists(told) && Clock::now() < deadline) ::Sleep(1);
  long id = 0;
  std::ifstream(told) >> id;
  const UniqueFd sleeper = open_process(id);
  ASSERT_TRUE(sleeper);
  EXPECT_FALSE(has_ended(sleeper));
  ::TerminateProcess(process.get(), 1);
  EXPECT_EQ(::WaitForSingleObject(sleeper.get(), 60'000), WAIT_OBJECT_0);
  std::filesystem::remove(told);
}

TEST_F(SandboxWindows, FullIsRefusedInWords) {
  settings_.mode = Mode::full;
  const auto opened = Sandbox::open(settings_);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().text, HasSubstr("private file system"));
  EXPECT_THAT(box_, testing::IsNull());
  settings_.mode = Mode::group;
  EXPECT_EQ(box().ability().mode, Mode::group);
  EXPECT_THAT(box().ability().process_limit, HasSubstr("watchdog"));
}

}  // namespace
}  // namespace poolbugs::sandbox
