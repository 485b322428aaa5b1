#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <optional>

#include "platform/interpreters.hpp"

namespace poolbugs {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Sets a variable, or takes it away, and puts it back at the end.
class Variable {
 public:
  Variable(const char* name, const std::optional<std::string>& value)
      : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { set(old_); }

 private:
  void set(const std::optional<std::string>& value) {
    if (value)
      ::setenv(name_, value->c_str(), 1);
    else
      ::unsetenv(name_);
  }
  const char* name_;
  std::optional<std::string> old_;
};

class InterpretersTest : public testing::Test {
 protected:
  InterpretersTest() {
    std::string name = testing::TempDir() + "poolbugs-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    folder_ = name;
  }
  ~InterpretersTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  /// An executable shell script below the test's folder.
  fs::path script(const fs::path& name, const std::string& text) {
    const fs::path file = folder_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "#!/bin/sh\n" << text << "\n";
    fs::permissions(file, fs::perms::owner_all);
    return file;
  }
  /// One that answers as an interpreter does.
  fs::path fake(const fs::path& name, const std::string& version,
                const std::string& more = "",
                const std::string& implementation = "CPython") {
    return script(name,
                  "echo noise from a site module\n"
                  "echo poolbugs-implementation " +
                      implementation +
                      "\n"
                      "echo poolbugs-executable \"$0\"\n"
                      "echo poolbugs-version " +
                      version +
                      "\n"
                      "echo poolbugs-free-threaded 0\n" +
                      more + "\necho poolbugs-end ''");
  }
  static std::vector<std::string> names(const Interpreters& all) {
    std::vector<std::string> found;
    for (const Interpreter& one : all.found) found.push_back(one.name());
    return found;
  }
  /// File names relative to the test's folder.
  std::vector<std::string> candidates() {
    std::vector<std::string> found;
    for (const fs::path& one : interpreter_candidates())
      found.push_back(one.lexically_relative(folder_).string());
    return found;
  }
  Interpreters ask(const std::vector<fs::path>& files,
                   milliseconds patience = std::chrono::seconds(20)) {
    return ask_interpreters(files, patience);
  }

