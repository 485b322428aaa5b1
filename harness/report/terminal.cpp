#include "harness/report/terminal.hpp"

#include <fmt/color.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/report/text.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Outcome;
using catalogue::Verdict;

std::string styled(std::string text, fmt::text_style style, bool colour) {
  return colour ? fmt::format(style, "{}", text) : text;
}

std::string run_name(const Record& record) {
  // As in the plan and in journals.
  auto name = record.case_name + "." + record.program;
  if (record.runtime != plan::kNative) name += "." + record.runtime;
  if (record.start_method)
    name += fmt::format(".{}", to_string(*record.start_method));
  if (record.repetition > 1) name += fmt::format(" #{}", record.repetition);
  return name;
}

/// "as promised: 12 ok, 9 hang, 3 crash".
std::string as_promised(const std::vector<Record>& records) {
  std::map<Outcome, int> counts;
  for (const auto& record : records)
    if (record.verdict == Verdict::as_promised) ++counts[record.outcome];
  std::vector<std::pair<Outcome, int>> ordered(counts.begin(), counts.end());
  std::stable_sort(
      ordered.begin(), ordered.end(),
      [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> words;
  for (const auto& [outcome, count] : ordered)
    words.push_back(fmt::format("{} {}", count, catalogue::to_string(outcome)));
  return comma_list(words);
}

/// "windows only (3 runs)"; reasons why runs were not tried.
std::string unsupported(const std::vector<Record>& records) {
  std::map<std::string, int> reasons;
  for (const auto& record : records)
    if (record.verdict == Verdict::unsupported)
      ++reasons[record.explanation.empty() ? "no reason given"
                                           : record.explanation.front()];
  std::string text;
  for (const auto& [reason, count] : reasons)
    text += fmt::format("  {} {}: {}\n", count, count == 1 ? "run" : "runs",
                        visible(reason));
  return text;
}

std::string broken(const Record& record, bool colour) {
  std::string promised;
  for (const auto& promise : record.promised)
    promised += (promised.empty() ? "" : " or ") + promise;
  auto text = fmt::format(
      "{} {}\n    promised {}, observed {} ({})\n",
      styled("✗", fmt::fg(fmt::terminal_color::red), colour),
      styled(visible(run_name(record)), fmt::emphasis::bold, colour),
      visible(promised.empty() ? "nothing" : promised),
      visible(outcome_text(record)), visible(record.ended));
  for (const auto& sentence : reasons_of(record))
    text += "    " + visible(sentence) + "\n";
  return text + "    " +
         styled(visible(command_of(record)), fmt::fg(fmt::terminal_color::cyan),
                colour) +
         "\n";
}

}  // namespace

std::string terminal_summary(std::vector<Record> records,
                             const TerminalOptions& options) {
  std::stable_sort(records.begin(), records.end(), comes_before);
  const auto count = [&](Verdict verdict) {
    return std::count_if(
        records.begin(), records.end(),
        [&](const Record& record) { return record.verdict == verdict; });
  };
  const auto kept = count(Verdict::as_promised);
  const auto not_kept = count(Verdict::broken_promise);

  std::string text;
  for (const auto& record : records)
    if (record.verdict == Verdict::broken_promise)
      text += broken(record, options.colour) + "\n";
  if (kept > 0)
    text += fmt::format("{} as promised: {}\n", kept, as_promised(records));
  if (const auto none = count(Verdict::unsupported); none > 0)
    text += fmt::format("{} not run, unsupported here:\n{}", none,
                        unsupported(records));
  const auto total =
      records.empty() ? std::string("nothing was run")
      : not_kept == 0
          ? std::string("every promise was kept")
          : fmt::format("{} {} broken", not_kept,
                        not_kept == 1 ? "promise was" : "promises were");
  text += styled(total,
                 fmt::emphasis::bold |
                     fmt::fg(not_kept == 0 ? fmt::terminal_color::green
                                           : fmt::terminal_color::red),
                 options.colour && !records.empty()) +
          "\n";
  if (!options.open.empty())
    text += fmt::format("open {}\n", options.open.generic_string());
  return text;
}

}  // namespace poolbugs::report
