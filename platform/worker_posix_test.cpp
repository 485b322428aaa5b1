#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <string>

#include "platform/posix_compat.hpp"
#include "platform/unique_fd.hpp"
#include "platform/worker.hpp"

namespace poolbugs {

namespace {
/// Descriptors from 3 on that are open, without those that have a flag.
int count_open(int without_flag) {
  int open = 0;
  for (int fd = 3; fd < 256; ++fd) {
    int flags = ::fcntl(fd, F_GETFD);
    if (flags >= 0 && (flags & without_flag) == 0) ++open;
  }
  return open;
}
}  // namespace

/// What every worker of these tests does: the first byte of descriptor 3 says.
int worker_test_work() {
  char order = 0;
  if (::read(3, &order, 1) != 1) return 99;
  switch (order) {
    case 'x':
      return 7;
    case 'k':
      ::raise(SIGKILL);
      return 98;
    case 'p':  // copy five bytes; a forked worker would never see the EOF
      for (int i = 0; i < 5; ++i) {
        char byte = 0;
        if (::read(4, &byte, 1) != 1 || ::write(5, &byte, 1) != 1) return 97;
      }
      return 0;
    case 's': {  // how many signals are blocked or ignored
      int changed = 0;
      sigset_t mask;
      ::sigprocmask(SIG_SETMASK, nullptr, &mask);
      for (int number = 1; number < NSIG; ++number) {
        struct sigaction action {};
        if (sigismember(&mask, number) == 1) ++changed;
        if (::sigaction(number, nullptr, &action) == 0 &&
            action.sa_handler == SIG_IGN)
          ++changed;
      }
      return changed;
    }
    case 'd':
      return count_open(0);
    default:
      return 96;
  }
}

namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(posix::pipe_close_on_exec(ends.data()), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Pipe make_order(char order) {
  Pipe pipe = make_pipe();
  EXPECT_EQ(::write(pipe.write.get(), &order, 1), 1);
  return pipe;
}

std::string read_all(int fd) {
  std::string text;
  for (char byte; ::read(fd, &byte, 1) == 1;) text += byte;
  return text;
}

class WorkerTest : public testing::TestWithParam<StartMethod> {
 protected:
  pid_t start(const std::vector<int>& descriptors) {
    return start_worker(GetParam(), argv_, worker_test_work, descriptors);
  }
  std::string name_ = "platform_test";
  char* argv_[2] = {name_.data(), nullptr};
};

TEST_P(WorkerTest, ExitCodeComesBack) {
  Pipe order = make_order('x');
  EXPECT_EQ(wait_for(start({order.read.get()})), 7);
}

TEST_P(WorkerTest, DeathBySignalIsMinusTheSignal) {
  Pipe order = make_order('k');
  EXPECT_EQ(wait_for(start({order.read.get()})), -SIGKILL);
}

// In a fresh program the pipes are 3 to 8: 7 becomes 3 while 3 becomes 4.
TEST_P(WorkerTest, OverlappingDescriptorsArriveInOrder) {
  Pipe in = make_pipe();
  Pipe out = make_pipe();
  Pipe order = make_order('p');
  pid_t worker = start({order.read.get(), in.read.get(), out.write.get()});
  out.write.reset();
  EXPECT_EQ(::write(in.write.get(), "hello", 5), 5);
  EXPECT_EQ(read_all(out.read.get()), "hello");
  EXPECT_EQ(wait_for(worker), 0);
}

TEST_P(WorkerTest, OtherDescriptorsAreAsTheHeaderSays) {
  Pipe first = make_pipe();  // takes the number that `order` becomes
  Pipe order = make_order('d');
  UniqueFd inheritable(::dup(first.read.get()));
  // Started with an open 3 (ctest does that), a worker loses it to `order`.
  const bool loses_one = ::fcntl(3, F_GETFD) == 0;
  int spawned = 1 + count_open(FD_CLOEXEC) - (loses_one ? 1 : 0);
  EXPECT_EQ(wait_for(start({order.read.get()})),
            GetParam() == StartMethod::spawn ? spawned : count_open(0));
}

TEST(SpawnedWorkerTest, SignalsAreReset) {
  Pipe order = make_order('s');
  char name[] = "platform_test";
  char* argv[] = {name, nullptr};
  sigset_t usr1;
  sigset_t before;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &usr1, &before);
  auto* old_pipe = ::signal(SIGPIPE, SIG_IGN);
  pid_t worker = start_worker(StartMethod::spawn, argv, worker_test_work,
                              {order.read.get()});
  ::signal(SIGPIPE, old_pipe);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(wait_for(worker), 0);
}

TEST(StartMethodTest, FirstArgumentOrFork) {
  char name[] = "case";
  char spawn[] = "spawn";
  char wrong[] = "sporn";
  char* argv[] = {name, spawn, nullptr};
  EXPECT_EQ(start_method(1, argv), StartMethod::fork);
  EXPECT_EQ(start_method(2, argv), StartMethod::spawn);
  argv[1] = wrong;
  EXPECT_EXIT(start_method(2, argv), testing::ExitedWithCode(2),
              "usage: case .fork.spawn.forkserver.");
}

TEST(StartWorkerTest, ADescriptorThatIsNotOpenIsAnErrorWithItsCall) {
  char name[] = "case";
  char* argv[] = {name, nullptr};
  EXPECT_EXIT(start_worker(StartMethod::spawn, argv, worker_test_work, {250}),
              testing::ExitedWithCode(70), "fcntl F_DUPFD_CLOEXEC: Bad file");
}

INSTANTIATE_TEST_SUITE_P(Methods, WorkerTest,
                         testing::Values(StartMethod::fork, StartMethod::spawn),
                         [](const auto& method) {
                           return std::string(to_string(method.param));
                         });

}  // namespace
}  // namespace poolbugs
