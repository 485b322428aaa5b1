// What can be pasted into a report to CPython: it names nothing of ours.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "harness/report/markdown.hpp"
#include "harness/report/normalise.hpp"
#include "harness/report/page_parts.hpp"
#include "harness/report/text.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Grade;
using catalogue::Language;
using catalogue::Outcome;

/// `python3.13 broken.py fork`
std::string plain_command(const Record& run) {
  auto command = fmt::format(
      "python{} broken.py",
      minor_of(run.runtime) ? to_string(*minor_of(run.runtime)) : "3");
  if (run.start_method)
    command += fmt::format(" {}", to_string(*run.start_method));
  return command;
}

/// The items after "expected: " or "observed: ", a line each.
std::string items(const std::string& out, std::string_view mark) {
  std::string text;
  for (const auto& line : split_lines(out))
    if (line.starts_with(mark)) text += line.substr(mark.size()) + "\n";
  return text;
}

std::string expected(const Record& run) {
  const auto text = items(run.out, "expected: ");
  if (text.empty()) return "It ends, with exit status 0.\n";
  return "It ends, with exit status 0, and observes:\n\n" + md::fence(text);
}

std::string observed(const Record& run) {
  std::string why;
  for (const auto& sentence : plain_sentences(run))
    why += (why.empty() ? "" : " ") + sentence;
  std::string text;
  if (run.outcome == Outcome::hang)
    text = run.grade == Grade::timeout
               ? "It had not ended when its time was over.\n"
               : "It never ends.\n";
  else if (why.empty())
    text = "It ends: " + run.ended + ".\n";
  if (!why.empty()) text += (text.empty() ? "" : "\n") + why + "\n";
  if (const auto seen = items(run.out, "observed: "); !seen.empty())
    text += fmt::format(
        "\n{}:\n\n{}",
        run.outcome == Outcome::hang ? "Until then it observes" : "It observes",
        md::fence(seen));
  // What a program that is ended from outside has not flushed is lost, so
  // that nothing is seen says nothing.
  else if (run.outcome != Outcome::hang)
    text += "\nIt observes nothing.\n";
  if (!run.left.empty())
    text += "\nIt leaves behind:\n\n" + md::fence(join_lines(run.left));
  if (!run.err.empty()) text += "\nOn standard error:\n\n" + md::fence(run.err);
  return text;
}

/// The versions in which the same start method gives the same outcome.
std::string environment(const PageInput& in, const Record& run,
                        const Runs& shown) {
  auto text = fmt::format("{} on {}.", runtime_title(run.runtime), in.platform);
  std::set<Start> starts;
  for (const auto* other : shown)
    if (other->outcome == run.outcome &&
        other->start_method != run.start_method)
      starts.insert(other->start_method);
  std::vector<std::string> methods;
  for (const auto& start : starts) methods.push_back(column_name(start));
  if (!methods.empty())
    text += fmt::format(" The same outcome with the start {}.",
                        methods.size() == 1
                            ? "method " + methods[0]
                            : "methods " + methods[0] + " and " + methods[1]);
  const auto with = [&](Outcome outcome) {
    std::set<std::string> versions;
    for (const auto& record : in.results.of_case(in.item.name()))
      if (record.program == run.program && record.platform == in.platform &&
          record.start_method == run.start_method &&
          record.outcome == outcome && record.runtime != run.runtime &&
          minor_of(record.runtime))
        versions.insert(record.runtime.substr(record.runtime.find('-') + 1));
    std::vector<std::string> sorted(versions.begin(), versions.end());
    std::ranges::sort(sorted, natural_less);
    return comma_list(sorted);
  };
  if (const auto same = with(run.outcome); !same.empty())
    text += fmt::format(" The same outcome with CPython {}.", same);
  if (const auto fine = with(Outcome::ok); !fine.empty())
    text += fmt::format(" As expected with CPython {}.", fine);
  return text + "\n";
}

}  // namespace

std::string upstream_report(const PageInput& in) {
  const auto shown = failures(in, Language::python);
  if (shown.empty()) return "";
  const auto& run = *shown.front();
  const auto report = fmt::format(
      "{}\n\nProgram, `broken.py`:\n\n{}\nCommand: `{}`\n\n"
      "**Expected:** {}\n**Observed:** {}\n**Environment:** {}",
      in.item.title, md::fence(in.broken_py, "python"), plain_command(run),
      expected(run), observed(run), environment(in, run, shown));
  return "## Report it\n\nTo paste into a report to CPython:\n\n" +
         md::details(fmt::format("{}, as Markdown", plain_command(run)),
                     md::fence(report, "markdown")) +
         "\n";
}

}  // namespace poolbugs::report
