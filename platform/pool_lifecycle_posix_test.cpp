// Deaths, leftovers and shutdown of the pool.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "platform/pool_test_support.hpp"
#include "platform/posix_compat.hpp"
#include "platform/unique_fd.hpp"
#include "platform/worker.hpp"

namespace poolbugs::pool {
namespace {

using testing::HasSubstr;

std::vector<int> open_sockets() {
  std::vector<int> sockets;
  for (int fd = 3; fd < 1024; ++fd) {
    struct stat what {};
    if (::fstat(fd, &what) == 0 && S_ISSOCK(what.st_mode))
      sockets.push_back(fd);
  }
  return sockets;
}

int own_pid() { return ::getpid(); }
int parent_pid() { return ::getppid(); }
int count_sockets() { return static_cast<int>(open_sockets().size()); }
void wait_for_ever() {
  while (true) ::pause();
}
void close_channel() {
  for (int fd : open_sockets()) ::close(fd);
  wait_for_ever();
}
void write_garbage() {
  for (int fd : open_sockets())
    if (::write(fd, "garbage", 7) != 7) std::abort();
  wait_for_ever();
}
/// Leaves a child behind that holds the worker's end of the channel until the
/// pool has closed the other one.
void die_with_a_grandchild() {
  if (::fork() == 0) {
    char byte = 0;
    while (::read(open_sockets().at(0), &byte, 1) > 0) continue;
    ::_exit(0);
  }
  ::_exit(4);
}
void say_task() { std::printf("T;"); }

const Task own_pid_task{"lifecycle.own_pid", own_pid};
const Task parent_pid_task{"lifecycle.parent_pid", parent_pid};
const Task count_sockets_task{"lifecycle.count_sockets", count_sockets};
const Task wait_task{"lifecycle.wait_for_ever", wait_for_ever};
const Task close_task{"lifecycle.close_channel", close_channel};
const Task garbage_task{"lifecycle.write_garbage", write_garbage};
const Task grandchild_task{"lifecycle.grandchild", die_with_a_grandchild};
const Task say_task_task{"lifecycle.say", say_task};

bool exists(int pid) {
  return std::filesystem::exists("/proc/" + std::to_string(pid));
}

int count_descriptors() {
  int count = 0;
  for (int fd = 0; fd < 1024; ++fd)
    if (::fcntl(fd, F_GETFD) >= 0) ++count;
  return count;
}

class PoolLifecycleTest : public PoolTest {};

TEST_P(PoolLifecycleTest, NothingIsLeft) {
  int before = count_descriptors();
  for (int round = 0; round < 5; ++round) {
    int worker = 0;
    int parent = 0;
    {
      Pool pool = make_pool(3);
      worker = get(pool.submit(own_pid_task));
      parent = get(pool.submit(parent_pid_task));
      if (GetParam() == StartMethod::spawn)
        EXPECT_EQ(parent, ::getpid());
      else
        EXPECT_NE(parent, ::getpid());
    }
    EXPECT_FALSE(exists(worker));
    EXPECT_EQ(exists(parent), parent == ::getpid());
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
    EXPECT_EQ(count_descriptors(), before);
  }
}

TEST_P(PoolLifecycleTest, DeathsLeaveNoDescriptorsAndNoZombies) {
  Pool pool = make_pool(2);
  get(pool.submit(own_pid_task));
  auto kill_one = [&] {
    EXPECT_THAT(error_of(pool.submit(close_task)),
                HasSubstr("killed by SIGKILL"));
    get(pool.submit(own_pid_task));
  };
  for (int i = 0; i < 3; ++i) kill_one();
  int before = count_descriptors();
  for (int i = 0; i < 20; ++i) kill_one();
  // One worker may be starting or not.
  EXPECT_LE(count_descriptors(), before + 4);
}

TEST_P(PoolLifecycleTest, AWorkerHoldsItsOwnChannelOnly) {
  Pool first = make_pool(3);
  EXPECT_EQ(get(first.submit(count_sockets_task)), 1);
  Pool second = make_pool(3);
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(get(second.submit(count_sockets_task)), 1);
  EXPECT_EQ(get(first.submit(count_sockets_task)), 1);
}

TEST_P(PoolLifecycleTest, AWorkerThatClosesItsChannelIsNotWaitedForForEver) {
  Pool pool = make_pool(1);
  EXPECT_EQ(error_of(pool.submit(close_task)),
            "died: the worker of task 'lifecycle.close_channel' died: killed "
            "by SIGKILL");
  EXPECT_GT(get(pool.submit(own_pid_task)), 0);
}

TEST_P(PoolLifecycleTest, AWorkerThatWritesGarbageIsEnded) {
  Pool pool = make_pool(1);
  EXPECT_EQ(error_of(pool.submit(garbage_task)),
            "died: the worker of task 'lifecycle.write_garbage' died: sent "
            "what is no reply");
  EXPECT_GT(get(pool.submit(own_pid_task)), 0);
}

TEST_P(PoolLifecycleTest, ADeathIsSeenThoughAGrandchildHoldsTheChannel) {
  Pool pool = make_pool(1);
  EXPECT_THAT(error_of(pool.submit(grandchild_task)),
              HasSubstr("exited with 4"));
  EXPECT_GT(get(pool.submit(own_pid_task)), 0);
}

TEST_P(PoolLifecycleTest, AnIdleWorkerThatIsKilledIsReplaced) {
  Pool pool = make_pool(1);
  for (int i = 0; i < 10; ++i) {
    int worker = get(pool.submit(own_pid_task));
    ::kill(worker, SIGKILL);
    // The pool may hand out one more task before it hears of the death.
    std::string seen = error_of(pool.submit(own_pid_task));
    EXPECT_THAT(seen, testing::AnyOf("none", HasSubstr("killed by SIGKILL")));
  }
  EXPECT_GT(get(pool.submit(own_pid_task)), 0);
}

TEST_P(PoolLifecycleTest, WithoutItsServerThePoolIsBroken) {
  if (GetParam() == StartMethod::spawn) GTEST_SKIP() << "has no server";
  Pool pool = make_pool(2);
  auto stuck = pool.submit(wait_task);
  ::kill(get(pool.submit(parent_pid_task)), SIGKILL);
  EXPECT_EQ(error_of(std::move(stuck)),
            "broken: the pool's server process is gone");
  EXPECT_EQ(error_of(pool.submit(own_pid_task)),
            "broken: the pool's server process is gone");
}

TEST_P(PoolLifecycleTest, ImagesThatDieAtTheirStartBreakThePool) {
  if (GetParam() == StartMethod::fork) GTEST_SKIP() << "starts no image";
  ::setenv("POOLBUGS_TEST_DIE_AT_START", "1", 1);
  {
    Pool pool = make_pool(2);
    std::string seen = error_of(pool.submit(own_pid_task));
    if (GetParam() == StartMethod::spawn)
      EXPECT_EQ(seen,
                "broken: workers die before they do any work, 5 in a row; the "
                "last one exited with 5");
    else
      EXPECT_THAT(seen, HasSubstr("the pool's server process is gone"));
  }
  ::unsetenv("POOLBUGS_TEST_DIE_AT_START");
}

TEST_P(PoolLifecycleTest, TerminateAbandons) {
  Pool pool = make_pool(2);
  int worker = get(pool.submit(own_pid_task));
  std::vector<std::future<void>> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(pool.submit(wait_task));
  pool.terminate();
  for (auto& task : tasks)
    EXPECT_EQ(error_of(std::move(task)), "broken: the pool was terminated");
  EXPECT_FALSE(exists(worker));
  EXPECT_EQ(error_of(pool.submit(own_pid_task)),
            "broken: the pool was terminated");
}

// A pool of another process, of which we have only a pipe that all its
// processes hold: its EOF says that they are gone.
struct Outpost {
  static inline StartMethod method = StartMethod::fork;
  static inline char** argv = nullptr;

