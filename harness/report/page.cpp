#include "harness/report/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/report/markdown.hpp"
#include "harness/report/text.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Case;
using catalogue::Outcome;

Runs runs_at(const PageInput& in, std::string_view program,
             std::optional<StartMethod> start, std::string_view platform,
             std::string_view runtime) {
  return in.results.at({in.item.name(), std::string(program), start,
                        std::string(platform), std::string(runtime)});
}

std::string head(const PageInput& in) {
  const auto& item = in.item;
  auto text = fmt::format(
      "{}; the words come from cases/{}/case.md, the rest from runs. -->\n",
      kPageMark, in.item.name());
  text += fmt::format("# {} · {}\n\n`{}`", item.id, item.title, item.name());
  if (!item.aliases.empty())
    text += " · also known as " + comma_list(item.aliases);
  if (!item.links.empty())
    text += fmt::format(" · [{} {}](#references)", item.links.size(),
                        item.links.size() == 1 ? "reference" : "references");
  text += "\n\n";
  if (const auto symptom = symptom_of(item); !symptom.empty())
    text += fmt::format("> **You have this if:** {}\n\n", symptom);
  return text;
}

/// The cell of the broken half; the fixed half joins it only where it failed.
std::string matrix_cell(const PageInput& in, std::optional<StartMethod> start,
                        std::string_view platform, std::string_view runtime) {
  auto text =
      cell_text(runs_at(in, "broken", start, platform, runtime), Detail::full);
  const auto fixed = runs_at(in, "fixed", start, platform, runtime);
  if (breaks_promise(fixed))
    text += "<br>fixed: " + cell_text(fixed, Detail::full);
  return text;
}

std::string matrix(const PageInput& in) {
  const auto columns = columns_of(in.item);
  std::vector<std::string> names = {"broken.cpp"};
  for (const auto& column : columns)
    names.push_back(column ? column_name(column) : "starts its own children");
  auto text = md::header(names);
  for (const auto& platform : in.results.platforms())
    for (const auto& runtime : in.results.runtimes(in.item.name(), platform)) {
      auto name = platform;
      if (runtime != "native") name += ", " + runtime;
      if (platform == in.platform)
        name = fmt::format("**{}**", name);
      else if (in.results.has(in.item.name(), platform))
        name =
            fmt::format("[{}](../../{}/{}.md)", name, platform, in.item.name());
      std::vector<std::string> cells = {name};
      for (const auto& column : columns)
        cells.push_back(matrix_cell(in, column, platform, runtime));
      text += md::row(cells);
    }
  return text + "\n";
}

/// What the repaired program did, in a line, if it did the same everywhere.
std::string fixed_line(const PageInput& in) {
  std::set<std::string> said;
  for (const auto& record : in.results.all())
    if (record.case_name == in.item.name() && record.program == "fixed" &&
        record.outcome != Outcome::unsupported)
      said.insert(cell_text({&record}, Detail::full));
  if (said.size() != 1) return "";
  return fmt::format("Repaired, in fixed.cpp: {} wherever it ran.\n\n",
                     *said.begin());
}

/// The runs of this page that are worth a look.
Runs failures(const PageInput& in) {
  Runs found;
  for (const auto& record : in.results.all())
    if (record.case_name == in.item.name() && record.platform == in.platform &&
        is_the_failure(record))
      found.push_back(&record);
  return found;
}

std::string as_list(const std::vector<std::string>& sentences) {
  std::string text;
  for (const auto& sentence : sentences)
    text += "- " + md::prose(sentence) + "\n";
  return text;
}

/// The words tell what the picture shows, one sentence after the other.
std::string as_story(const std::string& graph,
                     const std::vector<std::string>& sentences) {
  auto text = md::fence(graph, "mermaid");
  for (std::size_t i = 0; i < sentences.size(); ++i)
    text += (i == 0 ? "\n" : " ") + md::prose(sentences[i]);
  return text + "\n";
}

