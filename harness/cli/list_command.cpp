#include "harness/cli/list_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "harness/cli/cmake_tests.hpp"
#include "harness/cli/environment.hpp"
#include "harness/plan/plan.hpp"

namespace poolbugs::cli {
namespace {

using catalogue::Case;
using nlohmann::ordered_json;

std::vector<std::string> start_names(const std::vector<StartMethod>& methods) {
  std::vector<std::string> names;
  for (const StartMethod method : methods)
    names.emplace_back(to_string(method));
  return names;
}

/// "fork, spawn; python: own children"
std::string starts_of(const Case& item) {
  const auto text = [](const std::vector<StartMethod>& methods) {
    return methods.empty()
               ? std::string("starts its own children")
               : fmt::format("{}", fmt::join(start_names(methods), ", "));
  };
  using catalogue::Language;
  const bool cpp = item.program("broken", Language::cpp) != nullptr;
  if (item.program("broken", Language::python) == nullptr)
    return text(item.start);
  const std::string python = "python: " + text(item.python_start);
  return cpp ? fmt::format("{}; {}", text(item.start), python) : python;
}

void write_table(const std::vector<Case>& cases, std::ostream& out) {
  std::size_t width = 0;
  for (const Case& item : cases) width = std::max(width, item.name().size());
  for (const Case& item : cases)
    out << fmt::format("{:<{}}  {}  {} ({})\n", item.name(), width, item.id,
                       item.title, starts_of(item));
}

ordered_json json_of(const catalogue::Program& program) {
  ordered_json promised = ordered_json::array();
  for (const catalogue::ConditionalPromise& item : program.promised) {
    ordered_json texts = ordered_json::array();
    for (const catalogue::Promise& promise : item.promises)
      texts.push_back(promise.text());
    promised.push_back({{"when", item.when.text()}, {"promises", texts}});
  }
  return {{"name", program.name},
          {"file", program.file_name()},
          {"promised", promised}};
}

void write_json(const std::vector<Case>& cases, std::ostream& out) {
  ordered_json list = ordered_json::array();
  for (const Case& item : cases) {
    ordered_json programs = ordered_json::array();
    for (const catalogue::Program& program : item.programs)
      programs.push_back(json_of(program));
    list.push_back({{"case", item.name()},
                    {"id", item.id},
                    {"title", item.title},
                    {"aliases", item.aliases},
                    {"start", start_names(item.start)},
                    {"start.py", start_names(item.python_start)},
                    {"peer", item.peer.empty() ? ordered_json(nullptr)
                                               : ordered_json(item.peer)},
                    {"needs", item.needs},
                    {"links", item.links},
                    {"programs", programs}});
  }
  out << list.dump(2) << "\n";
}

Result<void> write_tests(const catalogue::Catalogue& catalogue,
                         const ListOptions& options, std::ostream& out) {
  plan::Selection selection;
  selection.patterns = options.patterns;
  const auto around = ask_programs(options.paths, machine_features());
  if (!around) return around.error();
  const auto runs =
      plan::make_plan(catalogue, selection, around->features, around->programs,
                      [] { return ask_this_machine(); });
  if (!runs) return runs.error();
  out << "# Written by `poolbugs list --ctest`.\n";
  for (const plan::PlannedRun& run : *runs)
    out << cmake_test(run, options.command, options.run_options, run.platform);
  return {};
}

}  // namespace

int list_command(const ListOptions& options, std::ostream& out,
                 std::ostream& err) {
  const auto catalogue = load_or_explain(options.paths.cases, err);
  if (!catalogue) return 2;
  const auto cases = catalogue::select(*catalogue, options.patterns);
  Result<void> listed;
  if (!cases)
    listed = cases.error();
  else if (options.ctest)
    listed = write_tests(*catalogue, options, out);
  else if (options.json)
    write_json(*cases, out);
  else
    write_table(*cases, out);
  if (listed) return 0;
  err << "poolbugs: " << listed.error().text << "\n";
  return 2;
}

}  // namespace poolbugs::cli