  fs::path folder_;
};

TEST_F(InterpretersTest, LooksOnPathThenInTheFoldersOfVersions) {
  script("bin/python3", "");
  script("bin/python3.12", "");
  script("bin/python3-config", "");
  script("bin/python3.12m", "");
  script("bin/python2.7", "");
  script("pyenv/versions/3.9.1/bin/python3", "");
  script("pyenv/versions/2.7.18/bin/python2.7", "");
  script("pyenv/shims/python3.9", "");
  script("uv/cpython-3.14.0-linux/bin/python3", "");
  const Variable pythons("POOLBUGS_PYTHONS", std::nullopt);
  const Variable path("PATH", (folder_ / "bin").string() + ":" +
                                  (folder_ / "pyenv/shims").string());
  const Variable pyenv("PYENV_ROOT", folder_ / "pyenv");
  const Variable uv("UV_PYTHON_INSTALL_DIR", folder_ / "uv");
  EXPECT_THAT(candidates(),
              ElementsAre("bin/python2.7", "bin/python3", "bin/python3.12",
                          "pyenv/versions/2.7.18/bin/python2.7",
                          "pyenv/versions/3.9.1/bin/python3",
                          "uv/cpython-3.14.0-linux/bin/python3"));
}

TEST_F(InterpretersTest, LooksAtHomeIfNothingElseIsSaid) {
  script(".pyenv/versions/3.9.1/bin/python3", "");
  script(".local/share/uv/python/x/bin/python3", "");
  const Variable pythons("POOLBUGS_PYTHONS", std::nullopt);
  const Variable path("PATH", "/nowhere");
  const Variable pyenv("PYENV_ROOT", std::nullopt);
  const Variable uv("UV_PYTHON_INSTALL_DIR", std::nullopt);
  const Variable home("HOME", folder_);
  EXPECT_THAT(candidates(),
              ElementsAre(".pyenv/versions/3.9.1/bin/python3",
                          ".local/share/uv/python/x/bin/python3"));
}

TEST_F(InterpretersTest, TakesWhatIsNamedAndNothingElse) {
  script("one/bin/python3", "");
  script("many/3.8/bin/python3", "");
  script("many/3.9/bin/python3", "");
  script("odd/my-python", "");
  const Variable path("PATH", (folder_ / "one/bin").string());
  const Variable pythons("POOLBUGS_PYTHONS",
                         (folder_ / "odd/my-python").string() + ":" +
                             (folder_ / "many").string() +
                             "::" + (folder_ / "missing").string());
  EXPECT_THAT(candidates(), ElementsAre("odd/my-python", "many/3.8/bin/python3",
                                        "many/3.9/bin/python3", "missing"));
}

TEST_F(InterpretersTest, CountsLinksToOneFileOnce) {
  script("bin/python3.12", "");
  fs::create_symlink("python3.12", folder_ / "bin/python3");
  const Variable pythons("POOLBUGS_PYTHONS", std::nullopt);
  const Variable path("PATH", (folder_ / "bin").string());
  const Variable home("HOME", folder_);
  const Variable pyenv("PYENV_ROOT", std::nullopt);
  const Variable uv("UV_PYTHON_INSTALL_DIR", std::nullopt);
  EXPECT_EQ(candidates().size(), 1u);
}

TEST_F(InterpretersTest, SortsTheNewestFirstAndTakesEachVersionOnce) {
  const auto first = fake("a/python3", "3.9.10");
  const auto all = ask({first, fake("b/python3", "3.13.0"),
                        fake("c/python3", "3.9.10"), fake("d/p", "3.9.9")});
  EXPECT_THAT(names(all),
              ElementsAre("cpython-3.13.0", "cpython-3.9.10", "cpython-3.9.9"));
  EXPECT_EQ(all.found[1].executable, first);
  EXPECT_THAT(all.broken, IsEmpty());
}

TEST_F(InterpretersTest, UnderstandsTheStartMethods) {
  const auto all = ask({fake("python3", "3.14.0",
                             "echo poolbugs-method forkserver\n"
                             "echo poolbugs-method spawn\n"
                             "echo poolbugs-method fork\n"
                             "echo poolbugs-method teleport\n"
                             "echo poolbugs-usual forkserver\n"
                             "echo poolbugs-folder /opt/my python\n")});
  ASSERT_EQ(all.found.size(), 1u);
  EXPECT_THAT(all.found[0].start_methods,
              ElementsAre(StartMethod::fork, StartMethod::spawn,
                          StartMethod::forkserver));
  EXPECT_EQ(all.found[0].usual, StartMethod::forkserver);
  EXPECT_THAT(all.found[0].folders, ElementsAre("/opt/my python"));
}

TEST_F(InterpretersTest, TellsWhatCannotBeUsed) {
  const auto all = ask(
      {fake("pypy/python3", "3.10.1", "", "PyPy"),
       script("old/python3", "echo Python 1.5"),
       script("bad/python3", "echo 'no module named encodings' >&2; exit 1"),
       folder_ / "not/there", fake("cut/python3", "3.9")});
  EXPECT_THAT(all.found, IsEmpty());
  std::vector<std::string> why;
  for (const BrokenInterpreter& one : all.broken) why.push_back(one.why);
  EXPECT_THAT(why,
              ElementsAre("it is PyPy, not CPython",
                          HasSubstr("no answer that a Python would give"),
                          "it failed: no module named encodings",
                          HasSubstr("No such file or directory"),
                          HasSubstr("no answer that a Python would give")));
}

/// Whether a process of that id is there and not just unburied.
bool runs(long id) {
  std::ifstream stat("/proc/" + std::to_string(id) + "/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  return !text.empty() && text.find(") Z ") == text.npos;
}

TEST_F(InterpretersTest, EndsOneThatHangsWithAllThatItStarted) {
  const fs::path pid = folder_ / "pid";
  const auto hangs =
      script("slow/python3",
             "sleep 1000 & echo $! > '" + pid.string() + "'; wait; echo never");
  const auto start = std::chrono::steady_clock::now();
  const auto all =
      ask({hangs, fake("good/python3", "3.9.1")}, milliseconds(800));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_THAT(names(all), ElementsAre("cpython-3.9.1"));
  ASSERT_EQ(all.broken.size(), 1u);
  EXPECT_EQ(all.broken[0].executable, hangs);
  EXPECT_EQ(all.broken[0].why, "it did not answer within 0.8 s");
  long sleeper = 0;
  std::ifstream(pid) >> sleeper;
  ASSERT_GT(sleeper, 0);
  // SIGKILL was sent before ask() returned; dying takes a moment.
  for (int i = 0; i < 1000 && runs(sleeper); ++i) ::usleep(10'000);
  EXPECT_FALSE(runs(sleeper));
}

TEST_F(InterpretersTest, DoesNotWaitForWhatAnAnswerLeftBehind) {
  const auto leaves = fake("python3", "3.9.1", "sleep 1000 &");
  EXPECT_THAT(names(ask({leaves})), ElementsAre("cpython-3.9.1"));
}

TEST_F(InterpretersTest, UnderstandsARealOne) {
  const auto candidates = interpreter_candidates();
  if (candidates.empty()) GTEST_SKIP() << "no Python here";
  const auto all = ask(candidates);
  ASSERT_FALSE(all.found.empty()) << all.broken.at(0).why;
  const Interpreter& one = all.found[0];
  EXPECT_TRUE(one.executable.is_absolute());
  EXPECT_EQ(one.version.size(), 3u);
  EXPECT_THAT(one.start_methods, testing::Contains(StartMethod::fork));
  EXPECT_THAT(one.folders, testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace poolbugs
