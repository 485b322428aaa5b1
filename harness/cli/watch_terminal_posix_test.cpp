// `poolbugs watch` under a terminal with job control: each dialogue is held
// twice, with and without us, and both must come out the same.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "platform/unique_fd.hpp"

namespace poolbugs::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// An interactive bash, and the person who types.
class Terminal {
 public:
  Terminal() {
    fd_.reset(::posix_openpt(O_RDWR | O_NOCTTY));
    const char* name = nullptr;
    if (::grantpt(fd_.get()) == 0 && ::unlockpt(fd_.get()) == 0)
      name = ::ptsname(fd_.get());
    if (name == nullptr) throw std::runtime_error("there is no terminal");
    shell_ = ::fork();
    if (shell_ == 0) {
      ::setsid();
      const int own = ::open(name, O_RDWR);
      const winsize size{24, 200, 0, 0};
      ::ioctl(own, TIOCSCTTY, 0);  // Linux does that by opening, macOS not
      ::ioctl(own, TIOCSWINSZ, &size);
      for (int fd = 0; fd < 3; ++fd) ::dup2(own, fd);
      ::close(own);
      ::close(fd_.get());
      ::setenv("PS1", "pro''mpt>", 1);
      ::setenv("TERM", "dumb", 1);
      ::setenv("HISTFILE", "/dev/null", 1);
      ::execlp("bash", "bash", "--norc", "--noprofile", "--noediting", "-i",
               nullptr);
      ::_exit(127);
    }
    type("PS1='read''y> '\n");
    EXPECT_TRUE(expect("ready> "));
  }
  ~Terminal() {
    type("\nkill -9 %1 %2 2> /dev/null; exit\n");
    fd_.reset();  // hangs up
    ::kill(shell_, SIGKILL);
    ::waitpid(shell_, nullptr, 0);
  }

  void type(const std::string& keys) {
    EXPECT_EQ(::write(fd_.get(), keys.data(), keys.size()),
              static_cast<ssize_t>(keys.size()));
  }
  /// Whether the text appears after what was expected last, within 20 s.
  bool expect(const std::string& text) {
    const auto end = Clock::now() + std::chrono::seconds(20);
    if (lost_) return false;  // one failure is enough
    while (Clock::now() < end) {
      const std::size_t at = screen_.find(text, seen_);
      if (at != std::string::npos) {
        seen_ = at + text.size();
        return true;
      }
      pollfd polled{fd_.get(), POLLIN, 0};
      if (::poll(&polled, 1, 100) <= 0) continue;
      char buffer[4096];
      const ssize_t got = ::read(fd_.get(), buffer, sizeof buffer);
      if (got <= 0) break;
      screen_.append(buffer, static_cast<std::size_t>(got));
    }
    lost_ = true;
    ADD_FAILURE() << "no `" << text << "` in:\n" << screen_;
    return false;
  }
  void resize(unsigned short rows, unsigned short columns) {
    winsize size{rows, columns, 0, 0};
    EXPECT_EQ(::ioctl(fd_.get(), TIOCSWINSZ, &size), 0);
  }
  /// The shell has the terminal again, and says the status of the last.
  void expect_status(int status) {
    type("echo status''=$?,\n");
    expect("status=" + std::to_string(status) + ",");
  }

 private:
  pid_t shell_ = -1;
  UniqueFd fd_;
  std::string screen_;
  std::size_t seen_ = 0;
  bool lost_ = false;
};

/// The parameter stands before each command.
class WatchTerminal : public testing::TestWithParam<const char*> {
 protected:
  void run(const std::string& command) {
    terminal_.type(GetParam() + command + "\n");
  }
  Terminal terminal_;
};

TEST_P(WatchTerminal, ControlC) {
  run("sh -c 'echo sta''rted; exec sleep 300'");
  terminal_.expect("started");
  terminal_.type("\x03");
  terminal_.expect("ready> ");
  terminal_.expect_status(130);
}

TEST_P(WatchTerminal, ControlCThatIsHandledOnce) {
  run("bash -c 'n=0; trap \"n=\\$((n+1))\" INT; echo sta''rted; "
      "while [ $n = 0 ]; do sleep 0.02; done; sleep 0.3; "
      "echo heard''=$n; exit 7'");
  terminal_.expect("started");
  terminal_.type("\x03");
  terminal_.expect("heard=1");
  terminal_.expect("ready> ");
  terminal_.expect_status(7);
}

TEST_P(WatchTerminal, ControlBackslash) {
  run("sh -c 'ulimit -c 0; echo sta''rted; exec sleep 300'");
  terminal_.expect("started");
  terminal_.type("\x1c");
  terminal_.expect("Quit");
  terminal_.expect("ready> ");
  terminal_.expect_status(131);
}

