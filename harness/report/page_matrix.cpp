// The tables of a page: what happened where, and what was promised.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/report/behaviour.hpp"
#include "harness/report/markdown.hpp"
#include "harness/report/page_parts.hpp"
#include "harness/report/platforms.hpp"
#include "harness/report/text.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Language;
using catalogue::Outcome;
using catalogue::Program;
using Cells = std::vector<std::string>;

/// The start methods of all programs; those that start their own children
/// first.
std::vector<Start> all_columns(const catalogue::Case& item) {
  std::set<Start> columns;
  for (const auto& program : item.programs)
    for (const auto& start : columns_of(item, program.language))
      columns.insert(start);
  return {columns.begin(), columns.end()};
}

Place place_of(const PageInput& in, std::string_view program, Start start,
               std::string_view platform) {
  return {in.item.name(), std::string(program), start, std::string(platform)};
}

/// Of CPython without grade, and with a cause only where one was promised:
/// these may differ between versions that fail alike.
std::string cell(const Runs& runs) {
  if (runs.empty() || language_of(*runs.front()) == Language::cpp)
    return cell_text(runs, Detail::full);
  const bool causes = std::ranges::any_of(
      runs.front()->promised, [&](const std::string& promise) {
        return promise.find(": ") != std::string::npos;
      });
  return cell_text(
      runs, causes || breaks_promise(runs) ? Detail::brief : Detail::outcome);
}

/// The cell of the broken half; the fixed half joins it only where it failed.
std::string pair_cell(const Runs& broken, const Runs& fixed) {
  auto text = cell(broken);
  if (breaks_promise(fixed)) text += "<br>fixed: " + cell(fixed);
  return text;
}

/// One row of cells; `runs` finds those of a program under a start method. A
/// start method that the language does not ask for has an empty cell.
template <class FindRuns>
Cells row_cells(const PageInput& in, Language language, FindRuns runs) {
  const auto asked = columns_of(in.item, language);
  Cells cells;
  for (const auto& start : all_columns(in.item))
    cells.push_back(
        std::ranges::find(asked, start) == asked.end()
            ? ""
            : pair_cell(runs("broken", start), runs("fixed", start)));
  return cells;
}

/// Newest first: that is the one that most people have.
using Groups = std::vector<VersionGroup<Cells>>;

Groups version_rows(const PageInput& in, const std::string& platform) {
  std::vector<std::pair<Minor, Cells>> versions;
  for (const Minor minor : in.results.minors(in.item.name(), platform))
    versions.emplace_back(
        minor, row_cells(in, Language::python,
                         [&](std::string_view program, Start start) {
                           return in.results.at(
                               place_of(in, program, start, platform), minor);
                         }));
  auto groups = group_versions(versions);
  std::ranges::reverse(groups);
  return groups;
}

std::string versions_text(const std::vector<Minor>& minors) {
  return "CPython " + minors_text(minors);
}

/// The platform's name: what is told here is strong, what is told elsewhere a
/// link.
std::string row_name(const PageInput& in, const std::string& platform,
                     const std::string& after) {
  const auto rest = with_peer(in.item) + after;
  if (platform == in.platform) return fmt::format("**{}**{}", platform, rest);
  if (!in.results.has_page(in.item.name(), platform)) return platform + rest;
  return fmt::format("[{0}](../../{0}/{1}.md){2}", platform, in.item.name(),
                     rest);
}

bool could_run(const PageInput& in, std::string_view platform,
               Language language) {
  return std::ranges::any_of(
      in.results.of_case(in.item.name()), [&](const Record& record) {
        return record.platform == platform && language_of(record) == language &&
               record.outcome != Outcome::unsupported;
      });
}

bool was_tried(const PageInput& in, std::string_view platform,
               Language language) {
  return std::ranges::any_of(
      in.results.of_case(in.item.name()), [&](const Record& record) {
        return record.platform == platform && language_of(record) == language;
      });
}

std::string platform_rows(const PageInput& in, const std::string& platform) {
  const bool cpp = has_programs(in.item, Language::cpp);
  const bool python = has_programs(in.item, Language::python);
  const auto row = [&](const std::string& name, Cells cells) {
    cells.insert(cells.begin(), name);
    return md::row(cells);
  };
  const auto of = [&](std::string_view runtime) {
    return [&, runtime](std::string_view program, Start start) {
      auto place = place_of(in, program, start, platform);
      place.runtime = runtime;
      return in.results.at(place);
    };
  };
  // The page's own platform has a row also where it could not run; another one
  // only if there is more to tell than why not, which the notes below do.
  const auto shown = [&](Language language) {
    return platform == in.platform ? was_tried(in, platform, language)
                                   : could_run(in, platform, language);
  };
  std::string text;
  if (cpp && shown(Language::cpp))
    text += row(row_name(in, platform, python ? ", broken.cpp" : ""),
                row_cells(in, Language::cpp, of(plan::kNative)));
  if (!python || !shown(Language::python)) return text;
  const auto groups = version_rows(in, platform);
  for (const auto& [minors, cells] : groups)
    text += row(row_name(in, platform, ", " + versions_text(minors)), cells);
  if (groups.empty())
    text += row(row_name(in, platform, ", CPython"),
                row_cells(in, Language::python, of(plan::kNoPython)));
  return text;
}

