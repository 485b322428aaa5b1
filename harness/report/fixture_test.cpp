// The fixture itself; the name keeps it out of the library.
#include "harness/report/fixture.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

namespace poolbugs::report::fixture {

using catalogue::Case;
using catalogue::Grade;
using catalogue::Outcome;
using catalogue::Verdict;
namespace fs = std::filesystem;

Folder::Folder() {
  std::random_device random;
  do path_ = fs::temp_directory_path() / ("report-" + std::to_string(random()));
  while (!fs::create_directory(path_));
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string slurp(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void spill(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

namespace {

Case held_mutex() {
  Case item;
  item.area = "fork";
  item.slug = "held-mutex";
  item.id = "PB-0007";
  item.title =
      "A child forked while another thread holds a mutex waits for ever";
  item.aliases = {"fork-mutex-held", "fork-lock-held-by-thread"};
  item.start = {StartMethod::fork, StartMethod::spawn, StartMethod::forkserver};
  item.links = {"python/cpython#50970",
                "https://man7.org/linux/man-pages/man2/fork.2.html"};
  item.story = {
      {"What goes wrong",
       "`fork()` copies memory but only the calling thread. A mutex that "
       "another\nthread held at that moment is copied locked.\n"},
      {"What you see",
       "The pool hangs now and then, never under a debugger. The stuck "
       "worker's\nstack ends in `pthread_mutex_lock`.\n\nNothing is logged.\n"},
      {"What triggers it",
       "Any lock, taken by any thread, at the instant of "
       "fork: a log line, a cache.\n"},
      {"What fixes it", "Start workers before threads, or with `spawn`.\n"}};
  return item;
}

Case stdio_buffer() {
  Case item;
  item.area = "fork";
  item.slug = "stdio-buffer";
  item.id = "PB-0008";
  item.title = "A line that was printed once comes out twice | thrice";
  item.story = {{"What goes wrong", "The buffer is copied.\n"},
                {"What you see", "Lines come twice.\n"},
                {"What triggers it", "A pipe for stdout.\n"},
                {"What fixes it", "Flush before `fork()`.\n"}};
  return item;
}

Case globals_lost() {
  Case item;
  item.area = "spawn";
  item.slug = "globals-lost";
  item.id = "PB-0012";
  item.title = "A spawned worker does not know what main() set";
  item.start = {StartMethod::fork, StartMethod::spawn};
  item.story = {{"What goes wrong", "A fresh image has fresh globals.\n"},
                {"What you see",
                 "Workers use the default configuration, while "
                 "the parent prints the right one.\n"},
                {"What triggers it", "`spawn`.\n"},
                {"What fixes it", "Send it with the task.\n"}};
  return item;
}

}  // namespace

catalogue::Catalogue corpus(const fs::path& root) {
  catalogue::Catalogue all{{held_mutex(), stdio_buffer(), globals_lost()}};
  for (auto& item : all.cases) {
    item.folder = root / item.area / item.slug;
    item.programs = {{"broken", {}, item.folder / "broken.cpp", {}},
                     {"fixed", {}, item.folder / "fixed.cpp", {}}};
    spill(item.folder / "broken.cpp",
          "int main() {\n  std::thread logger(hold);\n  pid_t worker = "
          "fork();\n}\n");
    spill(item.folder / "fixed.cpp",
          "int main() {\n  pid_t worker = fork();\n  std::thread "
          "logger(hold);\n}\n");
  }
  return all;
}

Record record(const std::string& case_name, const std::string& program,
              std::optional<StartMethod> start, Outcome outcome) {
  Record one;
  one.case_name = case_name;
  one.id = "PB-0007";
  one.program = program;
  one.start_method = start;
  one.platform = "linux";
  one.outcome = outcome;
  one.verdict = Verdict::as_promised;
  one.promised = {std::string(catalogue::to_string(outcome))};
  one.seconds = 0.25;
  one.ended = "exit 0";
  return one;
}

std::vector<Record> linux_run(unsigned seed) {
  std::mt19937 random(seed);
  const auto pid = [&] { return 2 + random() % 30000; };
  const auto seconds = [&] {
    return 0.01 * static_cast<double>(random() % 99);
  };

  auto hang =
      record("fork/held-mutex", "broken", StartMethod::fork, Outcome::hang);
  hang.grade = Grade::quiescent;
  hang.promised = {"hang: orphaned-lock"};
  hang.cause = "orphaned-lock";
  hang.ended = "ended by poolbugs: nothing moved any more";
  hang.explanation = {
      fmt::format("Nobody ran for {:.2f} s.", 1 + seconds()),
      "When it was ended: parent waits in wait4; worker 1 waits in `futex`."};
  std::vector<std::string> lines = {
      fmt::format("parent: worker has pid {}\n", pid()),
      fmt::format("worker 1: locks 0x7f{:010x}\n", random()),
      "worker 2: ```<b>not bold</b>```\n",
      fmt::format("worker 3: \x1B[31mfile /tmp/state-{}{:05}\x1B[0m\n",
                  static_cast<char>('A' + random() % 26), random() % 100000)};
  std::shuffle(lines.begin(), lines.end(), random);
  for (const auto& line : lines) hang.err += line;
  hang.threads = {"worker 1, thread 1: S in futex",
                  "parent, thread 1: S in wait4"};
  if (random() % 2) std::swap(hang.threads[0], hang.threads[1]);

  std::vector<Record> all = {hang};
  const auto add = [&](Record one) {
    one.seconds = seconds();
    all.push_back(std::move(one));
  };
  for (const auto method : {StartMethod::spawn, StartMethod::forkserver}) {
    auto ok = record("fork/held-mutex", "broken", method, Outcome::ok);
    ok.out = "expected: 49\nobserved: 49\n";
    add(ok);
  }
  for (const auto method : kStartMethods) {
    auto ok = record("fork/held-mutex", "fixed", method, Outcome::ok);
    ok.out = "expected: 49\nobserved: 49\n";
    ok.explanation = {
        "It ended with exit code 0 and observed all that it should."};
    add(ok);
  }
  auto twice =
      record("fork/stdio-buffer", "broken", std::nullopt, Outcome::duplicate);
  twice.out = "expected: header\nobserved: header\nobserved: header\n";
  twice.explanation = {
      "It ended with exit code 0, but observed more than it expected."};
  add(twice);
  add(record("fork/stdio-buffer", "fixed", std::nullopt, Outcome::ok));
  add(record("spawn/globals-lost", "broken", StartMethod::fork, Outcome::ok));
  auto lost =
      record("spawn/globals-lost", "broken", StartMethod::spawn, Outcome::ok);
  lost.promised = {"wrong-result"};
  lost.verdict = Verdict::broken_promise;
  lost.explanation = {"Promised was `wrong-result`, this is `ok`."};
  add(lost);
  add(record("spawn/globals-lost", "fixed", StartMethod::fork, Outcome::ok));
  auto unsupported = record("spawn/globals-lost", "fixed", StartMethod::spawn,
                            Outcome::unsupported);
  unsupported.verdict = Verdict::unsupported;
  unsupported.ended = "";
  unsupported.promised = {};
  unsupported.explanation = {"Not run: needs root, which this machine lacks."};
  add(unsupported);
  std::shuffle(all.begin(), all.end(), random);
  return all;
}

void expect_golden(const std::string& name, const std::string& text) {
  const auto file =
      fs::path(POOLBUGS_SOURCE_DIR) / "harness/report/golden" / name;
  if (std::getenv("POOLBUGS_UPDATE_GOLDEN")) {
    spill(file, text);
    return;
  }
  EXPECT_EQ(slurp(file), text)
      << "differs from " << file
      << "; if that is right: POOLBUGS_UPDATE_GOLDEN=1 harness_test";
}

}  // namespace poolbugs::report::fixture
