#include <nlohmann/json.hpp>

#include "harness/cli/cli_fixture.hpp"

namespace poolbugs::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class CliUsage : public Cli {};
class CliRun : public Cli {
 protected:
  /// The results in a journal, without its header.
  [[nodiscard]] std::vector<nlohmann::json> results(
      const std::string& name) const {
    std::vector<nlohmann::json> all;
    std::istringstream lines(slurp(file(name)));
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line))
      all.push_back(nlohmann::json::parse(line, nullptr, false));
    return all;
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return "'" + file(name).string() + "'";
  }
};

// --- words that are not understood

TEST_F(CliUsage, WhatIsNotKnownIsNamed) {
  for (const auto& [arguments, named] :
       std::vector<std::pair<std::string, std::string>>{
           {"--bogus", "--bogus"},
           {"rum", "rum"},
           {"run --bogus", "--bogus"},
           {"run --jobs none", "none"},
           {"run --jobs 0", "--jobs"},
           {"run --repeat 0", "--repeat"},
           {"run --repeat 1x", "1x"},
           {"run --start-method clone", "clone"},
           {"run --sandbox half", "half"},
           {"run --shard 1", "--shard"},
           {"run --shard 1/x", "--shard"},
           {"run --timeout-scale 0", "--timeout-scale"},
           {"run --resume /no/such/file", "/no/such/file"},
           {"run --resume /dev/null --json /dev/null", "--json"},
           {"run --cases /no/such/folder", "/no/such/folder"},
           {"list --bogus", "--bogus"},
           {"show", "case"},
           {"report", "file"},
           {"", "run"}}) {
    const Ended ended = call(arguments);
    EXPECT_EQ(ended.code, 2) << arguments;
    EXPECT_THAT(ended.err, HasSubstr(named)) << arguments;
    EXPECT_EQ(ended.out, "") << arguments;
  }
}

TEST_F(CliUsage, HelpAndVersionAreNoErrors) {
  for (const char* arguments : {"--help", "run --help", "--version"}) {
    const Ended ended = call(arguments);
    EXPECT_EQ(ended.code, 0) << arguments;
    EXPECT_THAT(ended.out, HasSubstr("poolbugs")) << arguments;
  }
}

TEST_F(CliUsage, AFaultyManifestStopsEverything) {
  add("fork/a", "PB-0001", "touch " + file("ran").string());
  const std::string sound = catalogue::manifest();
  for (const auto& [text, said] :
       std::vector<std::pair<std::string, std::string>>{
           {"nothing", "case.md:"},
           {catalogue::manifest("stat = []\n", "\"ok\"", "PB-0002"),
            "did you mean `start`"},
           {catalogue::manifest("", "[[\"frok\", \"ok\"]]", "PB-0002"), "frok"},
           {catalogue::manifest("", "\"okay\"", "PB-0002"), "okay"},
           {catalogue::manifest("", "\"ok\"", "PB-0001"), "PB-0001"},
           {"\xff" + sound, "UTF-8"},
           {sound + sound, "case.md:"}}) {
    catalogue::write_case(root_, "cases/fork/b", text);
    const Ended ended = run("--sandbox group");
    EXPECT_EQ(ended.code, 2) << text;
    EXPECT_THAT(ended.err, HasSubstr(said)) << text;
    EXPECT_THAT(ended.err, HasSubstr("nothing was run")) << text;
    EXPECT_EQ(ended.out, "") << text;
  }
  catalogue::write_case(
      root_, "cases/fork/b",
      catalogue::manifest("start = []\n", "\"ok\"", "PB-0002"));
  std::filesystem::remove(file("cases/fork/b/fixed.cpp"));
  const Ended ended = run("--sandbox group");
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("fixed"));
  EXPECT_FALSE(std::filesystem::exists(file("ran")));
}

TEST_F(CliUsage, APatternThatMatchesNothingIsNamed) {
  add("fork/held-mutex", "PB-0001", "touch " + file("ran").string());
  const Ended ended = run("--sandbox group fork/hold-mutex fork/held-mutex");
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, AllOf(HasSubstr("fork/hold-mutex"),
                               HasSubstr("fork/held-mutex")));
  EXPECT_FALSE(std::filesystem::exists(file("ran")));
}