TEST_P(WatchTerminal, ReadsTheTerminal) {
  run("sh -c 'test -t 0 && test -t 1 && test -t 2 && read x < /dev/tty; "
      "echo got''=$x'");
  terminal_.type("words\n");
  terminal_.expect("got=words");
  terminal_.expect_status(0);
}

TEST_P(WatchTerminal, ControlZAndForeground) {
  run("sh -c 'while read a && [ $a != end ]; do echo got''=$a; done; exit 5'");
  // A key that comes before the program runs again would be lost.
  terminal_.type("begin\n");
  terminal_.expect("got=begin");
  for (const std::string word : {"one", "two", "three"}) {
    terminal_.type("\x1a");
    terminal_.expect("Stopped");
    terminal_.expect("ready> ");
    terminal_.expect_status(148);
    terminal_.type("fg\n");
    terminal_.expect("sh -c");
    terminal_.type(word + "\n");
    terminal_.expect("got=" + word);
  }
  terminal_.type("end\n");
  terminal_.expect("ready> ");
  terminal_.expect_status(5);
}

TEST_P(WatchTerminal, ControlZAndBackground) {
  // Not sh: it starts by vfork, and a stop inside of that stops nobody else.
  run("bash -c 'echo sta''rted; sleep 1; echo en''ded; exit 5'");
  terminal_.expect("started");
  terminal_.type("\x1a");
  terminal_.expect("Stopped");
  terminal_.type("bg\n");
  terminal_.expect("ended");
  terminal_.type("wait %1; echo status''=$?,\n");
  terminal_.expect("status=5,");
}

TEST_P(WatchTerminal, BackgroundThatReadsIsStoppedUntilItIsInFront) {
  run("sh -c 'read a; echo got''=$a' &");
  terminal_.type("while ! jobs | grep -q Stopp; do sleep 0.01; done; jobs\n");
  terminal_.expect("Stopped");
  terminal_.type("fg\n");
  terminal_.expect("sh -c");
  terminal_.type("words\n");
  terminal_.expect("got=words");
  terminal_.expect_status(0);
}

TEST_P(WatchTerminal, BackgroundThatWritesToAJealousTerminalIsStopped) {
  terminal_.type("stty tostop\n");
  run("sh -c 'echo wri''tten' &");
  terminal_.type("while ! jobs | grep -q Stopp; do sleep 0.01; done; fg\n");
  terminal_.expect("written");
  terminal_.expect_status(0);
}

TEST_P(WatchTerminal, AProgramThatStopsItself) {
  run("sh -c 'kill -TSTP $$; echo wo''ke; kill -STOP $$; echo again'");
  terminal_.expect("Stopped");
  terminal_.type("fg\n");
  terminal_.expect("woke");
  terminal_.expect("Stopped");
  terminal_.type("fg\n");
  terminal_.expect("again");
  terminal_.expect_status(0);
}

TEST_P(WatchTerminal, WindowSize) {
  run("bash -c 'trap \"stty size; exit\" WINCH; echo sta''rted; "
      "while :; do sleep 0.05; done'");
  terminal_.expect("started");
  terminal_.resize(33, 132);
  terminal_.expect("33 132");
  terminal_.expect_status(0);
}

TEST_P(WatchTerminal, Pipelines) {
  run("cat | " + std::string(GetParam()) + "sed s/^/got=/");
  terminal_.type("words\n");
  terminal_.expect("got=words");
  terminal_.type("\x1a");
  terminal_.expect("Stopped");
  terminal_.type("fg\n");
  terminal_.expect("cat |");
  terminal_.type("more\n");
  terminal_.expect("got=more");
  terminal_.type("\x04");
  terminal_.expect("ready> ");
  terminal_.expect_status(0);
}

TEST_P(WatchTerminal, JobsAreKilledAndContinuedByTheShell) {
  run("sleep 300 &");
  terminal_.type("kill -STOP %1; sleep 0.1; jobs\n");
  terminal_.expect("Stopped");
  terminal_.type("bg; jobs\n");
  terminal_.expect("Running");
  terminal_.type("kill %1; wait %1; echo status''=$?,\n");
  terminal_.expect("status=143,");
}

INSTANTIATE_TEST_SUITE_P(With, WatchTerminal,
                         testing::Values(POOLBUGS_BINARY_DIR
                                         "/poolbugs watch -- "));
INSTANTIATE_TEST_SUITE_P(Without, WatchTerminal, testing::Values(""));

}  // namespace
}  // namespace poolbugs::cli