  static int run() {
    ::dup(3);  // without close-on-exec; 3 itself becomes a worker's channel
    Pool pool(method, argv, 2);
    auto stuck = pool.submit(wait_task);
    get(pool.submit(own_pid_task));
    ::raise(SIGKILL);
    return 0;
  }
};

TEST_P(PoolLifecycleTest, WorkersEndWithTheParentAlsoInTheMiddleOfATask) {
  std::array<int, 2> ends{};
  ASSERT_EQ(posix::pipe_close_on_exec(ends.data()), 0);
  UniqueFd read(ends[0]);
  UniqueFd write(ends[1]);
  Outpost::method = GetParam();
  Outpost::argv = argv_;
  pid_t outpost =
      start_worker(StartMethod::fork, argv_, Outpost::run, {write.get()});
  write.reset();
  EXPECT_EQ(wait_for(outpost), -SIGKILL);
  pollfd entry{read.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&entry, 1, 30'000), 1) << "a worker outlives its parent";
  char byte = 0;
  EXPECT_EQ(::read(read.get(), &byte, 1), 0);
}

struct Printer : Outpost {
  static int run() {
    ::dup2(3, STDOUT_FILENO);
    std::setvbuf(stdout, nullptr, _IOFBF, 4096);
    std::printf("P;");
    {
      Pool pool(method, argv, 2);
      get(pool.submit(say_task_task));
    }
    std::fflush(stdout);
    return 0;
  }
};

TEST_P(PoolLifecycleTest, OutputOfATaskIsOutAndOursIsNotRepeated) {
  std::array<int, 2> ends{};
  ASSERT_EQ(posix::pipe_close_on_exec(ends.data()), 0);
  UniqueFd read(ends[0]);
  UniqueFd write(ends[1]);
  Outpost::method = GetParam();
  Outpost::argv = argv_;
  pid_t outpost =
      start_worker(StartMethod::fork, argv_, Printer::run, {write.get()});
  write.reset();
  std::string seen;
  for (char byte; ::read(read.get(), &byte, 1) == 1;) seen += byte;
  EXPECT_EQ(seen, "T;P;");
  EXPECT_EQ(wait_for(outpost), 0);
}

INSTANTIATE_TEST_SUITE_P(Methods, PoolLifecycleTest,
                         testing::ValuesIn(kStartMethods), method_name);

}  // namespace
}  // namespace poolbugs::pool
