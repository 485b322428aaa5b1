// `poolbugs run` with programs in Python, executed by interpreters that are
// shell scripts: what is tested is how they are found, asked and started.
#include <nlohmann/json.hpp>

#include "harness/cli/cli_fixture.hpp"

namespace poolbugs::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class CliPython : public Cli {
 protected:
  CliPython() { ::setenv("POOLBUGS_PYTHONS", file("pythons").c_str(), 1); }
  ~CliPython() override { ::unsetenv("POOLBUGS_PYTHONS"); }

  void script(const std::string& name, const std::string& text) {
    root_.write(name, "#!/bin/sh\n" + text + "\n");
    std::filesystem::permissions(file(name), std::filesystem::perms::owner_all);
  }
  /// Answers as an interpreter does; programs are shell scripts to it.
  void interpreter(const std::string& version) {
    script(
        "pythons/" + version + "/bin/python3",
        "[ \"$1\" = -E ] || exec /bin/sh \"$@\"\n"
        "echo poolbugs-implementation CPython\n"
        "echo poolbugs-executable \"$0\"\n"
        "echo poolbugs-version " +
            version +
            "\n"
            "for method in fork spawn; do echo poolbugs-method $method; done\n"
            "echo poolbugs-usual fork\n"
            "echo poolbugs-end ''");
  }
  /// A case with programs in Python alone, which do `text`.
  void add_python(const std::string& name, const std::string& id,
                  const std::string& text, const std::string& promise) {
    root_.write("cases/" + name + "/case.md",
                "```toml\nid = \"" + id +
                    "\"\ntitle = \"T\"\n"
                    "start = [\"fork\", \"spawn\"]\n\"broken.py\" = " +
                    promise + "\n\"fixed.py\" = \"ok\"\n```\n" +
                    catalogue::kStory);
    root_.write("cases/" + name + "/broken.py", text);
    root_.write("cases/" + name + "/fixed.py", "exit 0\n");
  }
  /// "broken cpython-3.9.1 spawn ok" of each result.
  [[nodiscard]] std::vector<std::string> results() const {
    std::vector<std::string> all;
    std::istringstream lines(slurp(file("j")));
    std::string line;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
      const auto one = nlohmann::json::parse(line, nullptr, false);
      all.push_back(one["program"].get<std::string>() + " " +
                    one["runtime"].get<std::string>() + " " +
                    one["start_method"].get<std::string>() + " " +
                    one["outcome"].get<std::string>());
    }
    std::sort(all.begin(), all.end());
    return all;
  }
  Ended run_to_journal(const std::string& options) {
    return run("--json '" + file("j").string() + "' " + options);
  }
};

constexpr const char* kSays = "echo expected: fork\necho observed: $1\n";

TEST_F(CliPython, TheNewestRunsEachProgramOnce) {
  interpreter("3.9.1");
  interpreter("3.13.0");
  add_python("fork/a", "PB-0001", kSays, "\"ok\"");
  const Ended ended = run_to_journal("");
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_THAT(results(), ElementsAre("broken cpython-3.13.0 fork ok",
                                     "fixed cpython-3.13.0 fork ok"));
}

TEST_F(CliPython, AllRunByEveryStartMethodAsPromisedForTheirVersion) {
  interpreter("3.9.1");
  interpreter("3.13.0");
  add_python("fork/a", "PB-0001", kSays,
             "[[\"spawn and python >= 3.10\", \"wrong-result\"],"
             " [\"fork\", \"ok\"]]");
  const Ended ended = run_to_journal("--runtime all --program broken");
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_THAT(results(), ElementsAre("broken cpython-3.13.0 fork ok",
                                     "broken cpython-3.13.0 spawn wrong-result",
                                     "broken cpython-3.9.1 fork ok",
                                     "broken cpython-3.9.1 spawn unsupported"));
  EXPECT_THAT(ended.out, HasSubstr("nothing is promised here"));
}

TEST_F(CliPython, ABrokenPromiseNamesTheCommandWithItsRuntime) {
  interpreter("3.9.1");
  add_python("fork/a", "PB-0001", "exit 3\n", "\"ok\"");
  const Ended ended = run_to_journal("--program broken");
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.out,
              HasSubstr("poolbugs run fork/a --program broken --start-method "
                        "fork --runtime cpython-3.9.1"));
}

TEST_F(CliPython, WithoutAnyTheRestRuns) {
  script("pythons/x/bin/python3", "echo sorry >&2; exit 1");
  add("fork/native", "PB-0002", "exit 0");
  add_python("fork/a", "PB-0001", kSays, "\"ok\"");
  const Ended ended = run();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.out, AllOf(HasSubstr("2 as promised"),
                               HasSubstr("2 not run, unsupported here"),
                               HasSubstr("it failed: sorry")));
  EXPECT_THAT(ended.err, HasSubstr("not used: " + file("pythons/x").string()));
}

TEST_F(CliPython, ARuntimeThatIsNotThereIsNamed) {
  interpreter("3.9.1");
  add_python("fork/a", "PB-0001", kSays, "\"ok\"");
  const Ended ended = run("--runtime cpython-3.10");
  EXPECT_EQ(ended.code, 2);
  EXPECT_THAT(ended.err, HasSubstr("there is no runtime `cpython-3.10`"));
  EXPECT_EQ(ended.out, "");
}

TEST_F(CliPython, AJournalGoesOnWhereItWas) {
  interpreter("3.9.1");
  interpreter("3.8.0");
  add_python("fork/a", "PB-0001", "echo ran >> '" + file("ran").string() + "'",
             "\"ok\"");
  const std::string all = "--runtime all --sandbox group";
  ASSERT_EQ(run("--json '" + file("j").string() + "' " + all).code, 0);
  const std::string journal = slurp(file("j"));
  // The header and one result.
  const auto second = journal.find('\n', journal.find('\n') + 1);
  root_.write("j", journal.substr(0, second + 1));
  const Ended ended = run("--resume '" + file("j").string() + "' " + all);
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(results().size(), 8U);
}

TEST_F(CliPython, DoctorListsThemAndWhyOneIsNotUsed) {
  interpreter("3.9.1");
  script("pythons/bad/bin/python3", "echo 'no encodings' >&2; exit 1");
  const Ended ended = call("doctor");
  EXPECT_THAT(ended.out, AllOf(HasSubstr("cpython-3.9.1"),
                               HasSubstr("it failed: no encodings"),
                               Not(HasSubstr("cpython-3.8"))));
}

}  // namespace
}  // namespace poolbugs::cli
