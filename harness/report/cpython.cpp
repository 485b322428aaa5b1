#include "harness/report/cpython.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "harness/report/cpython_rows.hpp"
#include "harness/report/markdown.hpp"
#include "harness/report/page.hpp"
#include "harness/report/text.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Catalogue;
using catalogue::Outcome;

using Rows = std::vector<const CpythonRow*>;

const char* are(int count) { return count == 1 ? "is" : "are"; }
const char* were(int count) { return count == 1 ? "was" : "were"; }

/// "41 of 60 failures are still there in CPython 3.13".
std::string headline(const CpythonTable& table) {
  const int worse = table.count(Trend::worse);
  const int still = table.count(Trend::present) + worse;
  const int fixed = table.count(Trend::fixed), open = table.count(Trend::open);
  const int all = still + fixed + open;
  const auto newest = to_string(table.newest);
  auto text = fmt::format(
      "**{} of {} {} of process pools {} still there in CPython {}**", still,
      all, all == 1 ? "failure" : "failures", are(still), newest);
  if (table.minors.size() == 1)
    return text + ", the only version that was measured.";
  text += fmt::format(", the newest version that was measured; {} {} fixed",
                      fixed == 0 ? "none" : std::to_string(fixed),
                      were(std::max(fixed, 1)));
  if (open > 0)
    text += fmt::format(", and of {} it is not known for that version", open);
  text += ".";
  if (worse > 0)
    text +=
        fmt::format(" {} of those {} came, or got worse, with a newer version.",
                    worse, still);
  return text;
}

std::string measured(const CpythonTable& table, const Results& results) {
  std::set<std::string> seen;
  std::vector<std::string> versions;
  for (const auto& record : results.all())
    if (record.platform == table.platform && minor_of(record.runtime) &&
        seen.insert(record.runtime).second)
      versions.push_back(record.runtime);
  std::ranges::sort(versions, [](const auto& a, const auto& b) {
    return std::pair(*minor_of(a), a) < std::pair(*minor_of(b), b);
  });
  for (auto& version : versions)
    version = runtime_title(version).substr(std::string("CPython ").size());
  return fmt::format(
      "Measured on {}, with CPython {}: broken.py of each case "
      "and, repaired, fixed.py.\n\n",
      table.platform, comma_list(versions));
}

constexpr std::string_view kLegend =
    "Each row is a failure, each column a version; a cell is what broken.py "
    "did there, by start method where they differ (`else`: all other start "
    "methods that the version has). **✗** is a broken promise of the case, – "
    "is a version that lacks what the program needs, *never run* means that "
    "nothing is known. The outcomes, from the mildest: `ok`; `leak`, "
    "something stays behind; `clear-error` and `error`, the program says that "
    "it fails; `crash`; `duplicate`, `silent-loss` and `wrong-result`, "
    "nobody is told; `hang`, it never ends; `runaway`, it takes more and more. "
    "*By* 3.6 means: a version between it and the one measured before may have "
    "been the first.\n\n";

std::string title_of(const CpythonRow& row, const LinkOf& link_of) {
  const auto link = link_of(*row.item);
  const auto title = md::prose(row.item->title);
  return link.empty() ? title : fmt::format("[{}]({})", title, link);
}

std::string table_of(const CpythonTable& table, const Rows& rows,
                     const LinkOf& link_of, const char* since) {
  std::vector<std::string> names = {"failure"};
  if (since != nullptr) names.emplace_back(since);
  for (const Minor minor : table.minors) names.push_back(to_string(minor));
  auto text = md::header(names);
  for (const auto* row : rows) {
    std::vector<std::string> cells = {title_of(*row, link_of)};
    if (since != nullptr) cells.push_back(row->since);
    cells.insert(cells.end(), row->cells.begin(), row->cells.end());
    text += md::row(cells);
  }
  return text + "\n";
}

