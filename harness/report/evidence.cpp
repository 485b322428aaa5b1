// What a run left to be looked at, folded away at the end of a page.
#include <fmt/format.h>

#include <algorithm>

#include "harness/report/markdown.hpp"
#include "harness/report/page.hpp"
#include "harness/report/text.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Outcome;

bool same_evidence(const Record& a, const Record& b) {
  return a.runtime == b.runtime && a.outcome == b.outcome &&
         a.grade == b.grade && a.cause == b.cause && a.ended == b.ended &&
         a.out == b.out && a.err == b.err && a.truncated == b.truncated &&
         a.limits == b.limits && a.left == b.left && a.threads == b.threads &&
         a.stacks == b.stacks && a.explanation == b.explanation;
}

std::string output(std::string_view name, const std::string& text) {
  return text.empty() ? "" : fmt::format("{}:\n\n{}\n", name, md::fence(text));
}

/// "Exit 0", "SIGSEGV", "Ended by poolbugs: …".
std::string sentence_case(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string body(const Record& run) {
  std::string text;
  // What was said of the failure itself stands in "What you see", and of what
  // went well there is nothing to say.
  const bool told =
      is_the_failure(run) || (run.outcome == Outcome::ok &&
                              run.verdict == catalogue::Verdict::as_promised);
  if (!told && !run.explanation.empty()) {
    for (const auto& sentence : run.explanation)
      text += "- " + md::prose(sentence) + "\n";
    text += "\n";
  }
  text += md::prose(sentence_case(run.ended));
  if (!run.limits.empty())
    text += " · passed the limit on " + md::prose(comma_list(run.limits));
  if (run.truncated) text += " · output cut at the limit";
  if (run.out.empty() && run.err.empty()) text += " · no output";
  if (run.left.empty()) text += " · left nothing behind";
  text += "\n\n";
  text += output("stdout", run.out) + output("stderr", run.err);
  if (!run.threads.empty())
    text += "Threads when it was ended:\n\n" +
            md::fence(join_lines(run.threads)) + "\n";
  if (!run.stacks.empty())
    text += "Their stacks:\n\n" + md::fence(join_lines(run.stacks)) + "\n";
  if (!run.left.empty())
    text += "Left behind:\n\n" + md::fence(join_lines(run.left)) + "\n";
  while (text.ends_with('\n')) text.pop_back();
  return text + "\n";
}

}  // namespace

bool is_the_failure(const Record& run) {
  return run.program == "broken" && run.outcome != Outcome::ok &&
         run.outcome != Outcome::unsupported;
}

std::string runs_name(std::string_view program, const Runs& runs) {
  std::vector<std::string> starts;
  for (const auto* run : runs) {
    if (!run->start_method) continue;
    std::string name(to_string(*run->start_method));
    if (std::find(starts.begin(), starts.end(), name) == starts.end())
      starts.push_back(std::move(name));
  }
  std::string text(program);
  if (!runs.empty() && runs.front()->runtime != "native")
    text += ", " + runs.front()->runtime;
  for (std::size_t i = 0; i < starts.size(); ++i)
    text += (i == 0                   ? " under "
             : i + 1 == starts.size() ? " and "
                                      : ", ") +
            starts[i];
  return text;
}

std::string evidence(const PageInput& in, std::string_view program) {
  std::vector<const Record*> left;
  for (const auto& record : in.results.all())
    if (record.case_name == in.item.name() && record.program == program &&
        record.platform == in.platform)
      left.push_back(&record);
  std::string text;
  while (!left.empty()) {
    const Record* run = left.front();
    Runs same;
    std::erase_if(left, [&](const Record* other) {
      if (!same_evidence(*run, *other)) return false;
      same.push_back(other);
      return true;
    });
    const auto name = runs_name(program, same);
    if (run->outcome == Outcome::unsupported) {
      text += fmt::format("{}: not run, {}\n\n", name,
                          run->explanation.empty()
                              ? "unsupported here"
                              : md::prose(comma_list(run->explanation)));
      continue;
    }
    text += md::details(fmt::format("{}: {}", name, outcome_text(*run)),
                        body(*run));
  }
  return text;
}

}  // namespace poolbugs::report
