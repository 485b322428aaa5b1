#include "harness/report/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/report/markdown.hpp"
#include "harness/report/normalise.hpp"
#include "harness/report/platforms.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Outcome;
using catalogue::Verdict;

bool same_run(const Record& a, const Record& b) {
  return a.case_name == b.case_name && a.program == b.program &&
         a.runtime == b.runtime && a.start_method == b.start_method &&
         a.platform == b.platform;
}

bool is_of(const Record& record, const Place& place) {
  return record.program == place.program &&
         record.start_method == place.start &&
         record.platform == place.platform;
}

std::vector<Minor> minors_in(std::span<const Record> records,
                             std::string_view platform) {
  std::set<Minor> minors;
  for (const auto& record : records)
    if (const auto minor = minor_of(record.runtime);
        minor && record.platform == platform)
      minors.insert(*minor);
  return {minors.begin(), minors.end()};
}

std::string told(const Record& record, Detail detail) {
  if (detail == Detail::full) return outcome_text(record);
  std::string text(catalogue::to_string(record.outcome));
  // The cause of a clear error is a regular expression.
  if (detail == Detail::brief && !record.cause.empty() &&
      record.outcome != Outcome::clear_error)
    text += ": " + record.cause;
  return text;
}

/// Words in the order of their first appearance, once each.
std::vector<std::string> distinct(std::vector<std::string> words) {
  std::set<std::string> seen;
  std::erase_if(words,
                [&](const auto& word) { return !seen.insert(word).second; });
  return words;
}

std::string either(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " or ") + word;
  return text;
}

}  // namespace

catalogue::Language language_of(std::string_view runtime) {
  return runtime == plan::kNative ? catalogue::Language::cpp
                                  : catalogue::Language::python;
}

catalogue::Language language_of(const Record& record) {
  return language_of(record.runtime);
}

Results::Results(std::vector<Record> records) {
  for (auto& record : records) records_.push_back(normalise(std::move(record)));
  std::stable_sort(records_.begin(), records_.end(), comes_before);
  std::set<std::string> names = {"linux", "windows", "macos"};
  for (const auto& record : records_) names.insert(record.platform);
  platforms_.assign(names.begin(), names.end());
  std::ranges::sort(platforms_, platform_before);
}

std::span<const Record> Results::of_case(std::string_view name) const {
  const auto found = std::ranges::equal_range(
      records_, name, {},
      [](const Record& record) { return std::string_view(record.case_name); });
  return {found.begin(), found.end()};
}

Runs Results::at(const Place& place) const {
  Runs runs;
  for (const auto& record : of_case(place.case_name))
    if (is_of(record, place) && record.runtime == place.runtime)
      runs.push_back(&record);
  return runs;
}

Runs Results::at(const Place& place, Minor minor) const {
  Runs runs;
  for (const auto& record : of_case(place.case_name)) {
    if (!is_of(record, place) || minor_of(record.runtime) != minor) continue;
    if (!runs.empty() && runs.front()->runtime != record.runtime) runs.clear();
    runs.push_back(&record);
  }
  return runs;
}

bool Results::ran_on(std::string_view platform) const {
  return std::any_of(records_.begin(), records_.end(),
                     [&](const Record& r) { return r.platform == platform; });
}

bool Results::has(std::string_view case_name, std::string_view platform) const {
  const auto records = of_case(case_name);
  return std::any_of(records.begin(), records.end(),
                     [&](const Record& r) { return r.platform == platform; });
}

bool Results::could_run(std::string_view case_name,
                        std::string_view platform) const {
  return std::ranges::any_of(of_case(case_name), [&](const Record& record) {
    return record.platform == platform &&
           record.outcome != Outcome::unsupported;
  });
}

bool Results::has_page(std::string_view case_name,
                       std::string_view platform) const {
  if (could_run(case_name, platform)) return true;
  for (const auto& name : platforms())
    if (could_run(case_name, name)) return false;
  for (const auto& name : platforms())
    if (has(case_name, name)) return name == platform;
  return false;
}

std::vector<Minor> Results::minors(std::string_view platform) const {
  return minors_in(records_, platform);
}

std::vector<Minor> Results::minors(std::string_view case_name,
                                   std::string_view platform) const {
  return minors_in(of_case(case_name), platform);
}

CellState state_of(const Runs& runs) {
  if (runs.empty()) return CellState::never_run;
  const bool none = std::all_of(runs.begin(), runs.end(), [](const Record* r) {
    return r->outcome == Outcome::unsupported;
  });
  return none ? CellState::unsupported : CellState::ran;
}

bool breaks_promise(const Runs& runs) {
  return std::any_of(runs.begin(), runs.end(), [](const Record* r) {
    return r->verdict == Verdict::broken_promise;
  });
}

std::string outcomes_text(const Runs& runs, Detail detail) {
  std::vector<std::string> words;
  for (const auto* run : runs) words.push_back(told(*run, detail));
  std::sort(words.begin(), words.end());
  return either(distinct(std::move(words)));
}

std::string promised_text(const Runs& runs) {
  if (runs.empty() || runs.front()->promised.empty()) return "nothing";
  std::vector<std::string> words;
  for (const auto& promise : runs.front()->promised)
    words.push_back(md::code(promise));
  return either(words);
}

std::string cell_text(const Runs& runs, Detail detail) {
  switch (state_of(runs)) {
    case CellState::never_run:
      return "*never run*";
    case CellState::unsupported:
      return "–";
    case CellState::ran:
      break;
  }
  const auto text = md::prose(outcomes_text(runs, detail));
  if (!breaks_promise(runs)) return text;
  return fmt::format("**✗ {}** (promised {})", text, promised_text(runs));
}

std::vector<Start> columns_of(const catalogue::Case& item,
                              catalogue::Language language) {
  const auto& starts = item.starts(language);
  if (starts.empty()) return {std::nullopt};
  std::vector<Start> columns;
  for (const auto method : kStartMethods)
    if (std::ranges::find(starts, method) != starts.end())
      columns.emplace_back(method);
  return columns;
}

std::string with_peer(const catalogue::Case& item) {
  return item.peer.empty() ? "" : " with a worker of " + item.peer;
}

bool has_programs(const catalogue::Case& item, catalogue::Language language) {
  return std::ranges::find(item.programs, language,
                           &catalogue::Program::language) !=
         item.programs.end();
}

std::string column_name(const Start& start) {
  return start ? std::string(to_string(*start)) : "own children";
}

Totals totals_of(const std::vector<Record>& sorted, std::string_view platform,
                 catalogue::Language language) {
  Totals totals;
  for (auto at = sorted.begin(); at != sorted.end();) {
    Runs runs;
    const auto& first = *at;
    for (; at != sorted.end() && same_run(first, *at); ++at)
      runs.push_back(&*at);
    if (first.platform != platform || language_of(first) != language) continue;
    ++totals.runs;
    if (state_of(runs) == CellState::unsupported)
      ++totals.unsupported;
    else if (breaks_promise(runs))
      ++totals.broken;
    else
      ++totals.as_promised;
  }
  return totals;
}

std::string totals_text(const Totals& totals) {
  auto text =
      fmt::format("{} {}: {} as promised", totals.runs,
                  totals.runs == 1 ? "run" : "runs", totals.as_promised);
  if (totals.broken > 0)
    text += fmt::format(", {} broken {}", totals.broken,
                        totals.broken == 1 ? "promise" : "promises");
  if (totals.unsupported > 0)
    text += fmt::format(", {} unsupported here", totals.unsupported);
  return text;
}

}  // namespace poolbugs::report
