#include "harness/cli/run_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <set>
#include <thread>

#include "harness/cli/environment.hpp"
#include "harness/cli/progress.hpp"
#include "harness/judge/judge.hpp"
#include "harness/report/journal.hpp"
#include "harness/report/junit.hpp"
#include "harness/report/report.hpp"
#include "harness/report/terminal.hpp"
#include "harness/run/runner.hpp"

namespace poolbugs::cli {
namespace {

using report::Record;

constexpr int kAsPromised = 0, kBroken = 1, kUsage = 2, kHarness = 3;

int complain(std::ostream& err, const std::string& text, int status) {
  err << "poolbugs: " << text << "\n";
  return status;
}

sandbox::Settings sandbox_settings(const RunOptions& options) {
  sandbox::Settings settings;
  settings.helper = options.paths.helper;
  settings.mode = options.sandbox;
  settings.visible = {options.paths.programs,
                      options.paths.helper.parent_path(), options.paths.cases};
  if (std::filesystem::exists(options.paths.peers))
    settings.visible.push_back(options.paths.peers);
  // VERSION/bin/python3; what does not lie below /tmp is seen anyway.
  for (const auto& python : interpreter_candidates())
    if (python.generic_string().starts_with("/tmp/"))
      settings.visible.push_back(python.parent_path().parent_path());
  if (const char* counters = std::getenv("GCOV_PREFIX"))
    settings.writable.emplace_back(counters);
  const auto grace = std::chrono::duration_cast<std::chrono::milliseconds>(
      settings.limits.leak_grace * options.timeout_scale);
  settings.limits.leak_grace = grace;
  return settings;
}

run::RunSettings run_settings(const RunOptions& options,
                              const sandbox::Limits& limits) {
  using std::chrono::milliseconds;
  run::RunSettings settings;
  const auto scaled = [&](milliseconds time) {
    return std::chrono::duration_cast<milliseconds>(time *
                                                    options.timeout_scale);
  };
  settings.watch.quiet = scaled(settings.watch.quiet);
  settings.watch.deadline = scaled(settings.watch.deadline);
  settings.grace = scaled(settings.grace);
  settings.watch.tasks = limits.tasks;
  settings.watch.memory = limits.memory;
  settings.watch.disk = limits.disk;
  settings.watch.output = limits.output;
  settings.jobs =
      options.jobs > 0
          ? options.jobs
          : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  settings.full_time = options.full_time;
  settings.environment = run_environment();
  return settings;
}

/// A journal to write to, and what it holds already.
struct Kept {
  report::Journal journal;
  std::vector<Record> done;
};

Result<Kept> open_journal(const RunOptions& options,
                          const std::vector<plan::PlannedRun>& plan) {
  if (!options.resume.empty()) {
    auto resumed = report::Journal::resume(options.resume, plan);
    if (!resumed) return resumed.error();
    return Kept{std::move(resumed->first), std::move(resumed->second)};
  }
  if (options.json.empty()) return Kept{};
  auto created = report::Journal::create(options.json, plan);
  if (!created) return created.error();
  return Kept{std::move(*created), {}};
}

std::vector<plan::PlannedRun> without(std::vector<plan::PlannedRun> plan,
                                      const std::vector<Record>& done) {
  std::set<std::string> keys;
  for (const Record& record : done) keys.insert(report::run_key(record));
  std::erase_if(plan, [&](const plan::PlannedRun& planned) {
    return keys.contains(report::run_key(planned));
  });
  return plan;
}

Result<void> write_text(const std::filesystem::path& file,
                        const std::string& text, std::ios::openmode mode) {
  errno = 0;
  std::ofstream stream(file, std::ios::binary | mode);
  stream << text << std::flush;
  if (!stream) return errno_error("write " + file.string(), errno);
  return {};
}

/// Everything that is written when the runs are over.
Result<void> write_results(const RunOptions& options,
                           const catalogue::Catalogue& catalogue,
                           const std::vector<Record>& records,
                           const report::Environment& environment,
                           const std::string& platform) {
  if (!options.junit.empty())
    if (auto wrote =
            write_text(options.junit, report::junit(records), std::ios::trunc);
        !wrote)
      return wrote;
  if (const char* summary = std::getenv("GITHUB_STEP_SUMMARY");
      summary != nullptr && *summary != '\0')
    if (auto wrote = write_text(
            summary, report::github_summary(catalogue, records), std::ios::app);
        !wrote)
      return wrote;
  if (options.report.empty()) return {};
  const auto wrote = report::write_reports(catalogue, records, options.report);
  if (!wrote) return wrote.error();
  return report::write_environment(environment, options.report, platform);
}

int exit_status(const std::vector<Record>& records) {
  int status = kAsPromised;
  for (const Record& record : records) {
    if (record.outcome == catalogue::Outcome::harness_error) return kHarness;
    if (record.verdict == catalogue::Verdict::broken_promise) status = kBroken;
  }
  return status;
}

/// The first program that a run needs and that is not there, or "".
std::filesystem::path first_not_built(
    const std::vector<plan::PlannedRun>& plan) {
  for (const plan::PlannedRun& planned : plan)
    if (planned.unsupported.empty() && !planned.built.empty() &&
        !std::filesystem::exists(planned.built))
      return planned.built;
  return {};
}

std::string how_to_build(const plan::Surroundings& around) {
  return around.programs.foreign ? plan::builder_of(around.programs.platform)
                                 : "cmake --build " POOLBUGS_BINARY_DIR;
}

/// What can be said of a run that this machine cannot make.
void add_unsupported(const std::vector<plan::PlannedRun>& plan,
                     Progress& progress) {
  for (const plan::PlannedRun& planned : plan)
    if (!planned.unsupported.empty()) progress.finished(planned, {});
}

}  // namespace

int run_command(const RunOptions& options, std::ostream& out,
                std::ostream& err) {
  const auto catalogue = load_or_explain(options.paths.cases, err);
  if (!catalogue) return kUsage;
  const sandbox::Settings settings = sandbox_settings(options);
  auto sandbox = sandbox::Sandbox::open(settings);
  if (!sandbox) return complain(err, sandbox.error().text, kHarness);
  const sandbox::Ability& ability = (*sandbox)->ability();
  auto around = ask_programs(options.paths, features_with(ability));
  if (!around) return complain(err, around.error().text, kUsage);
  Features& features = around->features;
  if (options.no_proof) features.words.erase("proof");
  auto plan =
      plan::make_plan(*catalogue, options.selection, features, around->programs,
                      [&] { return ask_this_machine(err); });
  if (!plan) return complain(err, plan.error().text, kUsage);
  if (const auto program = first_not_built(*plan); !program.empty())
    return complain(err,
                    fmt::format("{} is not built ({}); nothing was run",
                                program.string(), how_to_build(*around)),
                    kUsage);
  auto kept = open_journal(options, *plan);
  if (!kept)  // to resume the wrong file is a mistake, a full disk is not
    return complain(err, kept.error().text,
                    options.resume.empty() ? kHarness : kUsage);

  const bool colour =
      stdout_is_terminal() && std::getenv("NO_COLOR") == nullptr;
  const std::size_t planned = plan->size();
  std::optional<int> stopped_by;
  std::vector<Record> records;
  std::string journal_error;
  {
    Console console;
    Progress progress(planned, std::move(kept->journal), console, out, colour);
    for (Record& record : kept->done) progress.add(std::move(record));
    const auto to_run = without(std::move(*plan), progress.records());
    add_unsupported(to_run, progress);
    run::run_all(to_run, **sandbox, run_settings(options, settings.limits),
                 progress);
    progress.clear_line();
    stopped_by = progress.stopped_by();
    records = progress.records();
    journal_error = progress.journal_error();
  }
  const auto wrote = write_results(options, *catalogue, records,
                                   describe_environment(ability, features),
                                   around->programs.platform);
  report::TerminalOptions terminal;
  terminal.colour = colour;
  if (!options.report.empty()) terminal.open = options.report / "index.md";
  out << report::terminal_summary(records, terminal);
  if (stopped_by)
    out << fmt::format("interrupted: {} of {} runs were not made\n",
                       planned - records.size(), planned);
  out << std::flush;
  if (!wrote) return complain(err, wrote.error().text, kHarness);
  if (!journal_error.empty()) return complain(err, journal_error, kHarness);
  if (stopped_by) {
    sandbox->reset();
    die_of_signal(*stopped_by);
  }
  return exit_status(records);
}

}  // namespace poolbugs::cli
