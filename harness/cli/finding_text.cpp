#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "harness/cli/finding.hpp"
#include "harness/report/markdown.hpp"
#include "harness/report/text.hpp"
#include "platform/features.hpp"

namespace poolbugs::cli {
namespace {

using catalogue::Grade;
using catalogue::Outcome;
using nlohmann::ordered_json;
namespace md = report::md;

constexpr std::size_t kName = 60, kStackLines = 24, kStackFrames = 64,
                      kFramesOnTerminal = 6;

std::string shell_word(const std::string& word) {
  const char* plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "_-./=:,+@%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos)
    return word;
  std::string quoted = "'";
  for (const char letter : word)
    quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return quoted + "'";
}

std::string command_line(const Finding& finding) {
  if (finding.process)
    return fmt::format("poolbugs diagnose {}", *finding.process);
  std::string line = "poolbugs watch --";
  for (const std::string& word : finding.command)
    line += " " + shell_word(word);
  return line;
}

const char* outlook(const ThreadRow& row) {
  switch (row.outlook) {
    case wait::Outlook::never:
      return "never";
    case wait::Outlook::only_by_signal:
      return "only_by_signal";
    case wait::Outlook::may_move:
      break;
  }
  return "may_move";
}

std::string who(const ThreadRow& row) {
  return row.number == 1 ? row.role
                         : fmt::format("{}, thread {}", row.role, row.number);
}

std::string place(const stacks::Frame& frame) {
  // Templates of templates: nobody reads on, and the JSON has it all.
  std::string function(report::cut_utf8(frame.function, kName));
  if (function.size() < frame.function.size()) function += "…";
  if (frame.file.empty()) return function;
  return frame.line == 0
             ? fmt::format("{} ({})", function, frame.file)
             : fmt::format("{} ({}:{})", function, frame.file, frame.line);
}

std::string chain(const std::vector<stacks::Frame>& frames,
                  std::size_t most = kStackFrames) {
  if (frames.size() == most + 1) ++most;  // "1 more" is no shorter
  std::vector<std::string> places;
  for (const stacks::Frame& frame : frames)
    if (places.size() < most) places.push_back(place(frame));
  if (frames.size() > most)
    places.push_back(fmt::format("… {} more", frames.size() - most));
  return fmt::format("{}", fmt::join(places, " ← "));
}

std::string role_of(const Finding& finding, long process, long thread) {
  for (const ThreadRow& row : finding.threads)
    if (row.process == process && row.thread == thread) return who(row);
  return fmt::format("thread {}", thread);
}

/// For a terminal: where an interpreter runs, its own frames say nothing, and
/// what a thread was called from matters less the farther away it is.
std::string stacks_in_short(const Finding& finding) {
  std::string text;
  for (const stacks::ProcessStacks& process : finding.stacks)
    for (const stacks::ThreadStack& thread : process.threads) {
      const auto& frames =
          thread.python.empty() ? thread.native : thread.python;
      if (!frames.empty())
        text += fmt::format("{}: {}\n",
                            role_of(finding, process.process, thread.thread),
                            chain(frames, kFramesOnTerminal));
    }
  return text;
}

/// One line or two for each thread.
std::string stacks_text(const Finding& finding) {
  std::string text;
  for (const stacks::ProcessStacks& process : finding.stacks) {
    if (!process.failure.empty())
      text += fmt::format("process {}: {}\n", process.process, process.failure);
    for (const stacks::ThreadStack& thread : process.threads) {
      const std::string name = role_of(finding, process.process, thread.thread);
      text += fmt::format(
          "{}: {}\n", name,
          thread.native.empty() ? thread.failure : chain(thread.native));
      if (!thread.python.empty())
        text += fmt::format("{}, Python: {}\n", name, chain(thread.python));
    }
    if (!process.python_failure.empty())
      text += fmt::format("process {}, Python: {}\n", process.process,
                          process.python_failure);
  }
  return text;
}

ordered_json json_of(const std::vector<stacks::Frame>& frames) {
  ordered_json list = ordered_json::array();
  for (const stacks::Frame& frame : frames)
    list.push_back({{"function", report::valid_utf8(frame.function)},
                    {"file", report::valid_utf8(frame.file)},
                    {"line", frame.line}});
  return list;
}

ordered_json stacks_json(const Finding& finding) {
  ordered_json list = ordered_json::array();
  for (const stacks::ProcessStacks& process : finding.stacks)
    for (const stacks::ThreadStack& thread : process.threads)
      list.push_back({{"process", process.process},
                      {"thread", thread.thread},
                      {"native", json_of(thread.native)},
                      {"python", json_of(thread.python)},
                      {"failure", thread.failure}});
  return list;
}

ordered_json threads_json(const Finding& finding) {
  ordered_json list = ordered_json::array();
  for (const ThreadRow& row : finding.threads)
    list.push_back({{"role", row.role},
                    {"program", report::valid_utf8(row.program)},
                    {"process", row.process},
                    {"number", row.number},
                    {"thread", row.thread},
                    {"where", report::valid_utf8(row.where)},
                    {"symbol", report::valid_utf8(row.symbol)},
                    {"outlook", outlook(row)}});
  return list;
}

std::vector<std::string> all_valid(const std::vector<std::string>& texts) {
  std::vector<std::string> valid;
  for (const std::string& text : texts)
    valid.push_back(report::valid_utf8(text));
  return valid;
}

/// "(3 more cases have this cause, with other stacks)"
std::string others(const RelatedCases& cases) {
  return fmt::format("({} more case{} this cause, with other stacks)",
                     cases.others, cases.others == 1 ? " has" : "s have");
}

}  // namespace

std::string headline(const Finding& finding) {
  const std::string because =
      finding.cause.empty() ? "" : fmt::format(" ({})", finding.cause);
  if (finding.outcome == Outcome::crash) return "it died of " + finding.signal;
  if (finding.outcome == Outcome::error)
    return fmt::format("it ended with {}", finding.exit_code.value_or(1));
  if (!finding.grade)
    return finding.process ? "somebody in it may move" : "it ended well";
  switch (*finding.grade) {
    case Grade::proven:
      return "proved: it can never end" + because;
    case Grade::quiescent:
      if (finding.rests_until_signal)
        return "it never goes on by itself, only a signal could change that" +
               because;
      return "nothing moves, but that it never will is not proved" + because;
    case Grade::spinning:
      return "it burns CPU time, and nothing comes of it" + because;
    case Grade::timeout:
      return "its time is over, though it still does something" + because;
  }
  return "";
}

std::string part_headline(const Finding& finding) {
  const bool dead = std::any_of(
      finding.threads.begin(), finding.threads.end(),
      [](const ThreadRow& row) { return row.outlook == wait::Outlook::never; });
  return fmt::format(
      "a part of it {}{}", dead ? "can never go on" : "never goes on by itself",
      finding.cause.empty() ? "" : fmt::format(" ({})", finding.cause));
}

std::string story(const Finding& finding) {
  std::string text;
  for (const std::string& sentence : finding.explanation)
    text += "  " + report::visible(sentence) + "\n";
  for (const std::string& sentence : finding.unseen)
    text += "  " + report::visible(sentence) + "\n";
  auto lines = report::split_lines(report::visible(stacks_in_short(finding)));
  const std::size_t all = lines.size();
  lines.resize(std::min(all, kStackLines));
  for (const std::string& line : lines) text += "    " + line + "\n";
  if (lines.size() < all)
    text += fmt::format("    ({} more threads)\n", all - lines.size());
  for (const RelatedCase& item : finding.cases.nearest)
    text += fmt::format("  poolbugs show {}  ({}: {})\n", item.name, item.id,
                        item.title);
  if (finding.cases.others > 0) text += "  " + others(finding.cases) + "\n";
  return text;
}

std::string thread_table(const Finding& finding) {
  std::string text;
  for (const ThreadRow& row : finding.threads)
    text += fmt::format(
        "  {:<24} {:>8} {:<16} {}{}\n", who(row), row.thread,
        report::visible(row.program), report::visible(row.where),
        row.symbol.empty() ? "" : " at " + report::visible(row.symbol));
  return text;
}

ordered_json to_json(const Finding& finding) {
  ordered_json cases = ordered_json::array();
  for (const RelatedCase& item : finding.cases.nearest)
    cases.push_back(
        {{"case", item.name}, {"id", item.id}, {"title", item.title}});
  ordered_json object;
  if (finding.process)
    object["pid"] = *finding.process;
  else
    object["command"] = all_valid(finding.command);
  object["platform"] = platform_name();
  object["outcome"] = std::string(to_string(finding.outcome));
  object["grade"] = nullptr;
  if (finding.grade) object["grade"] = std::string(to_string(*finding.grade));
  object["cause"] = finding.cause;
  object["seconds"] = finding.seconds;
  object["explanation"] = all_valid(finding.explanation);
  object["exit_code"] = nullptr;
  if (finding.exit_code) object["exit_code"] = *finding.exit_code;
  object["signal"] = nullptr;
  if (!finding.signal.empty()) object["signal"] = finding.signal;
  object["status"] = finding.status;
  if (!finding.command.empty()) object["examinations"] = finding.examinations;
  object["unless"] = all_valid(finding.unless);
  object["part"] = all_valid(finding.part);
  object["unseen"] = all_valid(finding.unseen);
  object["threads"] = threads_json(finding);
  object["mermaid"] = report::valid_utf8(finding.mermaid);
  object["cases"] = cases;
  object["stacks"] = stacks_json(finding);
  return object;
}

std::string to_markdown(const Finding& finding) {
  const std::string grade =
      finding.grade ? fmt::format(", {}", to_string(*finding.grade)) : "";
  std::string name = finding.process
                         ? fmt::format("process {}", *finding.process)
                     : finding.command.empty() ? ""
                                               : finding.command[0];
  std::string page = fmt::format(
      "# {}{}{}{}\n\n{}: {}.\n\n", to_string(finding.outcome), grade,
      finding.cause.empty() ? "" : ": " + md::prose(finding.cause),
      " · " + md::prose(report::visible(name)),
      md::code(report::visible(command_line(finding))), headline(finding));
  if (!finding.explanation.empty() || !finding.mermaid.empty())
    page += "## What was seen\n\n";
  if (!finding.mermaid.empty())
    page += md::fence(report::visible(finding.mermaid), "mermaid") + "\n";
  std::vector<std::string> sentences;
  for (const std::string& sentence : finding.explanation)
    sentences.push_back(md::prose(report::visible(sentence)));
  for (const std::string& sentence : finding.unseen)
    sentences.push_back(md::prose(report::visible(sentence)));
  if (!sentences.empty())
    page += fmt::format("{}\n\n", fmt::join(sentences, "\n"));
  if (!finding.threads.empty()) {
    page += md::header({"thread", "id", "program", "where"});
    for (const ThreadRow& row : finding.threads)
      page +=
          md::row({who(row), std::to_string(row.thread),
                   md::code(report::visible(row.program)),
                   md::prose(report::visible(row.where)) +
                       (row.symbol.empty()
                            ? ""
                            : " at " + md::code(report::visible(row.symbol)))});
    page += "\n";
  }
  if (!finding.stacks.empty())
    page += md::details("Stacks",
                        md::fence(report::visible(stacks_text(finding)))) +
            "\n";
  if (!finding.cases.nearest.empty()) {
    page += "## Known failures with this cause\n\n";
    for (const RelatedCase& item : finding.cases.nearest)
      page += fmt::format("- {} · {} ({})\n", item.id, md::prose(item.title),
                          md::code("poolbugs show " + item.name));
    if (finding.cases.others > 0) page += "\n" + others(finding.cases) + "\n";
    page += "\n";
  }
  page += "## Reproduce it\n\n" +
          md::fence(report::visible(command_line(finding)), "sh");
  return page;
}

}  // namespace poolbugs::cli
