// What a run left to be looked at, folded away at the end of a page.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/report/markdown.hpp"
#include "harness/report/page_parts.hpp"
#include "harness/report/text.hpp"

namespace poolbugs::report {
namespace {

using catalogue::Language;
using catalogue::Outcome;

/// Of CPython without the grade: it, and by what a hang was known, may differ
/// from run to run.
std::string outcome_of(const Record& run) {
  return language_of(run) == Language::cpp
             ? outcome_text(run)
             : outcomes_text({&run}, Detail::brief);
}

std::string ended(const Record& run) {
  constexpr std::string_view by_us = "ended by poolbugs";
  const bool hang = run.outcome == Outcome::hang;
  if (language_of(run) == Language::python && hang &&
      run.ended.starts_with(by_us))
    return std::string(by_us);
  return run.ended;
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
    for (const auto& sentence : language_of(run) == Language::cpp
                                    ? run.explanation
                                    : plain_sentences(run))
      text += "- " + md::prose(sentence) + "\n";
    text += "\n";
  }
  text += md::prose(sentence_case(ended(run)));
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

/// What is told of a run in a line, and the rest.
std::pair<std::string, std::string> shown_of(const Record& run) {
  if (run.outcome != Outcome::unsupported) return {outcome_of(run), body(run)};
  return {"", run.explanation.empty() ? "unsupported here"
                                      : md::prose(comma_list(run.explanation))};
}

Runs runs_of(const PageInput& in, const catalogue::Program& program) {
  Runs runs;
  for (const auto& record : in.results.of_case(in.item.name()))
    if (record.program == program.name && record.platform == in.platform &&
        language_of(record) == program.language)
      runs.push_back(&record);
  return runs;
}

/// Of each start method the newest version with each of its outcomes. What a
/// version lacks is shown only if all of them do: the tables tell it.
Runs newest_by_outcome(Runs runs) {
  const bool any = state_of(runs) == CellState::ran;
  std::ranges::reverse(runs);
  // Few people run those without the lock.
  std::ranges::stable_partition(runs, [](const Record* run) {
    const auto minor = minor_of(run->runtime);
    return !minor || !minor->free_threaded;
  });
  std::map<std::pair<Start, Outcome>, std::string> newest;
  std::erase_if(runs, [&](const Record* run) {
    if (any && run->outcome == Outcome::unsupported) return true;
    const auto [at, first] = newest.emplace(
        std::pair(run->start_method, run->outcome), run->runtime);
    return !first && at->second != run->runtime;
  });
  std::ranges::stable_sort(runs, [](const Record* a, const Record* b) {
    return std::pair(a->start_method, a->repetition) <
           std::pair(b->start_method, b->repetition);
  });
  return runs;
}

}  // namespace

bool is_the_failure(const Record& run) {
  return run.program == "broken" && run.outcome != Outcome::ok &&
         run.outcome != Outcome::unsupported;
}

std::string file_of(const Record& run) {
  return catalogue::file_name(run.program, language_of(run));
}

std::vector<std::string> plain_sentences(const Record& run) {
  auto sentences = reasons_of(run);
  std::erase_if(sentences, [](const std::string& sentence) {
    return std::ranges::any_of(
        std::initializer_list<std::string_view>{
            "When it was ended: ", "It was ended after ", "This is proved ",
            "All this is proved "},
        [&](std::string_view start) { return sentence.starts_with(start); });
  });
  return sentences;
}

std::string under(const Runs& runs) {
  std::vector<std::string> starts;
  for (const auto* run : runs) {
    if (!run->start_method) continue;
    std::string name(to_string(*run->start_method));
    if (std::find(starts.begin(), starts.end(), name) == starts.end())
      starts.push_back(std::move(name));
  }
  std::string text;
  for (std::size_t i = 0; i < starts.size(); ++i)
    text += (i == 0                   ? " under "
             : i + 1 == starts.size() ? " and "
                                      : ", ") +
            starts[i];
  return text;
}

std::string runs_name(const Runs& runs) {
  if (runs.empty()) return "";
  const auto& first = *runs.front();
  auto text = file_of(first);
  if (first.runtime != plan::kNative)
    text += ", " + runtime_title(first.runtime);
  return text + under(runs);
}

Runs failures(const PageInput& in, Language language) {
  Runs found;
  std::vector<Minor> minors;
  for (const auto& record : in.results.of_case(in.item.name())) {
    if (record.platform != in.platform || language_of(record) != language ||
        !is_the_failure(record))
      continue;
    found.push_back(&record);
    if (const auto minor = minor_of(record.runtime)) minors.push_back(*minor);
  }
  if (const auto newest = newest_of(minors)) {
    // Of two 3.13.N too, the newer one.
    std::string_view runtime;
    for (const auto* run : found)
      if (minor_of(run->runtime) == newest) runtime = run->runtime;
    std::erase_if(found, [&](auto* run) { return run->runtime != runtime; });
  }
  return found;
}

std::string evidence(const PageInput& in, const catalogue::Program& program) {
  auto left = program.language == Language::cpp
                  ? runs_of(in, program)
                  : newest_by_outcome(runs_of(in, program));
  std::string text;
  while (!left.empty()) {
    const Record* run = left.front();
    const auto shown = shown_of(*run);
    Runs same;
    std::erase_if(left, [&](const Record* other) {
      if (run->runtime != other->runtime || shown_of(*other) != shown)
        return false;
      same.push_back(other);
      return true;
    });
    const auto name = runs_name(same);
    if (run->outcome == Outcome::unsupported)
      text += fmt::format("{}: not run, {}\n\n", name, shown.second);
    else
      text +=
          md::details(fmt::format("{}: {}", name, shown.first), shown.second);
  }
  return text;
}

}  // namespace poolbugs::report
