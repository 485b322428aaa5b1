#include "harness/report/index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/report/cpython.hpp"
#include "harness/report/markdown.hpp"
#include "harness/report/page.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Case;
using catalogue::Catalogue;
using catalogue::Language;

/// "hang: orphaned-lock → ok": the broken half, then the fixed one.
std::string pair_text(const Results& results, const Case& item,
                      const Start& start, const std::string& platform) {
  const auto broken = results.at({item.name(), "broken", start, platform});
  const auto fixed = results.at({item.name(), "fixed", start, platform});
  const auto left = cell_text(broken, Detail::brief);
  if (state_of(broken) != CellState::ran && state_of(fixed) != CellState::ran)
    return left;
  const auto right = cell_text(fixed, Detail::brief);
  return left == right ? left : left + " → " + right;
}

struct Column {
  Start start;
  std::string platform;
  std::string name;
};

std::vector<std::string> platforms_of(const Results& results, Platforms which) {
  auto names = results.platforms();
  if (which == Platforms::that_ran)
    std::erase_if(names,
                  [&](const auto& name) { return !results.ran_on(name); });
  return names;
}

std::string linked(const std::string& name, const std::string& link) {
  return link.empty() ? name : fmt::format("[{}]({})", name, link);
}

/// A platform that never ran gets a single column: nothing to tell apart.
std::vector<Column> make_columns(const Results& results, bool own_children,
                                 Platforms which) {
  std::vector<Column> columns;
  for (const auto& platform : platforms_of(results, which)) {
    if (own_children || !results.ran_on(platform))
      columns.push_back({std::nullopt, platform, platform});
    else
      for (const auto method : kStartMethods)
        columns.push_back({method, platform,
                           fmt::format("{} {}", platform, to_string(method))});
  }
  return columns;
}

struct Row {
  std::vector<std::string> cells;
  bool differs = false;
};

Row make_row(const Results& results, const Case& item,
             const std::vector<Column>& columns, const LinkOf& link_of) {
  Row row;
  row.cells.push_back(linked(item.name(), link_of(item)));
  const auto starts = columns_of(item, Language::cpp);
  std::set<std::string> ran;
  for (const auto& column : columns) {
    const bool asked =
        !results.ran_on(column.platform) ||
        std::find(starts.begin(), starts.end(), column.start) != starts.end();
    if (!asked) {
      row.cells.emplace_back("");
      continue;
    }
    const Runs runs =
        results.at({item.name(), "broken", column.start, column.platform});
    row.cells.push_back(
        pair_text(results, item, column.start, column.platform));
    if (state_of(runs) == CellState::ran) ran.insert(row.cells.back());
  }
  row.differs = ran.size() > 1;
  return row;
}

std::string table(const std::vector<Column>& columns,
                  const std::vector<Row>& rows) {
  std::vector<std::string> names = {"case"};
  for (const auto& column : columns) names.push_back(column.name);
  auto text = md::header(names);
  for (const auto& row : rows) text += md::row(row.cells);
  return text + "\n";
}

std::string section(std::string_view heading, std::string_view title,
                    const std::vector<Column>& columns,
                    const std::vector<Row>& rows) {
  if (rows.empty()) return "";
  return fmt::format("{} {}\n\n{}", heading, title, table(columns, rows));
}

bool has_programs(const Catalogue& catalogue, Language language) {
  return std::ranges::any_of(catalogue.cases, [&](const Case& item) {
    return report::has_programs(item, language);
  });
}

std::string languages_of(const Case& item) {
  const bool cpp = report::has_programs(item, Language::cpp);
  const bool python = report::has_programs(item, Language::python);
  return cpp && python ? "C++, Python" : cpp ? "C++" : "Python";
}

/// What the programs are written in is told if there is more than one language.
std::string by_symptom(const Catalogue& catalogue, const LinkOf& link_of) {
  std::string text = "## Find your failure by its symptom\n\n";
  const bool tell = has_programs(catalogue, Language::python);
  std::string area;
  for (const auto& item : catalogue.cases) {
    if (item.area != area) {
      if (!area.empty()) text += "\n";
      area = item.area;
      std::vector<std::string> names = {"you have this if", "case"};
      if (tell) names.emplace_back("programs");
      text += fmt::format("### {}\n\n", area) + md::header(names);
    }
    std::vector<std::string> cells = {symptom_of(item),
                                      linked(item.slug, link_of(item))};
    if (tell) cells.push_back(languages_of(item));
    text += md::row(cells);
  }
  return text + "\n";
}

}  // namespace

