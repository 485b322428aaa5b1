#include "harness/cli/environment.hpp"

#include <fmt/chrono.h>

#include <cstdlib>
#include <ctime>
#include <ostream>

namespace poolbugs::cli {
namespace {

std::string version_text(const Features& features, const char* name) {
  const auto found = features.versions.find(name);
  if (found == features.versions.end()) return "";
  return fmt::format("{}", fmt::join(found->second, "."));
}

std::string named(const char* name, const std::string& version) {
  return version.empty() ? "" : fmt::format("{} {}", name, version);
}

}  // namespace

std::vector<std::string> run_environment() {
  std::vector<std::string> environment{"PATH=/usr/local/bin:/usr/bin:/bin",
                                       "LANG=C.UTF-8",
                                       // Not beside the sources of cases.
                                       "PYTHONDONTWRITEBYTECODE=1"};
  for (const char* name :
       {"ASAN_OPTIONS", "GCOV_PREFIX", "GCOV_PREFIX_STRIP", "LD_LIBRARY_PATH",
        "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"})
    if (const char* value = std::getenv(name))
      environment.push_back(fmt::format("{}={}", name, value));
  return environment;
}

Features features_with(const sandbox::Ability& ability) {
  Features features = detect_features();
  if (ability.mode == sandbox::Mode::full) features.words.insert("namespaces");
  return features;
}

Interpreters ask_this_machine() {
  return ask_interpreters(interpreter_candidates());
}

Interpreters ask_this_machine(std::ostream& err) {
  Interpreters all = ask_this_machine();
  for (const BrokenInterpreter& one : all.broken)
    err << "poolbugs: not used: " << one.executable.string() << ": " << one.why
        << "\n";
  return all;
}

report::Environment describe_environment(const sandbox::Ability& ability) {
  const Features features = detect_features();
  report::Environment environment;
  environment.kernel = named("Linux", version_text(features, "kernel"));
  environment.libc = named("glibc", version_text(features, "glibc"));
  environment.compiler = "g++ " __VERSION__;
  environment.boost = version_text(features, "boost");
  environment.sandbox = ability.mode == sandbox::Mode::full
                            ? "full"
                            : fmt::format("group ({})", ability.why_not_full);
  environment.date =
      fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr)));
  return environment;
}

}  // namespace poolbugs::cli
