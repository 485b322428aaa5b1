#include "harness/report/merge.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "harness/report/results.hpp"
#include "harness/report/versions.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Case;
using catalogue::Catalogue;

using Run = std::tuple<std::string, std::string, std::string, std::string,
                       std::optional<StartMethod>>;

Run run_of(const Record& record) {
  return {record.platform, record.runtime, record.case_name, record.program,
          record.start_method};
}

bool is_unsupported(const Record& record) {
  return record.outcome == catalogue::Outcome::unsupported;
}

class Merger {
 public:
  Merger(const Catalogue& catalogue, const std::vector<Record>& fresh,
         const std::vector<Record>& old)
      : complete_(complete_in(catalogue, fresh)) {
    for (const auto& item : catalogue.cases) cases_.emplace(item.name(), &item);
    std::set<Run> made;
    for (const auto& record : old)
      if (!is_unsupported(record)) made.insert(run_of(record));
    for (const auto& record : fresh)
      if (!lacks_peer(record) || !made.contains(run_of(record)))
        own_runs_.insert(run_of(record));
  }

  void add_fresh(const Record& record) {
    if (own_runs_.contains(run_of(record))) add(record);
  }
  void add_old(const Record& record) {
    if (!own_runs_.contains(run_of(record)) && !is_replaced(record))
      add(record);
  }

  Merged take() {
    std::set<std::string> have_python;
    for (const auto& record : merged_.records)
      if (minor_of(record.runtime)) have_python.insert(record.platform);
    std::erase_if(merged_.records, [&](const Record& record) {
      return record.runtime == plan::kNoPython &&
             have_python.contains(record.platform);
    });
    return std::move(merged_);
  }

 private:
  void add(const Record& record) {
    if (keep(record)) merged_.records.push_back(record);
  }

  /// That its worker was not built says nothing against what was measured.
  [[nodiscard]] bool lacks_peer(const Record& record) const {
    const auto item = cases_.find(record.case_name);
    return is_unsupported(record) && item != cases_.end() &&
           !item->second->peer.empty();
  }

  /// Whether the case still has such a run.
  bool keep(const Record& record) {
    const auto item = cases_.find(record.case_name);
    if (item == cases_.end()) {
      auto& unknown = merged_.unknown;
      if (std::ranges::find(unknown, record.case_name) == unknown.end())
        unknown.push_back(record.case_name);
      return false;
    }
    const auto language = language_of(record);
    const auto starts = columns_of(*item->second, language);
    return item->second->program(record.program, language) != nullptr &&
           std::ranges::find(starts, record.start_method) != starts.end();
  }

  /// By another 3.13.N, or by the same: all its runs are new then.
  [[nodiscard]] bool is_replaced(const Record& record) const {
    const auto minor = minor_of(record.runtime);
    return minor && std::ranges::any_of(complete_, [&](const auto& measured) {
             return measured.first == record.platform &&
                    minor_of(measured.second) == minor;
           });
  }

  std::set<Measured> complete_;
  std::map<std::string, const Case*> cases_;
  std::set<Run> own_runs_;
  Merged merged_;
};

}  // namespace

std::vector<Record> without_duplicates(const std::vector<Record>& records) {
  using Told = std::tuple<catalogue::Outcome, std::string, catalogue::Verdict>;
  std::set<Run> made;
  for (const auto& record : records)
    if (!is_unsupported(record)) made.insert(run_of(record));
  std::map<std::tuple<Run, int, Told>, std::vector<const Record*>> all;
  for (const auto& record : records) {
    if (is_unsupported(record) && made.contains(run_of(record))) continue;
    all[{run_of(record), record.repetition,
         Told{record.outcome, record.cause, record.verdict}}]
        .push_back(&record);
  }
  // The best grade; of equal ones it does not matter which, but it must not
  // depend on who came first.
  const auto rank = [](const Record* record) {
    return std::pair(record->grade, to_json(normalise(*record)).dump());
  };
  std::vector<Record> kept;
  for (const auto& [key, same] : all)
    kept.push_back(same.size() == 1
                       ? *same.front()
                       : **std::ranges::min_element(same, {}, rank));
  return kept;
}

std::vector<Record> without_old_evidence(std::vector<Record> sorted) {
  using catalogue::Outcome;
  std::set<std::tuple<std::string, std::string, std::string,
                      std::optional<StartMethod>, Outcome>>
      told;
  // The newest version comes last.
  for (auto record = sorted.rbegin(); record != sorted.rend(); ++record) {
    if (!minor_of(record->runtime) || record->outcome == Outcome::unsupported)
      continue;
    const bool first =
        told.emplace(record->platform, record->case_name, record->program,
                     record->start_method, record->outcome)
            .second;
    if (first || record->verdict == catalogue::Verdict::broken_promise)
      continue;
    record->out.clear();
    record->err.clear();
    record->truncated = false;
    record->explanation.clear();
    record->graph.clear();
    record->threads.clear();
    record->stacks.clear();
  }
  return sorted;
}

std::set<Measured> complete_in(const Catalogue& catalogue,
                               const std::vector<Record>& records) {
  std::set<Measured> complete;
  std::set<Run> runs;
  for (const auto& record : records) {
    complete.emplace(record.platform, record.runtime);
    runs.insert(run_of(record));
  }
  std::erase_if(complete, [&](const Measured& measured) {
    const auto& [platform, runtime] = measured;
    // What stands for an interpreter that is not there is never all of it.
    if (runtime == plan::kNoPython) return true;
    const auto language = language_of(runtime);
    for (const auto& item : catalogue.cases)
      for (const auto& program : item.programs) {
        if (program.language != language) continue;
        for (const auto& start : columns_of(item, language))
          if (!runs.contains(
                  {platform, runtime, item.name(), program.name, start}))
            return true;
      }
    return false;
  });
  return complete;
}

Merged merge(const Catalogue& catalogue, const std::vector<Record>& fresh,
             const std::vector<Record>& old) {
  Merger merger(catalogue, fresh, old);
  for (const auto& record : without_duplicates(fresh)) merger.add_fresh(record);
  for (const auto& record : old) merger.add_old(record);
  return merger.take();
}

}  // namespace poolbugs::report
