#include "harness/cli/doctor_command.hpp"

#include <fmt/format.h>

#include <ostream>

#include "harness/catalogue/manifest.hpp"
#include "harness/cli/environment.hpp"
#include "harness/plan/plan.hpp"
#include "platform/features.hpp"
#include "platform/sandbox.hpp"
#include "platform/wait_reader.hpp"

namespace poolbugs::cli {
namespace {

void line(std::ostream& out, std::string_view subject, std::string_view text) {
  out << fmt::format("  {:<18} {}\n", subject, text);
}

/// Tries one sandbox for real. Returns whether it works.
bool try_sandbox(std::ostream& out, const Paths& paths, sandbox::Mode mode) {
  sandbox::Settings settings;
  settings.helper = paths.helper;
  settings.mode = mode;
  settings.visible = {paths.helper.parent_path(), paths.programs};
  const char* name = mode == sandbox::Mode::full ? "full" : "group";
  const auto opened = sandbox::Sandbox::open(settings);
  if (!opened) {
    line(out, name, "no: " + opened.error().text);
    return false;
  }
  const sandbox::Ability& ability = (*opened)->ability();
  line(out, name, "works");
  line(out, "  processes",
       fmt::format("at most {}, by {}", settings.limits.tasks,
                   ability.process_limit));
  line(out, "  memory",
       fmt::format("at most {} MiB, by {}", settings.limits.memory >> 20,
                   ability.memory_limit));
  line(out, "  disk",
       fmt::format("at most {} MiB, by {}", settings.limits.disk >> 20,
                   mode == sandbox::Mode::full
                       ? "the size of its own /tmp and /dev/shm"
                       : "the watchdog"));
  line(out, "  output",
       fmt::format("at most {} MiB, by the watchdog",
                   settings.limits.output >> 20));
  return true;
}

/// The builds for other platforms that runs can use.
void list_peers(std::ostream& out, const Paths& paths) {
  out << "Programs built for other platforms (run --programs FOLDER, and "
         "workers of cases with a peer)\n";
  for (const std::string& peer : catalogue::peers()) {
    const std::filesystem::path folder = paths.peers / peer / "cases";
    if (!std::filesystem::exists(folder / "target.toml")) {
      line(out, peer,
           fmt::format("not built; {} builds them", plan::builder_of(peer)));
      continue;
    }
    Paths other = paths;
    other.programs = folder;
    const auto around = ask_programs(other, machine_features());
    if (!around) {
      line(out, peer, "no: " + around.error().text);
      continue;
    }
    const auto& emulator = around->programs.emulator;
    line(out, peer,
         fmt::format("{}{}", folder.string(),
                     emulator.empty()
                         ? ""
                         : fmt::format(", by {}", fmt::join(emulator, " "))));
  }
}

}  // namespace

int doctor_command(const Paths& paths, std::ostream& out) {
  const Features features = machine_features();
  out << "This machine\n";
  line(out, "platform", platform_name());
  for (const auto& [name, version] : features.versions)
    line(out, name, fmt::format("{}", fmt::join(version, ".")));
  line(out, "features", fmt::format("{}", fmt::join(features.words, " ")));
  out << "Start methods\n";
  for (const StartMethod method : kStartMethods)
    line(out, to_string(method),
         plan::is_available(method, features) ? "works" : "not on this system");
  out << "CPython (`cpython` is the newest, `all` the newest of each 3.N)\n";
  const Interpreters interpreters = ask_this_machine();
  for (const Interpreter& one : interpreters.found)
    line(out, one.name(), one.executable.string());
  for (const BrokenInterpreter& one : interpreters.broken)
    line(out, "not used", one.executable.string() + ": " + one.why);
  if (interpreters.found.empty())
    line(out, "none",
         "programs in Python are not run; python3 on PATH, pyenv "
         "and uv were looked for, POOLBUGS_PYTHONS can name some");
  list_peers(out, paths);
  out << "Sandbox (the first that works is used)\n";
  const bool full = try_sandbox(out, paths, sandbox::Mode::full);
  const bool group = try_sandbox(out, paths, sandbox::Mode::group);
  if (!full && group)
    line(out, "",
         "runs share files, shared memory and the network with you; a program "
         "that writes outside of its folder is not stopped");
  out << "Proof of hangs\n";
  const auto readable = wait::can_read_trees();
  line(out, "proof",
       readable ? std::string("works")
                : fmt::format("no: {}; hangs are graded by what stood still "
                              "(quiescent, spinning, timeout)",
                              readable.error().text));
  if (readable) {
    const auto alarms = wait::can_exclude_alarms();
    line(out, "alarms",
         alarms ? std::string("a pending one can be excluded")
                : fmt::format("can be excluded only by asking each process, "
                              "which some calls do not allow: {}",
                              alarms.error().text));
  }
  return full || group ? 0 : 3;
}

}  // namespace poolbugs::cli
