#include "harness/report/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/report/markdown.hpp"
#include "harness/report/normalise.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Outcome;
using catalogue::Verdict;

bool same_run(const Record& a, const Record& b) {
  return a.case_name == b.case_name && a.program == b.program &&
         a.runtime == b.runtime && a.start_method == b.start_method &&
         a.platform == b.platform;
}

std::string brief(const Record& record) {
  std::string text(catalogue::to_string(record.outcome));
  // The cause of a clear error is a regular expression.
  if (!record.cause.empty() && record.outcome != Outcome::clear_error)
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

Results::Results(std::vector<Record> records) {
  for (auto& record : records) records_.push_back(normalise(std::move(record)));
  std::stable_sort(records_.begin(), records_.end(), comes_before);
}

Runs Results::at(const Place& place) const {
  Runs runs;
  for (const auto& record : records_)
    if (record.case_name == place.case_name &&
        record.program == place.program && record.start_method == place.start &&
        record.platform == place.platform && record.runtime == place.runtime)
      runs.push_back(&record);
  return runs;
}

std::vector<std::string> Results::platforms() const {
  std::set<std::string> others;
  for (const auto& record : records_) others.insert(record.platform);
  std::vector<std::string> names;
  for (const std::string kind : {"linux", "windows", "macos"}) {
    names.push_back(kind);
    others.erase(kind);
    std::erase_if(others, [&](const auto& name) {
      if (!name.starts_with(kind + "-")) return false;
      names.push_back(name);
      return true;
    });
  }
  names.insert(names.end(), others.begin(), others.end());
  return names;
}

bool Results::ran_on(std::string_view platform) const {
  return std::any_of(records_.begin(), records_.end(),
                     [&](const Record& r) { return r.platform == platform; });
}

bool Results::has(std::string_view case_name, std::string_view platform) const {
  return std::any_of(records_.begin(), records_.end(), [&](const Record& r) {
    return r.case_name == case_name && r.platform == platform;
  });
}

std::vector<std::string> Results::runtimes(std::string_view case_name,
                                           std::string_view platform) const {
  std::vector<std::string> names = {"native"};
  for (const auto& record : records_)
    if (record.case_name == case_name && record.platform == platform)
      names.push_back(record.runtime);
  std::sort(names.begin() + 1, names.end(), natural_less);
  return distinct(std::move(names));
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
  for (const auto* run : runs)
    words.push_back(detail == Detail::full ? outcome_text(*run) : brief(*run));
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

std::vector<std::optional<StartMethod>> columns_of(
    const catalogue::Case& item) {
  if (item.start.empty()) return {std::nullopt};
  std::vector<std::optional<StartMethod>> columns;
  for (const auto method : kStartMethods)
    if (std::find(item.start.begin(), item.start.end(), method) !=
        item.start.end())
      columns.emplace_back(method);
  return columns;
}

std::string column_name(const std::optional<StartMethod>& start) {
  return start ? std::string(to_string(*start)) : "own children";
}

Totals totals_of(const std::vector<Record>& sorted, std::string_view platform) {
  Totals totals;
  for (auto at = sorted.begin(); at != sorted.end();) {
    Runs runs;
    const auto& first = *at;
    for (; at != sorted.end() && same_run(first, *at); ++at)
      runs.push_back(&*at);
    if (first.platform != platform) continue;
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
