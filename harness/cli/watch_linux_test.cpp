// `poolbugs watch` as its users run it: what a command sees and returns with
// it and without it is the same.
#include <fcntl.h>
#include <sys/ptrace.h>

#include <nlohmann/json.hpp>

#include "harness/cli/cli_fixture.hpp"

namespace poolbugs::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* kDeadlocks = POOLBUGS_BINARY_DIR "/plants/deadlocks ";

/// Only root may see everybody who could take part; without, a hang may be
/// quiescent when the time is over.
void expect_hang_status(long code) {
  const bool may_rest = ::getuid() != 0 && code == 122;
  EXPECT_TRUE(code == 120 || may_rest) << code;
}

class CliWatch : public Cli {
 protected:
  /// A shell script, each `@` in front of a command: `poolbugs watch --`, or
  /// nothing.
  Ended shell(std::string script, bool watched) {
    const std::string prefix =
        watched ? POOLBUGS_BINARY_DIR "/poolbugs watch -- " : "";
    for (std::size_t at = 0; (at = script.find('@', at)) != std::string::npos;
         at += prefix.size())
      script.replace(at, 1, prefix);
    root_.write("script", script);
    const auto pid =
        spawn_process("/bin/sh",
                      {"-c", "exec sh '" + file("script").string() + "' > '" +
                                 file("out").string() + "' 2> '" +
                                 file("err").string() + "' < /dev/null"},
                      {});
    return wait(pid.value());
  }
  void same(const std::string& script) {
    const Ended with = shell(script, true);
    const Ended without = shell(script, false);
    EXPECT_EQ(with.code, without.code) << script << "\n" << with.err;
    EXPECT_EQ(with.signal, without.signal) << script;
    EXPECT_EQ(with.out, without.out) << script;
    EXPECT_EQ(with.err, without.err) << script;
  }
  [[nodiscard]] nlohmann::json result() const {
    return nlohmann::json::parse(slurp(file("j")), nullptr, false);
  }
  [[nodiscard]] std::string json() const {
    return " --json '" + file("j").string() + "' ";
  }
};

TEST_F(CliWatch, TheStatusIsTheCommandsOwn) {
  for (const int code : {0, 1, 3, 120, 255})
    EXPECT_EQ(call("watch -- sh -c 'exit " + std::to_string(code) + "'").code,
              code);
}

TEST_F(CliWatch, ItsSignalIsRaisedAgain) {
  for (const int number : {SIGTERM, SIGKILL, SIGINT, SIGSEGV, SIGPIPE, 40})
    EXPECT_EQ(
        call("watch -- sh -c 'kill -" + std::to_string(number) + " $$'").signal,
        number);
}

TEST_F(CliWatch, WhatCannotBeStartedIsToldAsByShells) {
  root_.write("data", "no program");
  EXPECT_EQ(call("watch -- /no/such").code, 127);
  EXPECT_EQ(call("watch -- no-such-command").code, 127);
  const Ended ended = call("watch -- '" + file("data").string() + "'");
  EXPECT_EQ(ended.code, 126);
  EXPECT_THAT(ended.err, HasSubstr("ermission denied"));
  EXPECT_EQ(call("watch -- /tmp").code, 126);
}

TEST_F(CliWatch, OurOwnFailureIs125) {
  for (const char* arguments :
       {"watch", "watch true", "watch --", "watch --bogus -- true",
        "watch --timeout -1 -- true", "watch --timeout x -- true",
        "watch --json /no/such/file -- true"})
    EXPECT_EQ(call(arguments).code, 125) << arguments;
  EXPECT_EQ(call("watch --help").code, 0);
}

TEST_F(CliWatch, EveryWordOfTheCommandIsItsOwn) {
  EXPECT_EQ(call("watch -- printf '%s|' '[a,b]' -- --json -h '' '*'").out,
            "[a,b]|--|--json|-h||*|");
}

TEST_F(CliWatch, StreamsDirectoryAndEnvironmentAreTheCommands) {
  same("echo hello | @cat; echo to stderr | @sh -c 'cat >&2'");
  same("cd /usr; @pwd; A=b @sh -c 'echo $A'; @env -i sh -c 'echo $PATH'");
  same("@sh -c 'ls /proc/self/fd; ulimit -a; umask; nice'");
  same("exec 7< /dev/null; @sh -c 'readlink /proc/self/fd/7'");
  same(
      "@sh -c 'ps -o pgid= -p $$ | tr -d \" \" > pg'; "
      "[ $(cat pg) = $(ps -o pgid= -p $$ | tr -d ' ') ]; echo $?; rm pg");
}

