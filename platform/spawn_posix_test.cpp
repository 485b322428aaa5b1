#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

#include "platform/posix_compat.hpp"
#include "platform/spawn.hpp"
#include "platform/worker.hpp"

namespace poolbugs {
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

std::string read_all(int fd) {
  std::string text;
  for (char byte; ::read(fd, &byte, 1) == 1;) text += byte;
  return text;
}

Result<pid_t> shell(const std::string& script,
                    const std::vector<std::pair<int, int>>& fds) {
  return spawn_process("/bin/sh", {"-c", script}, fds);
}

TEST(SpawnTest, BindsWhateverOverlaps) {
  Pipe first = make_pipe();
  Pipe second = make_pipe();
  int a = first.write.get();
  int b = second.write.get();
  // Each becomes the other's number, and a third copy goes to a free one.
  std::string script = "printf one >&" + std::to_string(b) + "; printf two >&" +
                       std::to_string(a) + "; printf three >&9";
  Result<pid_t> pid = shell(script, {{a, b}, {b, a}, {a, 9}});
  ASSERT_TRUE(pid) << pid.error().text;
  first.write.reset();
  second.write.reset();
  EXPECT_EQ(read_all(first.read.get()), "onethree");
  EXPECT_EQ(read_all(second.read.get()), "two");
  EXPECT_EQ(wait_for(*pid), 0);
}

TEST(SpawnTest, OwnNumberStaysOpenAndTheRestDoesNot) {
  Pipe out = make_pipe();
  Pipe other = make_pipe();
  int fd = out.write.get();
  Result<pid_t> pid = shell("[ -e /dev/fd/" + std::to_string(other.read.get()) +
                                " ] && printf leak >&" + std::to_string(fd) +
                                "; printf x >&" + std::to_string(fd),
                            {{fd, fd}});
  ASSERT_TRUE(pid) << pid.error().text;
  out.write.reset();
  EXPECT_EQ(read_all(out.read.get()), "x");
  EXPECT_EQ(wait_for(*pid), 0);
}

TEST(SpawnTest, AFailedExecIsAnErrorAndNoZombie) {
  Pipe out = make_pipe();
  for (int i = 0; i < 20; ++i) {
    Result<pid_t> pid = spawn_process(
        "/no/such/program", {},
        {{out.write.get(), 20}, {out.write.get(), 21}, {out.write.get(), 22}});
    ASSERT_FALSE(pid);
    EXPECT_EQ(pid.error().text,
              "spawn /no/such/program: No such file or directory");
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
  }
  out.write.reset();
  EXPECT_EQ(read_all(out.read.get()), "");
}

// 3 to 39 include the number that the pipe of Boost.Process would get.
TEST(SpawnTest, AFailedExecIsSeenThroughTheNumbersThatItBinds) {
  Pipe out = make_pipe();
  std::vector<std::pair<int, int>> fds;
  for (int to = 3; to < 40; ++to) fds.emplace_back(out.write.get(), to);
  EXPECT_FALSE(spawn_process("/no/such/program", {}, fds));
}

TEST(SpawnTest, ADescriptorThatIsNotOpenIsNamed) {
  Result<pid_t> pid = shell(":", {{250, 3}});
  ASSERT_FALSE(pid);
  EXPECT_EQ(pid.error().text, "fcntl F_DUPFD_CLOEXEC: Bad file descriptor");
}

TEST(SpawnTest, SignalsAreReset) {
  auto* before = ::signal(SIGTERM, SIG_IGN);
  sigset_t all;
  sigset_t mask;
  sigfillset(&all);
  ::pthread_sigmask(SIG_BLOCK, &all, &mask);
  Result<pid_t> pid = shell("kill -TERM $$; exit 3", {});
  ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
  ::signal(SIGTERM, before);
  ASSERT_TRUE(pid);
  EXPECT_EQ(wait_for(*pid), -SIGTERM);
}

TEST(SpawnTest, ExitDescriptorIsReadableAtTheEnd) {
  Pipe hold = make_pipe();
  Result<pid_t> pid = shell("read x <&3", {{hold.read.get(), 3}});
  ASSERT_TRUE(pid);
  Result<UniqueFd> ended = exit_descriptor(*pid);
  ASSERT_TRUE(ended) << ended.error().text;
  pollfd entry{ended->get(), POLLIN, 0};
  EXPECT_EQ(::poll(&entry, 1, 0), 0);
  hold.write.reset();
  EXPECT_EQ(::poll(&entry, 1, 10'000), 1);
  wait_for(*pid);
}

TEST(SpawnTest, OwnExecutableCanBeStarted) {
  Result<std::string> path = own_executable();
  ASSERT_TRUE(path);
  EXPECT_EQ(::access(path->c_str(), X_OK), 0);
}

/// Programs start again by this "emulator" while it lives.
class Emulator {
 public:
  explicit Emulator(const char* words) {
    ::setenv("POOLBUGS_EMULATOR", words, 1);
  }
  ~Emulator() { ::unsetenv("POOLBUGS_EMULATOR"); }
  Emulator(Emulator&&) = delete;
};

TEST(OwnCommandTest, IsOurPathAfterTheWordsOfTheEmulator) {
  const std::string self = own_executable().value();
  EXPECT_EQ(own_command().value(), std::vector<std::string>{self});
  const Emulator emulator("/usr/bin/qemu\n-L\n/a sysroot");
  EXPECT_EQ(
      own_command().value(),
      (std::vector<std::string>{"/usr/bin/qemu", "-L", "/a sysroot", self}));
}

TEST(OwnCommandTest, StartsUsAgainByTheEmulator) {
  const Emulator emulator("/bin/sh\n-c\ntest -x \"$0\" && exit $1");
  Result<Child> again = spawn_self({"43"}, {});
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(wait_for(*again), 43);
}

TEST(OwnCommandTest, StartsAPlainWorkerByTheEmulator) {
  const Emulator emulator("/bin/sh\n-c\ntest $1 = --worker && exit 44");
  char name[] = "platform_test";
  char* argv[] = {name, nullptr};
  EXPECT_EQ(wait_for(start_worker(StartMethod::spawn, argv, [] { return 99; })),
            44);
}

}  // namespace
}  // namespace poolbugs
