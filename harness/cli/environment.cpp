#include "harness/cli/environment.hpp"

#include <fmt/chrono.h>

#include <boost/config.hpp>
#include <cstdlib>
#include <ctime>
#include <ostream>

#include "platform/output.hpp"
#include "platform/spawn.hpp"
#include "platform/system_text.hpp"
#include "platform/wait_reader.hpp"

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
  std::vector<std::string> environment = usual_variables();
  // Not beside the sources of cases.
  environment.emplace_back("PYTHONDONTWRITEBYTECODE=1");
  for (const char* name :
       {"ASAN_OPTIONS", "GCOV_PREFIX", "GCOV_PREFIX_STRIP", "LD_LIBRARY_PATH",
        "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"})
    if (const char* value = std::getenv(name))
      environment.push_back(fmt::format("{}={}", name, value));
  return environment;
}

Features machine_features() {
  Features features = detect_features();
  if (wait::can_read_trees()) features.words.insert("proof");
  return features;
}

Features features_with(const sandbox::Ability& ability) {
  Features features = machine_features();
  if (ability.mode == sandbox::Mode::full) features.words.insert("namespaces");
  return features;
}

Result<plan::Surroundings> ask_programs(const Paths& paths,
                                        const Features& here) {
  const auto self = own_executable();
  if (!self) return self.error();
  const plan::Programs own{default_paths().programs,
                           {},
                           std::filesystem::path(*self).extension().string(),
                           platform_name(),
                           false,
                           paths.peers};
  return plan::surroundings_of(paths.programs, own, here, output_of);
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

report::Environment describe_environment(const sandbox::Ability& ability,
                                         const Features& features) {
  report::Environment environment;
  environment.kernel = system_text();
  // Of a build for another machine only its answer tells.
  environment.libc = named("glibc", version_text(features, "glibc"));
  if (environment.libc.empty()) environment.libc = libc_text();
  environment.compiler = BOOST_COMPILER;
  environment.boost = version_text(features, "boost");
  environment.sandbox = ability.mode == sandbox::Mode::full
                            ? "full"
                            : fmt::format("group ({})", ability.why_not_full);
  environment.date =
      fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::time(nullptr)));
  return environment;
}

}  // namespace poolbugs::cli