TEST_F(CliWatch, PipelinesOnEitherSide) {
  same("yes | @head -1");
  same("@yes | head -1");
  same("seq 100000 | @sort -n | @tail -1 | @cat");
  same("echo x | @sh -c 'exec <&-; exec >&-; exit 4'; echo $?");
}

TEST_F(CliWatch, SignalsAreAsTheyWere) {
  const std::string show =
      "@grep -E 'SigBlk|SigIgn|SigCgt|ShdPnd' /proc/self/status";
  same(show);
  same("trap '' PIPE CHLD INT HUP USR1; " + show);
  // A shell cannot ignore SIGCHLD for its children: python can.
  root_.write("ignore.py",
              "import os, signal, sys\n"
              "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
              "signal.pthread_sigmask(signal.SIG_BLOCK,"
              " [signal.SIGTERM, signal.SIGTSTP])\n"
              "os.execvp(sys.argv[1], sys.argv[1:])\n");
  same("python3 '" + file("ignore.py").string() +
       "' @grep -E 'SigBlk|SigIgn|SigCgt|ShdPnd' /proc/self/status");
}

TEST_F(CliWatch, SignalsSentToUsAloneGoOn) {
  for (const int number : {SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGINT, SIGQUIT,
                           SIGWINCH, SIGALRM, 40}) {
    const std::string name = std::to_string(number);
    program("trap", "trap 'echo heard; exit 9' " + name +
                        "\necho ready\nwhile :; do sleep 0.01; done");
    const pid_t pid =
        start("watch -- '" + file("programs/trap").string() + "'");
    ASSERT_TRUE(soon([&] { return slurp(file("out")) == "ready\n"; }));
    ::kill(pid, number);
    const Ended ended = wait(pid);
    EXPECT_EQ(ended.code, 9) << number;
    EXPECT_EQ(ended.out, "ready\nheard\n") << number;
  }
}

TEST_F(CliWatch, ASignalTheTreeSendsItselfIsHeardOnce) {
  // In a group of its own, so that kill 0 does not reach this test.
  const Ended ended = shell(
      "exec setsid -w @sh -c 'trap \"echo heard\" USR1; kill -USR1 0; "
      "sleep 0.2; :'",
      true);
  EXPECT_EQ(ended.out, "heard\n");
}

TEST_F(CliWatch, DaemonsAreLeftAlone) {
  program("daemon", "sleep 300 > /dev/null 2>&1 &\necho $!");
  const Ended ended =
      call("watch -- '" + file("programs/daemon").string() + "'");
  EXPECT_EQ(ended.code, 0);
  const pid_t daemon = std::atoi(ended.out.c_str());
  ASSERT_GT(daemon, 0);
  EXPECT_EQ(::kill(daemon, SIGKILL), 0);
  EXPECT_TRUE(soon([&] { return ours().empty(); }));
}

TEST_F(CliWatch, OrphansAreReaped) {
  const Ended ended = call(
      "watch -- sh -c 'for i in 1 2 3; do (true & ) ; done; sleep 0.2; "
      "ps -o stat= --ppid $PPID'");
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, Not(HasSubstr("Z")));
}

TEST_F(CliWatch, AHangIsProvedAndEnded) {
  const Ended ended =
      call("watch --timeout 5" + json() + "--markdown '" +
           file("page.md").string() + "' -- " + kDeadlocks + "lock_order");
  expect_hang_status(ended.code);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("prove"), HasSubstr("lock-cycle"),
                               HasSubstr("ended it")));
  const auto seen = result();
  EXPECT_EQ(seen["outcome"], "hang");
  EXPECT_EQ(seen["grade"], ended.code == 120 ? "proven" : "quiescent");
  EXPECT_EQ(seen["cause"], "lock-cycle");
  EXPECT_EQ(seen["status"], ended.code);
  EXPECT_EQ(seen["exit_code"], nullptr);
  EXPECT_FALSE(seen["explanation"].empty());
  EXPECT_FALSE(seen["stacks"].empty());
  EXPECT_LT(seen["seconds"], 10);
  EXPECT_THAT(slurp(file("page.md")),
              AllOf(HasSubstr("```mermaid\ngraph"), HasSubstr("lock-cycle"),
                    HasSubstr("poolbugs watch -- ")));
  EXPECT_THAT(ours(), IsEmpty());
}

