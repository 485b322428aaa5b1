#include "harness/report/page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/report/markdown.hpp"
#include "harness/report/page_parts.hpp"
#include "harness/report/text.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Case;
using catalogue::Language;

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

std::string seen(const PageInput& in, const Runs& runs,
                 const std::string& graph,
                 const std::vector<std::string>& words) {
  if (words.empty()) return "";
  return fmt::format("Seen on {}, {}:\n\n{}\n", in.platform, runs_name(runs),
                     graph.empty() ? as_list(words) : as_story(graph, words));
}

/// What the judge said of the broken half, once for equal words.
std::string cpp_seen(const PageInput& in) {
  std::string text;
  auto left = failures(in, Language::cpp);
  while (!left.empty()) {
    const auto& first = *left.front();
    Runs same;
    std::erase_if(left, [&](const Record* run) {
      if (run->explanation != first.explanation || run->graph != first.graph)
        return false;
      same.push_back(run);
      return true;
    });
    text += seen(in, same, first.graph, first.explanation);
  }
  return text;
}

/// Once for equal outcomes: what a start method brings of its own (a process
/// that tracks resources, a server) changes the words, not the failure.
std::string python_seen(const PageInput& in) {
  std::string text;
  auto left = failures(in, Language::python);
  while (!left.empty()) {
    const auto outcome = left.front()->outcome;
    Runs same;
    std::erase_if(left, [&](const Record* run) {
      if (run->outcome != outcome) return false;
      same.push_back(run);
      return true;
    });
    const auto drawn = std::ranges::find_if(
        same, [](const Record* run) { return !run->graph.empty(); });
    const auto& shown = drawn == same.end() ? *same.front() : **drawn;
    const auto story = seen(in, {&shown}, shown.graph, plain_sentences(shown));
    std::erase_if(same, [&](const Record* run) {
      return run->start_method == shown.start_method;
    });
    if (story.empty()) continue;
    text += story;
    if (outcome == catalogue::Outcome::hang)
      text +=
          "How far that is proved may differ from run to run, and is told "
          "in [results.jsonl](../results.jsonl).";
    if (!same.empty())
      text += fmt::format("{}The same outcome{}.",
                          text.ends_with('\n') ? "" : " ", under(same));
    if (!text.ends_with('\n')) text += "\n\n";
  }
  return text;
}

std::string difference(const PageInput& in, Language language) {
  const bool cpp = language == Language::cpp;
  const auto& diff = cpp ? in.cpp_diff : in.python_diff;
  if (diff.empty()) return "";
  const auto source = [&](std::string_view half) {
    const auto name = catalogue::file_name(half, language);
    return in.case_link.empty()
               ? fmt::format("`{}`", name)
               : fmt::format("[{0}]({1}/{0})", name, in.case_link);
  };
  const bool both = !in.cpp_diff.empty() && !in.python_diff.empty();
  return fmt::format("{}From {} to {}:\n\n{}\n",
                     !both ? ""
                     : cpp ? "### In C++\n\n"
                           : "### In Python\n\n",
                     source("broken"), source("fixed"),
                     md::fence(diff, "diff"));
}

std::string differences(const PageInput& in) {
  return difference(in, Language::cpp) + difference(in, Language::python);
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
    if (section.heading == "What you see")
      text += cpp_seen(in) + python_seen(in);
    if (section.heading == "What fixes it") {
      text += differences(in);
      showed_difference = true;
    }
  }
  return showed_difference ? text : text + differences(in);
}

/// A run to look at: a failure, or else the first one there is.
std::string reproducing_command(const PageInput& in, Language language) {
  if (!has_programs(in.item, language)) return "";
  const auto found = failures(in, language);
  Record example;
  example.case_name = in.item.name();
  example.program = "broken";
  example.start_method = columns_of(in.item, language).front();
  if (language == Language::python) example.runtime = plan::kNoPython;
  if (!found.empty()) example = *found.front();
  // Any 3.13 will do for the reader.
  if (const auto minor = minor_of(example.runtime))
    example.runtime = "cpython-" + to_string(*minor);
  return command_of(example) + "\n";
}

std::string reproduce(const PageInput& in) {
  return fmt::format("## Reproduce it\n\n{}\n",
                     md::fence(reproducing_command(in, Language::cpp) +
                                   reproducing_command(in, Language::python),
                               "sh"));
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
              reproduce(in) + upstream_report(in) + promised_and_observed(in);
  text += "## Evidence\n\n";
  for (const auto& program : in.item.programs) text += evidence(in, program);
  if (const auto links = references(in.item); !links.empty())
    text += "\n" + links;
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

}  // namespace poolbugs::report
