#include "harness/report/cpython_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/report/markdown.hpp"
#include "harness/report/text.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Case;
using catalogue::Language;

/// What is said of some start methods.
struct Said {
  std::string text;
  int severity;
  std::vector<std::string> starts;
};

std::string outcome_words(const Runs& runs) {
  std::set<std::string> words;
  for (const auto* run : runs)
    words.emplace(catalogue::to_string(run->outcome));
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " or ") + word;
  return breaks_promise(runs) ? fmt::format("**✗ {}**", text) : text;
}

/// Without the start methods that are not supported.
std::vector<Said> said_of(const ByStart& by_start) {
  std::vector<Said> all;
  for (const auto& [start, runs] : by_start) {
    const auto state = state_of(runs);
    if (state == CellState::unsupported) continue;
    const bool ran = state == CellState::ran;
    const auto text = ran ? outcome_words(runs) : "*never run*";
    auto at = std::ranges::find(all, text, &Said::text);
    if (at == all.end()) {
      all.push_back({text, ran ? severity(runs).value_or(0) : -1, {}});
      at = all.end() - 1;
    }
    at->starts.push_back(column_name(start));
  }
  std::ranges::stable_sort(all, std::ranges::greater{}, &Said::severity);
  return all;
}

class Maker {
 public:
  Maker(const Results& results, const CpythonTable& table)
      : results_(results), table_(table) {}

  [[nodiscard]] CpythonRow row(const Case& item) const {
    CpythonRow row;
    row.item = &item;
    const auto starts = columns_of(item, Language::python);
    for (const Minor minor : table_.minors) {
      ByStart by_start;
      for (const auto& start : starts)
        by_start.emplace_back(start, runs(item, start, minor));
      row.cells.push_back(version_cell(by_start));
    }
    std::vector<Course> courses;
    for (const auto& start : starts) {
      const History history = history_of(item, start);
      courses.push_back(course_of(history));
      for (const auto& one : history) {
        row.measured = row.measured || one.has_value();
        row.severity = std::max(row.severity, one.value_or(0));
      }
    }
    row.course = course_of(courses);
    row.severity = severity_now(item, starts).value_or(row.severity);
    row.since = since(row.course, starts, courses);
    return row;
  }

 private:
  [[nodiscard]] Runs runs(const Case& item, Start start, Minor minor) const {
    return results_.at({item.name(), "broken", start, table_.platform}, minor);
  }

  /// By those versions that come before the newest; one without the lock is
  /// no later version of one that has it.
  [[nodiscard]] History history_of(const Case& item, Start start) const {
    History history;
    for (const Minor minor : judged())
      history.push_back(severity(runs(item, start, minor)));
    return history;
  }

  [[nodiscard]] std::vector<Minor> judged() const {
    auto minors = table_.minors;
    std::erase_if(minors, [&](Minor minor) {
      return minor.free_threaded != table_.newest.free_threaded;
    });
    return minors;
  }

  [[nodiscard]] std::optional<int> severity_now(
      const Case& item, const std::vector<Start>& starts) const {
    std::optional<int> worst;
    for (const auto& start : starts)
      worst = std::max(worst, severity(runs(item, start, table_.newest)));
    return worst;
  }

  /// A version between them that was not measured might have been the first.
  [[nodiscard]] std::string first_text(const Course& course) const {
    const auto minors = judged();
    const bool neighbours =
        minors[course.since].major == minors[course.before].major &&
        minors[course.since].minor == minors[course.before].minor + 1;
    return (neighbours ? "" : "by ") + to_string(minors[course.since]);
  }

  /// Which start methods got worse is told if others fail as ever.
  [[nodiscard]] std::string since(const Course& course,
                                  const std::vector<Start>& starts,
                                  const std::vector<Course>& courses) const {
    if (course.trend == Trend::fixed) return first_text(course);
    if (course.trend != Trend::worse) return "";
    std::vector<std::string> names;
    bool all_alike = true;
    for (std::size_t i = 0; i < courses.size(); ++i) {
      if (courses[i].trend == Trend::never) continue;
      if (courses[i] != course)
        all_alike = false;
      else
        names.push_back(column_name(starts[i]));
    }
    return all_alike
               ? first_text(course)
               : fmt::format("{} ({})", first_text(course), comma_list(names));
  }

  const Results& results_;
  const CpythonTable& table_;
};

}  // namespace

std::string version_cell(const ByStart& by_start) {
  const auto all = said_of(by_start);
  if (all.empty()) return by_start.empty() ? "" : "–";
  if (all.size() == 1) return all.front().text;
  std::string text;
  for (const auto& said : all) {
    const bool rest = &said == &all.back() && said.starts.size() > 1;
    text += fmt::format("{}{}: {}", text.empty() ? "" : "<br>",
                        rest ? "else" : comma_list(said.starts), said.text);
  }
  return text;
}

std::vector<const CpythonRow*> CpythonTable::in(Trend trend) const {
  std::vector<const CpythonRow*> found;
  for (const auto& row : rows)
    if (row.measured && row.course.trend == trend) found.push_back(&row);
  std::ranges::stable_sort(found, [&](const auto* a, const auto* b) {
    if (trend == Trend::fixed) return a->course.since > b->course.since;
    return a->severity > b->severity;
  });
  return found;
}

int CpythonTable::count(Trend trend) const {
  return static_cast<int>(in(trend).size());
}

std::vector<CpythonTable> cpython_tables(const catalogue::Catalogue& catalogue,
                                         const Results& results) {
  std::vector<CpythonTable> tables;
  for (const auto& platform : results.platforms()) {
    CpythonTable table{platform, results.minors(platform), {}, {}};
    if (table.minors.empty()) continue;
    table.newest = *newest_of(table.minors);
    const Maker maker(results, table);
    std::vector<CpythonRow> rows;
    for (const auto& item : catalogue.cases)
      if (has_programs(item, Language::python)) rows.push_back(maker.row(item));
    table.rows = std::move(rows);
    tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace poolbugs::report
