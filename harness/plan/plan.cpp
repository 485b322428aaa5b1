#include "harness/plan/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "harness/plan/runtimes.hpp"
#include "harness/plan/target.hpp"

namespace poolbugs::plan {
namespace {

using catalogue::Case;
using catalogue::ConditionalPromise;
using catalogue::Program;

using catalogue::Language;
using Ways = std::vector<std::optional<StartMethod>>;

Ways ways_to_start(const Case& item, Language language) {
  const std::vector<StartMethod>& starts = item.starts(language);
  if (starts.empty()) return {std::nullopt};
  Ways ways;
  for (const StartMethod method : kStartMethods)
    if (std::ranges::find(starts, method) != starts.end())
      ways.emplace_back(method);
  return ways;
}

bool contains(const std::vector<StartMethod>& methods, StartMethod method) {
  return std::ranges::find(methods, method) != methods.end();
}

/// The way that tells most of a program if only one is tried.
Ways usual_way(const Ways& ways, const Interpreter& interpreter) {
  if (std::ranges::find(ways, interpreter.usual) != ways.end())
    return {interpreter.usual};
  const auto possible = std::ranges::find_if(ways, [&](const auto& way) {
    return !way || contains(interpreter.start_methods, *way);
  });
  return {possible == ways.end() ? ways.front() : *possible};
}

/// Why this machine cannot make the run, or "".
std::string obstacle(const PlannedRun& run, const Features& features,
                     const Interpreter* python) {
  if (run.start && python != nullptr &&
      !contains(python->start_methods, *run.start))
    return fmt::format("{} has no start method {}", python->name(),
                       to_string(*run.start));
  if (run.start && python == nullptr && !is_available(*run.start, features))
    return fmt::format("the start method {} does not exist here",
                       to_string(*run.start));
  std::vector<std::string> missing;
  for (const std::string& word : run.item.needs)
    if (!features.has(word)) missing.push_back(word);
  if (!missing.empty())
    return fmt::format("needs {}, which this machine lacks",
                       fmt::join(missing, ", "));
  if (python != nullptr && run.item.python &&
      !run.item.python->holds({features, run.start}))
    return fmt::format("needs {}", run.item.python->text());
  return "";
}

/// Fills in what the run promises here, or why it cannot run. `python` is null
/// for an executable.
void decide(PlannedRun& run, const Features& features,
            const Interpreter* python) {
  run.unsupported = obstacle(run, features, python);
  if (!run.unsupported.empty()) return;
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
          const Programs& programs, const Runtimes& runtimes)
      : selection_(selection),
        features_(features),
        programs_(programs),
        runtimes_(runtimes) {}