std::string group(const CpythonTable& table, Trend trend, const LinkOf& link_of,
                  const std::string& title, const char* since = nullptr) {
  const auto rows = table.in(trend);
  if (rows.empty()) return "";
  return fmt::format("## {} ({})\n\n", title, rows.size()) +
         table_of(table, rows, link_of, since);
}

std::string not_measured(const CpythonTable& table, const LinkOf& link_of) {
  Rows rows;
  for (const auto& row : table.rows)
    if (!row.measured) rows.push_back(&row);
  if (rows.empty()) return "";
  std::string text = "## Not measured\n\n";
  for (const auto* row : rows)
    text += "- " + title_of(*row, link_of) + ": *never run*\n";
  return text + "\n";
}

/// What fixed.py did, and the runs in which it was not `ok`, with versions
/// and start methods of one outcome on a line.
std::string repaired(const CpythonTable& table, const Results& results) {
  int runs = 0;
  using Which = std::tuple<std::string, std::string, std::string>;
  std::map<Which, std::set<Minor>> others;
  std::set<std::string> cases;
  for (const auto& row : table.rows)
    for (const auto& start : columns_of(*row.item, catalogue::Language::python))
      for (const Minor minor : table.minors) {
        const auto name = row.item->name();
        const auto found =
            results.at({name, "fixed", start, table.platform}, minor);
        if (state_of(found) != CellState::ran) continue;
        ++runs;
        cases.insert(name);
        if (severity(found) != 0 || breaks_promise(found))
          others[{name, cell_text(found, Detail::brief),
                  start ? " under " + column_name(start) : ""}]
              .insert(minor);
      }
  if (runs == 0) return "";
  auto text = fmt::format(
      "## The repaired programs\n\nThe fixed.py of {} {} ran {} {}, by "
      "version and start method; {}\n",
      cases.size(), cases.size() == 1 ? "case" : "cases", runs,
      runs == 1 ? "time" : "times",
      others.empty() ? "each time it was `ok`."
                     : "it was `ok` except for these:\n");
  for (const auto& [which, minors] : others) {
    const auto& [name, outcome, start] = which;
    text += fmt::format("- {}, CPython {}{}: {}\n", name,
                        minors_text({minors.begin(), minors.end()}), start,
                        outcome);
  }
  return text + "\n";
}

std::string part(const CpythonTable& table, const Results& results,
                 const LinkOf& link_of) {
  const auto newest = to_string(table.newest);
  return headline(table) + "\n\n" + measured(table, results) +
         std::string(kLegend) +
         group(table, Trend::present, link_of,
               "Still there in CPython " + newest) +
         group(table, Trend::fixed, link_of, "Fixed", "fixed in") +
         group(table, Trend::worse, link_of, "Came or got worse",
               "worse since") +
         group(table, Trend::open, link_of, "Not known of CPython " + newest) +
         group(table, Trend::never, link_of, "In none of these versions") +
         not_measured(table, link_of) + repaired(table, results);
}

}  // namespace

std::string cpython_page(const Catalogue& catalogue, const Results& results,
                         const LinkOf& link_of) {
  const auto tables = cpython_tables(catalogue, results);
  if (tables.empty()) return "";
  auto text = fmt::format(
      "{}; do not edit: the next run writes it again. -->\n"
      "# Process pools of CPython: which failures are still there\n\n",
      kPageMark);
  for (const auto& table : tables) {
    if (tables.size() > 1) text += fmt::format("# On {}\n\n", table.platform);
    text += part(table, results, link_of);
  }
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

std::string cpython_headline(const Catalogue& catalogue,
                             const Results& results) {
  const auto tables = cpython_tables(catalogue, results);
  std::string text;
  for (const auto& table : tables) {
    if (!text.empty()) text += "\n\n";
    if (tables.size() > 1) text += "On " + table.platform + ": ";
    text += headline(table);
  }
  return text;
}

}  // namespace poolbugs::report
