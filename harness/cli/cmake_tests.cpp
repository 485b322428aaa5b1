#include "harness/cli/cmake_tests.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace poolbugs::cli {
namespace {

/// What the summary of `run` says of its only run if that cannot run here. A
/// whole line: the word alone may be in the output of a program that failed.
constexpr std::string_view kSkipped = "(^|\n)1 not run, unsupported here:";

}  // namespace

std::string cmake_quoted(std::string_view text) {
  std::string equals;
  const auto ends = [&] { return fmt::format("]{}", equals); };
  // Also a `]` at the very end would close the bracket early.
  while (fmt::format("{}]", text).find(ends() + "]") != std::string::npos ||
         text.ends_with(ends()))
    equals += '=';
  // CMake drops a line end that directly follows the opening bracket.
  const std::string_view kept = text.starts_with('\n') ? "\n" : "";
  return fmt::format("[{0}[{1}{2}]{0}]", equals, kept, text);
}

std::string cmake_test(const plan::PlannedRun& run,
                       const std::vector<std::string>& command,
                       const std::vector<std::string>& run_options,
                       std::string_view platform) {
  std::vector<std::string> words = command;
  words.insert(words.end(),
               {"run", run.item.name(), "--program", run.program.name});
  std::vector<std::string> labels{run.item.area};
  std::string name = run.name();
  if (run.runtime != plan::kNative) {
    // Whichever is the newest then: interpreters come and go between builds.
    words.insert(words.end(), {"--runtime", "cpython"});
    labels.emplace_back("cpython");
    name = fmt::format("{}.{}.cpython", run.item.name(), run.program.name);
  } else {
    // The twin in Python has a test of its own.
    words.insert(words.end(), {"--runtime", std::string(plan::kNative)});
    if (run.start) {
      words.insert(words.end(),
                   {"--start-method", std::string(to_string(*run.start))});
      labels.emplace_back(to_string(*run.start));
    }
  }
  words.insert(words.end(), run_options.begin(), run_options.end());
  labels.emplace_back(platform);
  for (std::string& word : words) word = cmake_quoted(word);
  name = cmake_quoted(name);
  return fmt::format(
      "add_test({0} {1})\n"
      "set_tests_properties({0} PROPERTIES LABELS {2}\n"
      "  SKIP_REGULAR_EXPRESSION {3} TIMEOUT 120)\n",
      name, fmt::join(words, " "),
      cmake_quoted(fmt::format("{}", fmt::join(labels, ";"))),
      cmake_quoted(kSkipped));
}

}  // namespace poolbugs::cli