  std::vector<PlannedRun> plan(const std::vector<Case>& cases) {
    for (const Case& item : cases)
      for (const Program& program : item.programs) {
        if (!wanted(selection_.programs, program.name)) continue;
        used_programs_.insert(program.name);
        if (program.language == Language::python)
          add_python(item, program);
        else if (runtimes_.native)
          add_native(item, program);
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
    if (!selection_.runtimes.empty() && planned_ == 0 &&
        selection_.start_methods.empty())
      return Error{fmt::format(
          "no selected case has a program for the runtime {}; `poolbugs show` "
          "lists the programs of a case",
          fmt::join(selection_.runtimes, " or "))};
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

  void add_native(const Case& item, const Program& program) {
    for (const auto start : ways_to_start(item, program.language)) {
      if (!is_selected(start)) continue;
      PlannedRun run = fresh(item, program, start);
      run.built = programs_.root / item.area / item.slug /
                  (program.name + programs_.suffix);
      run.executable = run.built;
      emulate(run);
      decide(run, features_, nullptr);
      if (run.unsupported.empty()) add_peer(run);
      add(std::move(run));
    }
  }

  void emulate(PlannedRun& run) const {
    const std::vector<std::string>& words = programs_.emulator;
    if (words.empty()) return;
    run.executable = words.front();
    run.arguments.insert(run.arguments.begin(), run.built.string());
    run.arguments.insert(run.arguments.begin(), words.begin() + 1, words.end());
    run.environment.push_back(command_variable("POOLBUGS_EMULATOR", words));
  }

  void add_peer(PlannedRun& run) const {
    const Case& item = run.item;
    if (item.peer.empty()) return;
    if (programs_.platform.starts_with(item.peer)) {
      run.unsupported = fmt::format(
          "its peer would not be of another platform: this is {} itself",
          item.peer);
      return;
    }
    const auto peer = find_peer(
        programs_.peers, item.peer,
        std::filesystem::path(item.area) / item.slug / run.program.name);
    if (peer)
      run.environment.push_back(command_variable("POOLBUGS_PEER", *peer));
    else
      run.unsupported = peer.error().text;
  }

  void add_python(const Case& item, const Program& program) {
    const Ways ways = ways_to_start(item, program.language);
    if (!runtimes_.no_python.empty() && is_selected(ways.front())) {
      PlannedRun run = fresh(item, program, ways.front());
      run.runtime = kNoPython;
      run.unsupported = runtimes_.no_python;
      add(std::move(run));
    }
    for (const auto& [python, all_methods] : runtimes_.python)
      for (const auto start : all_methods || !selection_.start_methods.empty()
                                  ? ways
                                  : usual_way(ways, *python))
        if (is_selected(start)) add(with(*python, fresh(item, program, start)));
  }

  [[nodiscard]] PlannedRun with(const Interpreter& python,
                                PlannedRun run) const {
    run.runtime = python.name();
    run.executable = python.executable;
    run.arguments.insert(run.arguments.begin(), run.program.source.string());
    Features features = features_;
    features.versions["python"] = python.version;
    decide(run, features, &python);
    return run;
  }

  [[nodiscard]] PlannedRun fresh(const Case& item, const Program& program,
                                 std::optional<StartMethod> start) const {
    PlannedRun run;
    run.item = item;
    run.program = program;
    run.start = start;
    run.proof = features_.has("proof");
    run.platform = programs_.platform;
    if (start) run.arguments.emplace_back(to_string(*start));
    return run;
  }

  [[nodiscard]] bool is_selected(std::optional<StartMethod> start) const {
    return selection_.start_methods.empty() ||
           (start && wanted(selection_.start_methods, *start));
  }

  void add(PlannedRun run) {
    ++planned_;
    if (run.start) used_methods_.insert(*run.start);
    for (int i = 1; i <= selection_.repeat; ++i) {
      run.repetition = i;
      if (count_++ % selection_.shards == selection_.shard - 1)
        runs_.push_back(run);
    }
  }

  const Selection& selection_;
  const Features& features_;
  const Programs& programs_;
  const Runtimes& runtimes_;
  std::vector<PlannedRun> runs_;
  std::set<std::string> used_programs_;
  std::set<StartMethod> used_methods_;
  long long count_ = 0;    ///< of all shards
  long long planned_ = 0;  ///< without repetitions
};

bool any_in_python(const std::vector<Case>& cases) {
  return std::ranges::any_of(cases, [](const Case& item) {
    return std::ranges::find(item.programs, Language::python,
                             &Program::language) != item.programs.end();
  });
}

}  // namespace

std::string PlannedRun::name() const {
  std::string text = fmt::format("{}.{}", item.name(), program.name);
  if (runtime != kNative) text += "." + runtime;
  if (start) text += fmt::format(".{}", to_string(*start));
  return text;
}

bool is_available(StartMethod method, const Features& features) {
  return method == StartMethod::spawn || features.has("can_fork");
}

Result<std::vector<PlannedRun>> make_plan(const catalogue::Catalogue& catalogue,
                                          const Selection& selection,
                                          const Features& features,
                                          const Programs& programs,
                                          const AskInterpreters& ask) {
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
  std::vector<std::string> names = selection.runtimes;
  if (programs.foreign) {
    if (!names.empty() && names_python(names))
      return Error{fmt::format(
          "the programs in {} are built for {}, and none in Python belongs to "
          "them: --runtime native, or nothing",
          programs.root.string(), programs.platform)};
    names = {std::string(kNative)};
  }
  Interpreters interpreters;
  // A wrong name is to be told even if nothing would run.
  if (names_python(names) && (any_in_python(*cases) || !names.empty()))
    interpreters = ask();
  const auto runtimes = choose_runtimes(names, interpreters);
  if (!runtimes) return runtimes.error();
  Planner planner(selection, features, programs, *runtimes);
  std::vector<PlannedRun> runs = planner.plan(*cases);
  if (const Result<void> sound = planner.check(); !sound) return sound.error();
  return runs;
}

}  // namespace poolbugs::plan