// --- the exit status

TEST_F(CliRun, EndsWith0IfAllIsAsPromised) {
  add("fork/a", "PB-0001", "exit 0");
  add("fork/b", "PB-0002", "kill -SEGV $$", "\"crash: SIGSEGV\"");
  const Ended ended = run();
  EXPECT_EQ(ended.code, 0) << ended.out;
  EXPECT_EQ(ended.err, "");
  EXPECT_THAT(ended.out, HasSubstr("fork/b.broken"));
}

TEST_F(CliRun, EndsWith1IfAPromiseWasBrokenAndSaysHowToRepeatIt) {
  add("fork/a", "PB-0001", "exit 3");
  const Ended ended = run();
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.out, HasSubstr("BROKEN PROMISE"));
  EXPECT_THAT(ended.out, HasSubstr("poolbugs run fork/a --program broken"));
}

TEST_F(CliRun, EndsWith2IfAProgramIsNotBuilt) {
  add("fork/a", "PB-0001", "exit 0");
  std::filesystem::remove(file("programs/fork/a/broken"));
  const Ended ended = run();
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("fork/a/broken is not built"));
  EXPECT_EQ(ended.out, "");
}

TEST_F(CliRun, EndsWith3IfAProgramCannotBeExecuted) {
  add("fork/a", "PB-0001", "exit 0");
  std::filesystem::permissions(file("programs/fork/a/broken"),
                               std::filesystem::perms::owner_read);
  const Ended ended = run();
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.out, HasSubstr("cannot execute"));
}

TEST_F(CliRun, EndsWith3IfResultsCannotBeWritten) {
  add("fork/a", "PB-0001", "exit 0");
  for (const char* option : {"--json", "--junit"}) {
    const Ended ended = run(std::string(option) + " /dev/full");
    EXPECT_EQ(ended.code, 3) << option;
    EXPECT_THAT(ended.err, HasSubstr("/dev/full: No space left on device"))
        << option;
  }
}

TEST_F(CliRun, EndsWith3IfTheReportCannotBeWritten) {
  add("fork/a", "PB-0001", "exit 0");
  const Ended ended = run("--report /proc/no/such/place");
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err, HasSubstr("/proc/no"));
  EXPECT_THAT(ended.out, HasSubstr("fork/a.fixed"));  // the run is not lost
}

TEST_F(CliRun, TerminalEscapesOfAProgramDoNotReachTheTerminal) {
  add("fork/a", "PB-0001", "printf '\\033[2J\\0x\\377'; exit 1");
  const Ended ended = run("--json " + path("j"));
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("\033")));
  EXPECT_FALSE(results("j").at(0).is_discarded());
}

// --- journal, resume, shards

TEST_F(CliRun, ShardsTogetherAreTheWhole) {
  for (int i = 1; i <= 3; ++i)
    add("fork/c" + std::to_string(i), "PB-000" + std::to_string(i), "exit 0");
  std::vector<std::string> all;
  for (const char* shard : {"1/4", "2/4", "3/4", "4/4"}) {
    EXPECT_EQ(run("--json " + path("j") + " --shard " + shard).code, 0);
    for (const auto& one : results("j"))
      all.push_back(one["case"].get<std::string>() + "." +
                    one["program"].get<std::string>());
  }
  std::sort(all.begin(), all.end());
  EXPECT_THAT(all, testing::ElementsAre("fork/c1.broken", "fork/c1.fixed",
                                        "fork/c2.broken", "fork/c2.fixed",
                                        "fork/c3.broken", "fork/c3.fixed"));
  EXPECT_EQ(run("--shard 5/4").code, 2);
  EXPECT_EQ(run("--shard 0/4").code, 2);
}