/// What the judge said of the broken half, once for equal words.
std::string seen_here(const PageInput& in) {
  std::string text;
  auto left = failures(in);
  while (!left.empty()) {
    const auto& words = left.front()->explanation;
    const auto& graph = left.front()->graph;
    Runs same;
    std::erase_if(left, [&](const Record* run) {
      if (run->explanation != words || run->graph != graph) return false;
      same.push_back(run);
      return true;
    });
    if (words.empty()) continue;
    text += fmt::format("Seen on {}, {}:\n\n", in.platform,
                        runs_name("broken.cpp", same));
    text += graph.empty() ? as_list(words) : as_story(graph, words);
    text += "\n";
  }
  return text;
}

std::string difference(const PageInput& in) {
  if (in.diff.empty()) return "";
  const auto source = [&](std::string_view name) {
    return in.case_link.empty()
               ? fmt::format("`{}`", name)
               : fmt::format("[{0}]({1}/{0})", name, in.case_link);
  };
  return fmt::format("From {} to {}:\n\n{}\n", source("broken.cpp"),
                     source("fixed.cpp"), md::fence(in.diff, "diff"));
}

std::string story(const PageInput& in) {
  std::string text;
  bool showed_difference = false;
  for (const auto& section : in.item.story) {
    auto body = section.body;
    while (body.ends_with('\n') || body.ends_with(' ')) body.pop_back();
    body.erase(0, body.find_first_not_of('\n'));
    text +=
        fmt::format("## {}\n\n{}\n\n", section.heading, md::link_issues(body));
    if (section.heading == "What you see") text += seen_here(in);
    if (section.heading == "What fixes it") {
      text += difference(in);
      showed_difference = true;
    }
  }
  return showed_difference ? text : text + difference(in);
}

std::string reproduce(const PageInput& in) {
  const auto found = failures(in);
  Record example;
  example.case_name = in.item.name();
  example.program = "broken";
  if (!in.item.start.empty())
    example.start_method = columns_of(in.item).front();
  const auto& shown = found.empty() ? example : *found.front();
  return fmt::format("## Reproduce it\n\n{}\n",
                     md::fence(command_of(shown), "sh"));
}

std::string promised_and_observed(const PageInput& in) {
  auto text = fmt::format("## Promised and observed on {}\n\n", in.platform);
  text += md::header({"program", "start method", "promised", "observed"});
  for (const auto& program : in.item.programs)
    for (const auto& runtime :
         in.results.runtimes(in.item.name(), in.platform)) {
      // Start methods with the same two cells share a row.
      std::vector<std::pair<std::vector<std::string>, std::string>> rows;
      for (const auto& start : columns_of(in.item)) {
        const auto runs =
            runs_at(in, program.name, start, in.platform, runtime);
        const auto state = state_of(runs);
        std::vector<std::string> cells = {
            state == CellState::ran ? promised_text(runs) : "",
            state == CellState::unsupported ? "– (unsupported here)"
                                            : cell_text(runs, Detail::full)};
        if (runs.size() > 1)
          cells.back() += fmt::format(", {} runs", runs.size());
        auto at = std::find_if(rows.begin(), rows.end(), [&](const auto& row) {
          return row.first == cells;
        });
        if (at == rows.end())
          rows.emplace_back(std::move(cells), column_name(start));
        else
          at->second += ", " + column_name(start);
      }
      const auto name =
          runtime == "native" ? program.name : program.name + ", " + runtime;
      for (const auto& [cells, starts] : rows)
        text += md::row({name, starts, cells[0], cells[1]});
    }
  return text + "\n";
}

std::string references(const Case& item) {
  if (item.links.empty()) return "";
  std::string text = "## References\n\n";
  for (const auto& reference : item.links)
    text += "- " + md::link(reference) + "\n";
  return text;
}

}  // namespace

std::string symptom_of(const Case& item) {
  for (const auto& section : item.story)
    if (section.heading == "What you see")
      return md::link_issues(md::lead(section.body));
  return "";
}

std::string case_page(const PageInput& in) {
  auto text = head(in) + matrix(in) + fixed_line(in) + story(in) +
              reproduce(in) + promised_and_observed(in);
  text += "## Evidence\n\n";
  for (const auto& program : in.item.programs)
    text += evidence(in, program.name);
  if (const auto links = references(in.item); !links.empty())
    text += "\n" + links;
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

}  // namespace poolbugs::report