std::string broken_promises(const Results& results) {
  std::string text;
  for (auto at = results.all().begin(); at != results.all().end(); ++at) {
    if (at->verdict != catalogue::Verdict::broken_promise) continue;
    Runs runs = results.at({at->case_name, at->program, at->start_method,
                            at->platform, at->runtime});
    // Of several repetitions, the first that broke it speaks for all.
    const auto first = std::find_if(runs.begin(), runs.end(), [](auto* run) {
      return run->verdict == catalogue::Verdict::broken_promise;
    });
    if (*first != &*at) continue;
    text += fmt::format(
        "- **{}, {}{}**: {} instead of {}. Reproduce it with {}\n",
        at->case_name, at->platform,
        at->runtime == plan::kNative ? "" : ", " + runtime_title(at->runtime),
        md::prose(outcomes_text(runs, Detail::full)), promised_text(runs),
        md::code(command_of(*at)));
    for (const auto& sentence : reasons_of(*at))
      text += "  - " + md::prose(sentence) + "\n";
  }
  return text;
}

std::string totals_list(const Results& results, Platforms which) {
  std::string text;
  for (const auto& platform : platforms_of(results, which)) {
    const auto native = totals_of(results.all(), platform, Language::cpp);
    const auto python = totals_of(results.all(), platform, Language::python);
    if (native.runs == 0 && python.runs == 0)
      text += fmt::format("- {}: *never run*\n", platform);
    if (native.runs > 0)
      text += fmt::format("- {}: {}\n", platform, totals_text(native));
    if (python.runs > 0) {
      const auto minors = results.minors(platform);
      text += fmt::format("- {}, CPython{}{}: {}\n", platform,
                          minors.empty() ? "" : " ", minors_text(minors),
                          totals_text(python));
    }
  }
  return text;
}

std::string matrix_of(const Catalogue& catalogue, const Results& results,
                      const LinkOf& link_of, std::string_view heading,
                      Platforms which) {
  const auto columns = make_columns(results, false, which);
  const auto own_columns = make_columns(results, true, which);
  std::vector<Row> differing, alike, own;
  for (const auto& item : catalogue.cases) {
    if (!report::has_programs(item, Language::cpp)) continue;
    const bool own_children = item.start.empty();
    auto row =
        make_row(results, item, own_children ? own_columns : columns, link_of);
    (own_children  ? own
     : row.differs ? differing
                   : alike)
        .push_back(std::move(row));
  }
  std::stable_partition(own.begin(), own.end(),
                        [](const Row& row) { return row.differs; });
  return section(heading, "Where the start method or the platform decides",
                 columns, differing) +
         section(heading, "The same wherever it ran", columns, alike) +
         section(heading, "Programs that start their own children", own_columns,
                 own);
}

std::string index_page(const Catalogue& catalogue, const Results& results,
                       const LinkOf& link_of) {
  auto text = fmt::format(
      "{}; do not edit: the next run writes it again. -->\n"
      "# How process pools fail\n\n"
      "{} failures of process pools, each shown by a minimal program and by "
      "the same program repaired. Both halves were run, under every way to "
      "start a worker, and what they did was held against what the case "
      "promises. Find yours by what you see; its page tells why it happens, "
      "what fixes it, and the command that shows it.\n\n",
      kPageMark, catalogue.cases.size());
  if (const auto headline = cpython_headline(catalogue, results);
      !headline.empty())
    text += headline +
            " [Failure by failure, version by version](cpython.md)"
            "\n\n";
  if (const auto broken = broken_promises(results); !broken.empty())
    text += "## Broken promises\n\n" + broken + "\n";
  text += by_symptom(catalogue, link_of);
  text +=
      fmt::format("## What happened where{}\n\n",
                  has_programs(catalogue, Language::python)
                      ? ": the programs in C++"
                      : "") +
      "A cell reads *broken program → repaired program*, or one word if both "
      "did the same; what follows a colon is the cause. **✗** is a broken "
      "promise, – is what the platform cannot "
      "do, an empty cell is a start method that the case has nothing to say "
      "about, and *never run* means just that: nothing is known.\n\n";
  text += matrix_of(catalogue, results, link_of, "###", Platforms::all);
  text += "## Totals\n\n" + totals_list(results, Platforms::all);
  return text;
}

}  // namespace poolbugs::report
