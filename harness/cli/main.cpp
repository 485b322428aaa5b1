// The command line of poolbugs (CLI11) and nothing else.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <filesystem>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/cli/diagnose_command.hpp"
#include "harness/cli/doctor_command.hpp"
#include "harness/cli/list_command.hpp"
#include "harness/cli/new_command.hpp"
#include "harness/cli/report_command.hpp"
#include "harness/cli/run_command.hpp"
#include "harness/cli/show_command.hpp"
#include "harness/cli/watch_command.hpp"
#include "platform/own_process.hpp"
#include "platform/spawn.hpp"

namespace poolbugs::cli {
namespace {

constexpr int kUsage = 2, kHarness = 3;
/// As timeout(1) and other commands that run commands: 1 to 3 are theirs.
constexpr int kWatchFailed = 125;

const std::map<std::string, StartMethod> kMethods{
    {"fork", StartMethod::fork},
    {"spawn", StartMethod::spawn},
    {"forkserver", StartMethod::forkserver}};
const std::map<std::string, sandbox::Mode> kModes{
    {"full", sandbox::Mode::full}, {"group", sandbox::Mode::group}};

/// One of these words, turned into its value; says which there are.
template <class Enum>
CLI::Validator one_of(const std::map<std::string, Enum>& words) {
  std::string names;
  for (const auto& [name, value] : words)
    names += (names.empty() ? "" : ", ") + name;
  return {[words, names](std::string& word) {
            const auto found = words.find(word);
            if (found == words.end())
              return "there is no `" + word + "`; there are " + names;
            // CLI11 reads an enumeration from its number.
            word = std::to_string(static_cast<int>(found->second));
            return std::string();
          },
          names};
}

void add_paths(CLI::App& command, Paths& paths) {
  command.add_option("--cases", paths.cases, "Folder of the cases")
      ->check(CLI::ExistingDirectory);
  command.add_option("--programs", paths.programs,
                     "Folder of their built programs; also of a build for "
                     "another platform (build/s390x/cases)");
  command.add_option("--peers", paths.peers,
                     "Folder of the builds for other platforms, for workers "
                     "of another build; default: beside this build");
}

/// "2/5" as shard 2 of 5.
CLI::Option* add_shard(CLI::App& command, plan::Selection& selection) {
  return command
      .add_option_function<std::string>(
          "--shard",
          [&selection](const std::string& text) {
            const auto slash = text.find('/');
            if (slash == std::string::npos ||
                !CLI::detail::lexical_cast(text.substr(0, slash),
                                           selection.shard) ||
                !CLI::detail::lexical_cast(text.substr(slash + 1),
                                           selection.shards))
              throw CLI::ValidationError("--shard",
                                         "write it as K/N, like 2/5");
          },
          "Run the K-th of N parts of the plan")
      ->type_name("K/N");
}

CLI::App* add_run(CLI::App& app, RunOptions& options) {
  CLI::App* run = app.add_subcommand(
      "run", "Run cases and hold what happens against what they promise");
  run->add_option("pattern", options.selection.patterns,
                  "area/slug, area, slug, id, alias or a glob; default: all");
  run->add_option("--program", options.selection.programs,
                  "Only this half: broken or fixed")
      ->allow_extra_args(false);
  run->add_option("--start-method", options.selection.start_methods,
                  "Only this one: fork, spawn or forkserver")
      ->transform(one_of(kMethods))
      ->allow_extra_args(false);
  run->add_option("--runtime", options.selection.runtimes,
                  "Only this one: native, cpython (the newest), cpython-3.13, "
                  "all; default: native, and cpython by one start method each")
      ->allow_extra_args(false);
  run->add_option("--repeat", options.selection.repeat, "Run each N times")
      ->check(CLI::Range(1, 1'000'000));
  run->add_option("--jobs", options.jobs,
                  "Runs that use the CPU at a time; default: the CPUs")
      ->check(CLI::Range(1, 256));
  add_shard(*run, options.selection);
  run->add_option("--sandbox", options.sandbox,
                  "full or group; default: the first that works")
      ->transform(one_of(kModes));
  run->add_option("--report", options.report, "Write the pages to this folder");
  CLI::Option* json = run->add_option(
      "--json", options.json, "Write results to this file as they come");
  run->add_option("--junit", options.junit, "Write a JUnit file");
  run->add_option("--resume", options.resume,
                  "Go on with the --json file of a run that was ended")
      ->check(CLI::ExistingFile)
      ->excludes(json);
  run->add_flag("--no-proof", options.no_proof,
                "Do not prove hangs: wait until nothing moved for a while; "
                "promised causes of hangs are not checked");
  run->add_flag("--full-time", options.full_time,
                "Believe no hang because it was promised: only a whole proof "
                "ends a run before its time is over");
  run->add_option("--timeout-scale", options.timeout_scale,
                  "Multiply every time limit, for slow machines")
      ->check(CLI::Range(0.1, 1000.0));
  add_paths(*run, options.paths);
  return run;
}

CLI::App* add_list(CLI::App& app, ListOptions& options) {
  CLI::App* list = app.add_subcommand("list", "List the cases");
  list->add_option("pattern", options.patterns, "As for run");
  list->add_flag("--json", options.json, "As one JSON array");
  list->add_flag("--ctest", options.ctest, "As a script of tests for ctest");
  return list;
}

void add_facts(CLI::App& command, std::filesystem::path& facts) {
  command.add_option(
      "--facts", facts,
      "Write to this file what the verdict was made of (ids, names, paths, "
      "words of locks), for a report that it is wrong");
}

CLI::App* add_watch(CLI::App& app, WatchOptions& options) {
  CLI::App* watch = app.add_subcommand(
      "watch",
      "Run a command as without us, until it is proved that it can never end");
  watch
      ->add_option("--timeout", options.timeout,
                   "End it after so many seconds, and say what it did")
      ->check(CLI::PositiveNumber)
      ->type_name("SECONDS");
  watch->add_option("--json", options.json, "Write what happened to this file");
  watch->add_option("--markdown", options.markdown, "Write a page about it");
  add_facts(*watch, options.facts);
  watch->add_flag("--keep", options.keep,
                  "Never end it: say once what is wrong, then wait until "
                  "somebody else ends it");
  watch->add_flag("--stacks", options.stacks,
                  "Take stacks with --keep too; that interrupts system calls");
  watch
      ->add_option_function<std::string>(
          "--assume",
          [&options](const std::string&) { options.no_signals = true; },
          "no-signals: nobody sends it a signal that it handles, or stops it, "
          "so that a program that only rests until then is ended as well")
      ->check(CLI::IsMember({"no-signals"}))
      ->type_name("WHAT");
  watch->add_option("--cases", options.corpus.cases, "Folder of the cases");
  watch->footer(
      "-- COMMAND...  What to run, after two dashes\n\n"
      "Exit status: the command's own, or its signal; 120 it is proved that "
      "it\n"
      "can never end; after --timeout 121 it burns CPU time and nothing comes\n"
      "of it, 122 nothing moves, 124 neither; 125 poolbugs failed, 126 the\n"
      "command cannot be executed, 127 it was not found. With --keep the "
      "same,\n"
      "when it has ended.");
  return watch;
}

CLI::App* add_diagnose(CLI::App& app, DiagnoseOptions& options) {
  CLI::App* diagnose = app.add_subcommand(
      "diagnose",
      "Say what a running process and its descendants wait for, without "
      "touching them");
  diagnose->add_option("PID", options.process, "The first process of the tree")
      ->required()
      ->check([](const std::string& text) {
        const bool number =
            !text.empty() && text.size() < 10 &&
            text.find_first_not_of("0123456789") == std::string::npos;
        return number ? std::string() : "\"" + text + "\" is no process id";
      });
  diagnose->add_flag("--stacks", options.stacks,
                     "Take stacks, and ask for alarms that nothing else shows; "
                     "that interrupts system calls");
  diagnose->add_option("--json", options.json,
                       "Write it to this file, or to stdout (-)");
  diagnose->add_option("--markdown", options.markdown,
                       "Write a page to this file, or to stdout (-)");
  add_facts(*diagnose, options.facts);
  diagnose->add_option("--cases", options.corpus.cases, "Folder of the cases");
  diagnose->footer(
      "Exit status: 0 somebody in it may move, 120 it is proved that nobody\n"
      "can, 122 nobody moves but that is no proof, 2 there is no such "
      "process,\n"
      "125 it may not be looked into.");
  return diagnose;
}

/// Takes the command after the first `--` of `watch` out of our own words:
/// nothing in it is for us.
std::optional<std::vector<std::string>> cut_command(int& argc, char** argv) {
  if (argc < 2 || std::string_view(argv[1]) != "watch") return std::nullopt;
  char** const end = argv + argc;
  char** const dashes = std::find(argv + 2, end, std::string_view("--"));
  if (dashes == end) return std::vector<std::string>();
  argc = static_cast<int>(dashes - argv);
  return std::vector<std::string>(dashes + 1, end);
}

int dispatch(int argc, char** argv) {
  CLI::App app("Process-pool failures: reproduced, explained, repaired.",
               "poolbugs");
  app.set_version_flag("--version",
                       std::string("poolbugs ") + POOLBUGS_VERSION);
  // Not at least 1: what was written is the better complaint.
  app.require_subcommand(0, 1);
  RunOptions run_options;
  ListOptions list_options;
  Paths paths = default_paths();
  ReportOptions report_options;
  std::string case_name, new_name;
  bool new_in_python = false;
  WatchOptions watch_options;
  DiagnoseOptions diagnose_options;
  const auto command = cut_command(argc, argv);

  CLI::App* run = add_run(app, run_options);
  CLI::App* list = add_list(app, list_options);
  add_paths(*list, paths);
  CLI::App* show = app.add_subcommand("show", "Tell the story of a case");
  show->add_option("case", case_name, "area/slug, slug, id or alias")
      ->required();
  add_paths(*show, paths);
  CLI::App* doctor = app.add_subcommand(
      "doctor", "Say what this machine can run, and why not the rest");
  CLI::App* report = app.add_subcommand(
      "report", "Write the pages of results that are already there");
  report->add_option("file", report_options.files, "Journals or results.jsonl")
      ->required();
  report->add_option("--to", report_options.to, "The folder of the pages")
      ->required();
  add_paths(*report, report_options.paths);
  CLI::App* watch = add_watch(app, watch_options);
  CLI::App* diagnose = add_diagnose(app, diagnose_options);
  CLI::App* fresh = app.add_subcommand("new", "Begin a case");
  fresh->add_option("case", new_name, "AREA/SLUG")->required();
  fresh->add_flag("--python", new_in_python,
                  "With programs in Python, not in C++");
  add_paths(*fresh, paths);

  try {
    app.parse(argc, argv);
    if (app.get_subcommands().empty())
      throw CLI::RequiredError(
          "A command: run, watch, diagnose, list, show, doctor, report, new");
    if (watch->parsed() && command->empty())
      throw CLI::RequiredError(
          "A command after two dashes, like in `poolbugs watch -- make test`,");
  } catch (const CLI::ParseError& error) {
    if (app.exit(error) == 0) return 0;
    return command ? kWatchFailed : kUsage;
  }
  if (watch->parsed()) {
    watch_options.command = *command;
    return watch_command(watch_options, std::cerr);
  }
  if (diagnose->parsed())
    return diagnose_command(diagnose_options, std::cout, std::cerr);
  // Runs have a working folder of their own.
  Paths usual = default_paths();
  for (Paths* each :
       {&run_options.paths, &paths, &report_options.paths, &usual}) {
    each->cases = std::filesystem::absolute(each->cases);
    each->programs = std::filesystem::absolute(each->programs);
    each->peers = std::filesystem::absolute(each->peers);
  }
  if (run->parsed()) return run_command(run_options, std::cout, std::cerr);
  if (report->parsed())
    return report_command(report_options, std::cout, std::cerr);
  if (doctor->parsed()) return doctor_command(paths, std::cout);
  if (list->parsed()) {
    list_options.paths = paths;
    list_options.command = own_command().value();
    if (paths.cases != usual.cases || paths.programs != usual.programs)
      list_options.run_options = {"--cases", paths.cases.string(), "--programs",
                                  paths.programs.string()};
    if (paths.peers != usual.peers)
      list_options.run_options.insert(list_options.run_options.end(),
                                      {"--peers", paths.peers.string()});
    return list_command(list_options, std::cout, std::cerr);
  }
  if (show->parsed())
    return show_command({paths, case_name}, std::cout, std::cerr);
  return new_command(
      {paths, new_name,
       new_in_python ? catalogue::Language::python : catalogue::Language::cpp},
      std::cout, std::cerr);
}

}  // namespace
}  // namespace poolbugs::cli

int main(int argc, char** argv) {
  poolbugs::use_plain_output();
  try {
    return poolbugs::cli::dispatch(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "poolbugs: internal error: " << error.what() << "\n";
    const bool watches = argc > 1 && std::string_view(argv[1]) == "watch";
    return watches ? poolbugs::cli::kWatchFailed : poolbugs::cli::kHarness;
  }
}
