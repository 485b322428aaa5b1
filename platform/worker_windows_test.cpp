#include <gtest/gtest.h>
#include <windows.h>

#include <string>

#include "platform/pipe.hpp"
#include "platform/worker.hpp"

namespace poolbugs {

/// What every worker of these tests does: the first byte of number 3 says.
int worker_test_work() {
  static int* volatile nowhere = nullptr;
  const std::string order = read_some(inherited(3), 1);
  if (order == "x") return 7;
  if (order == "n") return -1;
  if (order == "c") {
    ::SetErrorMode(SEM_NOGPFAULTERRORBOX);  // no dialog, no debugger
    *nowhere = 1;
  }
  if (order == "t") ::TerminateProcess(::GetCurrentProcess(), 0xC000013A);
  if (order == "p")  // copy five bytes
    for (int i = 0; i < 5; ++i)
      if (!write_all(inherited(5), read_some(inherited(4), 1))) return 97;
  if (order == "p") return 0;
  if (order == "d") return inherited(4) == kNoDescriptor ? 0 : 1;
  return 96;
}

namespace {

class WorkerWindowsTest : public testing::Test {
 protected:
  /// Its first number is a pipe with the order.
  Child start(const std::string& order, std::vector<Descriptor> more = {}) {
    Pipe pipe = make_pipe();
    write_all(pipe.write.get(), order);
    more.insert(more.begin(), pipe.read.get());
    return start_worker(StartMethod::spawn, argv_, worker_test_work, more);
  }
  std::string name_ = "platform_test";
  char* argv_[2] = {name_.data(), nullptr};
};

TEST_F(WorkerWindowsTest, ExitCodesComeBack) {
  EXPECT_EQ(wait_for(start("x")), 7);
  EXPECT_EQ(wait_for(start("n")), 4294967295);
  EXPECT_EQ(wait_for(start("t")), 0xC000013A);
}

TEST_F(WorkerWindowsTest, ACrashIsTheCodeOfItsException) {
  EXPECT_EQ(wait_for(start("c")), 3221225477);
}

TEST_F(WorkerWindowsTest, DescriptorsArriveInOrderAndNoOthers) {
  Pipe in = make_pipe();
  Pipe out = make_pipe();
  const Child worker = start("p", {in.read.get(), out.write.get()});
  out.write.reset();
  EXPECT_TRUE(write_all(in.write.get(), "hello"));
  EXPECT_EQ(read_all(out.read.get()), "hello");
  EXPECT_EQ(wait_for(worker), 0);
  EXPECT_EQ(wait_for(start("d")), 0);
}

using WorkerWindowsDeathTest = WorkerWindowsTest;

TEST_F(WorkerWindowsDeathTest, ThereIsNoFork) {
  EXPECT_EXIT(start_worker(StartMethod::fork, argv_, worker_test_work),
              testing::ExitedWithCode(70),
              "start_worker: there is no fork on Windows");
}

TEST(StartMethodWindowsTest, FirstArgumentOrSpawn) {
  char name[] = "case";
  char fork[] = "fork";
  char* argv[] = {name, fork, nullptr};
  EXPECT_EQ(start_method(1, argv), StartMethod::spawn);
  EXPECT_EQ(start_method(2, argv), StartMethod::fork);
}

}  // namespace
}  // namespace poolbugs
