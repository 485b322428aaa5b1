#include "harness/plan/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace poolbugs::plan {
namespace {

using catalogue::Case;
using catalogue::ConditionalPromise;
using catalogue::Program;

std::vector<std::optional<StartMethod>> ways_to_start(const Case& item) {
  if (item.start.empty()) return {std::nullopt};
  std::vector<std::optional<StartMethod>> ways;
  for (const StartMethod method : kStartMethods)
    if (std::ranges::find(item.start, method) != item.start.end())
      ways.emplace_back(method);
  return ways;
}

/// Fills in what the run promises here, or why it cannot run.
void decide(PlannedRun& run, const Features& features) {
  if (run.start && !is_available(*run.start, features)) {
    run.unsupported = fmt::format("the start method {} does not exist here",
                                  to_string(*run.start));
    return;
  }
  std::vector<std::string> missing;
  for (const std::string& word : run.item.needs)
    if (!features.has(word)) missing.push_back(word);
  if (!missing.empty()) {
    run.unsupported = fmt::format("needs {}, which this machine lacks",
                                  fmt::join(missing, ", "));
    return;
  }
  const catalogue::RunContext context{features, run.start};
  const auto& promised = run.program.promised;
  const auto first = std::ranges::find_if(
      promised,
      [&](const ConditionalPromise& item) { return item.when.holds(context); });
  if (first != promised.end()) {
    run.promised = first->promises;
    return;
  }
  std::vector<std::string> conditions;
  for (const ConditionalPromise& item : promised)
    conditions.push_back(fmt::format("`{}`", item.when.text()));
  run.unsupported = fmt::format("nothing is promised here: none of {} holds",
                                fmt::join(conditions, ", "));
}

class Planner {
 public:
  Planner(const Selection& selection, const Features& features,
          const std::filesystem::path& programs_root)
      : selection_(selection),
        features_(features),
        programs_root_(programs_root) {}

  std::vector<PlannedRun> plan(const std::vector<Case>& cases) {
    for (const Case& item : cases)
      for (const Program& program : item.programs) {
        if (!wanted(selection_.programs, program.name)) continue;
        used_programs_.insert(program.name);
        for (const auto start : ways_to_start(item)) add(item, program, start);
      }
    return std::move(runs_);
  }

  /// An Error if the selection names what no selected case has.
  [[nodiscard]] Result<void> check() const {
    for (const std::string& name : selection_.programs)
      if (!used_programs_.contains(name))
        return Error{fmt::format(
            "no selected case has a program `{}`; there are broken and fixed",
            name)};
    for (const StartMethod method : selection_.start_methods)
      if (!used_methods_.contains(method))
        return Error{
            fmt::format("no selected program starts its workers by "
                        "{}; `poolbugs list` shows the start methods",
                        to_string(method))};
    return {};
  }

 private:
  template <class T>
  static bool wanted(const std::vector<T>& selected, const T& item) {
    return selected.empty() ||
           std::ranges::find(selected, item) != selected.end();
  }

  void add(const Case& item, const Program& program,
           std::optional<StartMethod> start) {
    if (!selection_.start_methods.empty() &&
        (!start || !wanted(selection_.start_methods, *start)))
      return;
    PlannedRun run;
    run.item = item;
    run.program = program;
    run.start = start;
    run.executable = programs_root_ / item.area / item.slug / program.name;
    run.proof = features_.has("proof");
    if (start) {
      used_methods_.insert(*start);
      run.arguments.emplace_back(to_string(*start));
    }
    decide(run, features_);
    for (int i = 1; i <= selection_.repeat; ++i) {
      run.repetition = i;
      if (count_++ % selection_.shards == selection_.shard - 1)
        runs_.push_back(run);
    }
  }

  const Selection& selection_;
  const Features& features_;
  const std::filesystem::path& programs_root_;
  std::vector<PlannedRun> runs_;
  std::set<std::string> used_programs_;
  std::set<StartMethod> used_methods_;
  long long count_ = 0;  ///< of all shards
};

}  // namespace

std::string PlannedRun::name() const {
  std::string text = fmt::format("{}.{}", item.name(), program.name);
  if (start) text += fmt::format(".{}", to_string(*start));
  return text;
}

bool is_available(StartMethod method, const Features& features) {
  return method == StartMethod::spawn || features.has("can_fork");
}

Result<std::vector<PlannedRun>> make_plan(
    const catalogue::Catalogue& catalogue, const Selection& selection,
    const Features& features, const std::filesystem::path& programs_root) {
  if (selection.repeat < 1)
    return Error{
        fmt::format("{} repetitions: repeat at least once", selection.repeat)};
  if (selection.shards < 1 || selection.shard < 1 ||
      selection.shard > selection.shards)
    return Error{fmt::format("no shard {}/{}: write K/N with K from 1 to N",
                             selection.shard, selection.shards)};
  if (catalogue.cases.empty())
    return Error{"the catalogue is empty: there is no case to run"};
  const auto cases = catalogue::select(catalogue, selection.patterns);
  if (!cases) return cases.error();
  Planner planner(selection, features, programs_root);
  std::vector<PlannedRun> runs = planner.plan(*cases);
  if (const Result<void> sound = planner.check(); !sound) return sound.error();
  return runs;
}

}  // namespace poolbugs::plan