/// Why there is a – on a platform. Of CPython only if nothing of it ran: what
/// its versions lack, the rows of the others show.
std::string not_run(const PageInput& in, const std::string& platform) {
  const bool python_ran = could_run(in, platform, Language::python);
  std::vector<std::string> reasons;
  for (const auto& record : in.results.of_case(in.item.name())) {
    if (record.platform != platform) continue;
    if (language_of(record) == Language::python && python_ran) continue;
    const auto reason = md::prose(reason_of({&record}));
    if (!reason.empty() && std::ranges::find(reasons, reason) == reasons.end())
      reasons.push_back(reason);
  }
  if (reasons.empty()) return "";
  return fmt::format("Not run on {}: {}.\n", platform,
                     fmt::join(reasons, "; "));
}

/// A case that needs one system has nothing to say of the others.
bool is_about(const catalogue::Case& item, std::string_view system) {
  const auto is_system = [](const std::string& word) {
    return word == "linux" || word == "windows" || word == "macos";
  };
  return std::ranges::none_of(item.needs, is_system) ||
         std::ranges::find(item.needs, system) != item.needs.end();
}

std::string never_run(const PageInput& in) {
  std::vector<std::string> names;
  for (const std::string system : {"linux", "windows", "macos"}) {
    if (in.results.has(in.item.name(), system) || !is_about(in.item, system))
      continue;
    auto name = system;
    for (const auto& other : known_platforms())
      if (other.system == system && !other.architecture && !other.is.empty() &&
          in.results.has(in.item.name(), other.name))
        name += fmt::format(" ({} is {})", other.name, other.is);
    names.push_back(name);
  }
  return names.empty() ? ""
                       : fmt::format("*Never run* on {}.\n", comma_list(names));
}

std::string notes(const PageInput& in) {
  std::string text;
  for (const auto& platform : in.results.platforms())
    text += not_run(in, platform);
  text += never_run(in);
  return text.empty() ? "" : text + "\n";
}

/// Start methods with the same cells, and these: promised, observed.
struct PromiseRow {
  std::string starts;
  Cells cells;
  bool operator==(const PromiseRow&) const = default;
};
using PromiseRows = std::vector<PromiseRow>;

template <class FindRuns>
PromiseRows promise_rows(const PageInput& in, Language language,
                         FindRuns find) {
  PromiseRows rows;
  for (const auto& start : columns_of(in.item, language)) {
    const Runs runs = find(start);
    const auto state = state_of(runs);
    Cells cells = {
        state == CellState::ran ? promised_text(runs) : "",
        state == CellState::unsupported ? "– (unsupported here)" : cell(runs)};
    if (runs.size() > 1) cells.back() += fmt::format(", {} runs", runs.size());
    const auto at = std::ranges::find(rows, cells, &PromiseRow::cells);
    if (at == rows.end())
      rows.push_back({column_name(start), std::move(cells)});
    else
      at->starts += ", " + column_name(start);
  }
  return rows;
}

std::string rows_text(const std::string& name, const PromiseRows& rows) {
  std::string text;
  for (const auto& [starts, cells] : rows)
    text += md::row({name, starts, cells[0], cells[1]});
  return text;
}

std::string promises_of(const PageInput& in, const Program& program) {
  const auto place = [&](Start start) {
    return place_of(in, program.name, start, in.platform);
  };
  const auto of = [&](std::string_view runtime) {
    return promise_rows(in, program.language, [&](Start start) {
      auto where = place(start);
      where.runtime = runtime;
      return in.results.at(where);
    });
  };
  if (program.language == Language::cpp)
    return rows_text(program.file_name(), of(plan::kNative));
  std::vector<std::pair<Minor, PromiseRows>> versions;
  for (const Minor minor : in.results.minors(in.item.name(), in.platform))
    versions.emplace_back(minor,
                          promise_rows(in, program.language, [&](Start start) {
                            return in.results.at(place(start), minor);
                          }));
  if (versions.empty())
    return rows_text(program.file_name(), of(plan::kNoPython));
  auto groups = group_versions(versions);
  std::ranges::reverse(groups);
  std::string text;
  for (const auto& [minors, rows] : groups)
    text += rows_text(program.file_name() + ", " + versions_text(minors), rows);
  return text;
}

}  // namespace

std::string matrix(const PageInput& in) {
  const bool cpp = has_programs(in.item, Language::cpp);
  const bool python = has_programs(in.item, Language::python);
  Cells names = {cpp && python ? "" : cpp ? "broken.cpp" : "broken.py"};
  for (const auto& column : all_columns(in.item))
    names.push_back(column ? column_name(column) : "starts its own children");
  auto text = md::header(names);
  for (const auto& platform : in.results.platforms())
    if (platform == in.platform || in.results.has(in.item.name(), platform))
      text += platform_rows(in, platform);
  return text + "\n" + notes(in);
}

std::string fixed_line(const PageInput& in) {
  std::vector<std::string> files;
  std::set<std::string> said;
  for (const auto language : {Language::cpp, Language::python}) {
    std::set<std::string> words;
    for (const auto& record : in.results.of_case(in.item.name()))
      if (record.program == "fixed" && language_of(record) == language &&
          record.outcome != Outcome::unsupported)
        words.insert(cell({&record}));
    if (words.empty()) continue;
    files.push_back(catalogue::file_name("fixed", language));
    said.merge(words);
  }
  if (said.size() != 1) return "";
  return fmt::format(
      "Repaired, in {}: {} wherever {} ran.\n\n",
      files.size() == 2 ? files[0] + " and " + files[1] : files[0],
      *said.begin(), files.size() == 2 ? "they" : "it");
}

std::string promised_and_observed(const PageInput& in) {
  auto text = fmt::format("## Promised and observed on {}\n\n", in.platform);
  text += md::header({"program", "start method", "promised", "observed"});
  for (const auto& program : in.item.programs) text += promises_of(in, program);
  return text + "\n";
}

}  // namespace poolbugs::report
