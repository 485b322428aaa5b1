// The part of the fixture with Python programs; the name keeps it out of the
// library.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <random>

#include "harness/report/fixture.hpp"
#include "harness/report/results.hpp"

namespace poolbugs::report::fixture {

using catalogue::Case;
using catalogue::Language;
using catalogue::Outcome;
namespace fs = std::filesystem;

namespace {

constexpr const char* kVersions[] = {"2.7.18", "3.6.15", "3.7.16", "3.12.1",
                                     "3.13.0"};

Case python_case(const char* area, const char* slug, const char* id,
                 const char* title, std::vector<StartMethod> start) {
  Case item;
  item.area = area;
  item.slug = slug;
  item.id = id;
  item.title = title;
  item.python_start = std::move(start);
  item.story = {{"What goes wrong", "It goes wrong.\n"},
                {"What you see", std::string(slug) + " is seen.\n"},
                {"What triggers it", "Use.\n"},
                {"What fixes it", "Disuse.\n"}};
  return item;
}

void add_python(Case& item, const fs::path& root) {
  item.folder = root / item.area / item.slug;
  for (const char* half : {"broken", "fixed"}) {
    const auto file =
        item.folder / catalogue::file_name(half, Language::python);
    item.programs.push_back({half, Language::python, file, {}});
    spill(file, fmt::format("import {}\n\nif __name__ == \"__main__\":\n"
                            "    print(\"a line with ``` in it\")\n",
                            half));
  }
}

/// All that the hang of held-mutex leaves, where some of it differs between
/// runs and some between versions.
Record hang(const std::string& version, std::mt19937& random) {
  auto one = python_record("fork/held-mutex", "broken", version,
                           StartMethod::fork, Outcome::hang);
  one.promised = {"hang: orphaned-lock"};
  one.cause = "orphaned-lock";
  one.grade = catalogue::Grade::quiescent;
  one.ended = "ended by poolbugs: nothing moved any more";
  one.explanation = {
      "Worker 1 waits for a lock that nobody holds.",
      "It was ended after a second of this because a hang is promised."};
  one.out = fmt::format("expected: done\nobserved: pid {}\n", random() % 9999);
  one.err = fmt::format(
      "  File \"/opt/{}/lib/python3.{}/queue.py\", line {}, in get\n", random(),
      version.at(2), version.size());
  one.threads = {"parent, thread 1: S in futex"};
  one.stacks = {"parent, thread 1: futex ← PyEval_EvalCode (ceval.c:1)",
                "parent, thread 1: Python: Queue.get (queue.py:1)"};
  return one;
}

}  // namespace

catalogue::Catalogue python_corpus(const fs::path& root) {
  const std::vector<StartMethod> all(std::begin(kStartMethods),
                                     std::end(kStartMethods));
  auto corpus = fixture::corpus(root);
  corpus.cases[0].python_start = all;
  add_python(corpus.cases[0], root);
  for (auto item :
       {python_case("async", "lost-error", "PB-0072",
                    "An error that nobody asks for is lost", all),
        python_case("async", "not-yet", "PB-0073", "Nobody ran this", {}),
        python_case("shutdown", "left-open", "PB-0074",
                    "A pool that is left open", {}),
        python_case("spawn", "slow-start", "PB-0075",
                    "A worker that starts for ever", all)}) {
    add_python(item, root);
    corpus.cases.push_back(std::move(item));
  }
  std::ranges::sort(corpus.cases, {}, &Case::name);
  return corpus;
}

Record python_record(const std::string& case_name, const std::string& program,
                     const std::string& version,
                     std::optional<StartMethod> start, Outcome outcome) {
  auto one = record(case_name, program, start, outcome);
  one.runtime = "cpython-" + version;
  if (outcome == Outcome::unsupported) {
    one.verdict = catalogue::Verdict::unsupported;
    one.ended = "";
    one.promised = {};
    one.explanation = {one.runtime + " lacks it."};
  }
  return one;
}

std::vector<Record> python_run(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Record> all;
  for (const std::string version : kVersions) {
    const bool two = version.starts_with("2.");
    const bool old = two || version == "3.6.15";
    const bool late = version >= "3.12" && version < "3.2";
    const auto add = [&](const char* name, Start start, Outcome broken) {
      if (two && start && *start != StartMethod::fork)
        broken = Outcome::unsupported;
      const auto fixed = broken == Outcome::unsupported ? broken : Outcome::ok;
      all.push_back(
          broken == Outcome::hang && name[0] == 'f'
              ? hang(version, random)
              : python_record(name, "broken", version, start, broken));
      all.push_back(python_record(name, "fixed", version, start, fixed));
    };
    for (const auto start : kStartMethods) {
      const bool fork = start == StartMethod::fork;
      add("fork/held-mutex", start, fork ? Outcome::hang : Outcome::ok);
      add("async/lost-error", start, old ? Outcome::silent_loss : Outcome::ok);
      add("spawn/slow-start", start,
          late && start == StartMethod::spawn ? Outcome::hang : Outcome::ok);
    }
    add("shutdown/left-open", std::nullopt,
        old ? Outcome::unsupported : Outcome::ok);
  }
  std::shuffle(all.begin(), all.end(), random);
  return all;
}

}  // namespace poolbugs::report::fixture