TEST_F(CliWatch, KeepLeavesTheTreeAndSaysItOnce) {
  const pid_t pid = start("watch --timeout 5 --keep -- " +
                          std::string(kDeadlocks) + "lock_order");
  ASSERT_TRUE(soon([&] {
    return slurp(file("err")).find("left as it is") != std::string::npos;
  }));
  EXPECT_THAT(ours(), Contains(HasSubstr("deadlocks")));
  ::kill(pid, SIGTERM);  // goes on to the command
  const Ended ended = wait(pid);
  expect_hang_status(ended.code);
  EXPECT_THAT(ended.err, Not(HasSubstr("ended it")));
}

TEST_F(CliWatch, TheEndOfTheTimeSaysWhatMoved) {
  struct {
    const char* command;
    int code;
  } const kinds[]{{"sh -c 'while :; do :; done'", 121},
                  {"sleep 100", 122},
                  {"sh -c 'while :; do sleep 0.05; done'", 124}};
  for (const auto& kind : kinds) {
    const Ended ended =
        call("watch --timeout 2" + json() + "-- " + kind.command);
    EXPECT_EQ(ended.code, kind.code) << kind.command << "\n" << ended.err;
    EXPECT_EQ(result()["outcome"], "hang");
    EXPECT_THAT(ours(), IsEmpty());
  }
}

TEST_F(CliWatch, WhoEndsInTimeIsNotEnded) {
  const Ended ended = call("watch --timeout 60" + json() + "-- sleep 0.3");
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.err, "");
  EXPECT_EQ(result()["outcome"], "ok");
  EXPECT_EQ(call("watch" + json() + "-- sh -c 'exit 3'").code, 3);
  EXPECT_EQ(result()["outcome"], "error");
  EXPECT_EQ(result()["exit_code"], 3);
  EXPECT_EQ(call("watch" + json() + "-- sh -c 'kill -9 $$'").signal, SIGKILL);
  EXPECT_EQ(result()["outcome"], "crash");
  EXPECT_EQ(result()["signal"], "SIGKILL");
}

TEST_F(CliWatch, ATreeThatIgnoresSigtermIsEndedAllTheSame) {
  program("stubborn",
          "trap '' TERM\nsetsid sleep 300 &\nwhile :; do sleep 1; done");
  const Ended ended = call("watch --timeout 0.3 -- '" +
                           file("programs/stubborn").string() + "'");
  EXPECT_THAT(ended.err, HasSubstr("ended it"));
  EXPECT_THAT(ours(), IsEmpty());
}

TEST_F(CliWatch, WhoHasEndedAndIsStillTracedIsNotWaitedFor) {
  const pid_t pid =
      start("watch --timeout 0.5 -- sh -c 'echo $$; exec sleep 100'");
  ASSERT_TRUE(soon([&] { return slurp(file("out")).ends_with("\n"); }));
  const pid_t traced = std::stoi(slurp(file("out")));
  ASSERT_EQ(::ptrace(PTRACE_SEIZE, traced, nullptr, nullptr), 0);
  const Ended ended = wait(pid);
  EXPECT_EQ(ended.code, 122);
  EXPECT_TRUE(ended.err.ends_with("ended it\n")) << ended.err;
  ::waitpid(traced, nullptr, __WALL);
}

TEST_F(CliWatch, AStoppedCommandThatSomebodyElseContinuesIsNotLost) {
  // No shell with job control here: we must not stop with it.
  const Ended ended = call(
      "watch -- sh -c '(sleep 0.3; kill -CONT $$) & kill -STOP $$; echo on'");
  EXPECT_EQ(ended.code, 0);
  EXPECT_EQ(ended.out, "on\n");
}

TEST_F(CliWatch, AServerThatWaitsIsLeftAlone) {
  const pid_t pid = start(
      "watch -- python3 -c \"import socket; s=socket.create_server("
      "('127.0.0.1',0)); print(s.getsockname()[1], flush=True); "
      "c,_=s.accept(); c.sendall(b'x')\"");
  ASSERT_TRUE(soon([&] { return !slurp(file("out")).empty(); }));
  ::usleep(1'500'000);  // as long as it takes to be looked at many times
  const std::string port = slurp(file("out"));
  const auto client =
      spawn_process("/usr/bin/env",
                    {"python3", "-c",
                     "import socket; s=socket.create_connection(('127.0.0.1'," +
                         port + ")); assert s.recv(1)==b'x'"},
                    {});
  int status = -1;
  ::waitpid(client.value(), &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(wait(pid).code, 0);
}

}  // namespace
}  // namespace poolbugs::cli
