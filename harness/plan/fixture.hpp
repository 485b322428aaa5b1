// What the tests of the plan share: two cases, and what is made of them.
#pragma once

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "harness/plan/plan.hpp"

namespace poolbugs::plan {

inline catalogue::ConditionalPromise when(std::string_view condition,
                                          catalogue::Outcome outcome) {
  return {*catalogue::Condition::parse(condition), {{outcome, ""}}};
}

inline catalogue::Case make_case(std::string area, std::string slug,
                                 std::vector<StartMethod> start) {
  catalogue::Case item;
  item.area = std::move(area);
  item.slug = std::move(slug);
  item.start = std::move(start);
  using catalogue::Language;
  item.programs = {
      {"broken", Language::cpp, {}, {when("true", catalogue::Outcome::hang)}},
      {"fixed", Language::cpp, {}, {when("true", catalogue::Outcome::ok)}}};
  return item;
}

class Plan : public testing::Test {
 protected:
  Plan() {
    features_.words = {"linux", "can_fork", "threads"};
    catalogue_.cases = {make_case("fork", "held-mutex",
                                  {StartMethod::fork, StartMethod::spawn}),
                        make_case("fork", "stdio-buffer", {})};
  }

  Result<std::vector<PlannedRun>> plan() {
    return make_plan(catalogue_, selection_, features_, programs_, [this] {
      ++asked_;
      return interpreters_;
    });
  }
  /// Names of the runs, or the Error.
  std::vector<std::string> names() {
    const auto runs = plan();
    if (!runs) return {runs.error().text};
    std::vector<std::string> found;
    for (const PlannedRun& run : *runs)
      found.push_back(fmt::format("{} {}", run.name(), run.repetition));
    return found;
  }

  /// A twin in the first case, and three interpreters.
  void add_python() {
    using catalogue::Language;
    catalogue::Case& item = catalogue_.cases[0];
    item.python_start = {StartMethod::fork, StartMethod::spawn};
    item.programs.push_back({"broken",
                             Language::python,
                             "/c/broken.py",
                             {when("python >= 3.8", catalogue::Outcome::hang),
                              when("fork", catalogue::Outcome::ok)}});
    interpreters_.found = {interpreter({3, 13, 0}), interpreter({3, 8, 2}),
                           interpreter({2, 7, 18})};
    interpreters_.found[2].start_methods = {StartMethod::fork};
  }
  static Interpreter interpreter(const std::vector<int>& version) {
    Interpreter one;
    one.version = version;
    one.executable = fmt::format("/{}/python3", fmt::join(version, "."));
    one.start_methods = {StartMethod::fork, StartMethod::spawn,
                         StartMethod::forkserver};
    return one;
  }
  PlannedRun only() {
    const auto runs = plan();
    if (!runs || runs->size() != 1) throw std::runtime_error("not one run");
    return runs->front();
  }

  catalogue::Catalogue catalogue_;
  Selection selection_;
  Features features_;
  Programs programs_{"/programs", {}, "", "linux", false, "/builds"};
  Interpreters interpreters_;
  int asked_ = 0;  ///< for the interpreters
};

}  // namespace poolbugs::plan