TEST_F(CliRun, ResumeGoesOnAfterSigkill) {
  const std::string log = file("log").string();
  add("fork/a", "PB-0001", "echo a >> " + log);
  add("fork/b", "PB-0002", "echo b >> " + log + "; sleep 1000");
  add("fork/c", "PB-0003", "echo c >> " + log);
  const pid_t pid =
      start("run" + corpus() + "--sandbox group --jobs 1 --json " + path("j"));
  ASSERT_TRUE(soon([&] { return slurp(log).ends_with("b\n"); }));
  ::kill(pid, SIGKILL);
  EXPECT_EQ(wait(pid).signal, SIGKILL);
  EXPECT_EQ(results("j").size(), 2u);
  // As if it had died in the middle of a line.
  std::ofstream(file("j"), std::ios::app) << "{\"case\": \"fork/b";
  program("fork/b/broken", "echo again >> " + log);
  const Ended ended = run("--sandbox group --jobs 1 --resume " + path("j"));
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_EQ(slurp(log), "a\nb\nagain\nc\n");  // a is not run again
  EXPECT_EQ(results("j").size(), 6u);
  EXPECT_EQ(run("--sandbox group --resume " + path("j")).code, 0);
  EXPECT_EQ(slurp(log), "a\nb\nagain\nc\n");
}

TEST_F(CliRun, ResumeRefusesOtherCases) {
  add("fork/a", "PB-0001", "exit 0");
  ASSERT_EQ(run("--json " + path("j")).code, 0);
  const std::string before = slurp(file("j"));
  add("fork/b", "PB-0002", "exit 0");
  const Ended ended = run("--resume " + path("j"));
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("fork/b.broken"));
  EXPECT_EQ(slurp(file("j")), before);
}

// --- signals

TEST_F(CliRun, SignalsEndItCleanlyAndThenItself) {
  add("fork/a", "PB-0001", "setsid sleep 1000 & wait");
  for (const char* sandbox : {"full", "group"}) {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
      const pid_t pid = start("run" + corpus() + "--json " + path("j") +
                              " --sandbox " + sandbox);
      // The fixed half is over when its result is there.
      ASSERT_TRUE(soon([&] {
        return !results("j").empty() &&
               testing::Value(ours(), Contains(HasSubstr("sleep")));
      }));
      ::kill(pid, number);
      const Ended ended = wait(pid);
      EXPECT_EQ(ended.signal, number) << ended.err;
      EXPECT_EQ(results("j").size(), 1u);  // nothing is said of the other
      EXPECT_THAT(ours(), IsEmpty());
      EXPECT_THAT(traces_of(pid), IsEmpty());
    }
  }
}

TEST_F(CliRun, SaysWhatIsRunningOnSigusr1) {
  add("fork/a", "PB-0001", "sleep 1000");
  const pid_t pid = start("run" + corpus() + "--json " + path("j"));
  ASSERT_TRUE(soon([&] { return !results("j").empty(); }));
  ::kill(pid, SIGUSR1);
  EXPECT_TRUE(soon([&] {
    const std::string out = slurp(file("out"));
    return out.find("fork/a.broken") != std::string::npos &&
           (out.find("waiting") != std::string::npos ||
            out.find("running") != std::string::npos);
  }));
  ::kill(pid, SIGTERM);
  wait(pid);
}

// --- the other commands

TEST_F(CliUsage, DoctorSaysWhatIsInUse) {
  const Ended ended = call("doctor");
  EXPECT_EQ(ended.code, 0);
  for (const char* word : {"full", "group", "processes", "memory", "disk",
                           "output", "fork", "spawn", "forkserver", "proof"})
    EXPECT_THAT(ended.out, HasSubstr(word));
}

TEST_F(CliRun, ReportWritesPagesOfAJournalThatWasCut) {
  add("fork/a", "PB-0001", "exit 0");
  ASSERT_EQ(run("--json " + path("j")).code, 0);
  std::ofstream(file("j"), std::ios::app) << "{\"case\": \"fork/b";
  const Ended ended = call("report " + path("j") + " --to " + path("pages") +
                           " --cases " + path("cases"));
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_TRUE(std::filesystem::exists(file("pages/index.md")));
  EXPECT_EQ(call("report /no/such --to " + path("pages")).code, 2);
}

}  // namespace
}  // namespace poolbugs::cli
