#include "harness/judge/opinion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <regex>

#include "harness/judge/cause.hpp"
#include "harness/judge/hang.hpp"
#include "harness/judge/judge.hpp"
#include "platform/signal_name.hpp"

namespace poolbugs::judge {
namespace {

using catalogue::Outcome;
using catalogue::Promise;
using run::End;

/// "SIGKILL", "STATUS_ACCESS_VIOLATION"; "" if it ended by itself.
std::string death(const run::Exit& exit) {
  return exit.signal != 0 ? signal_name(exit.signal) : status_name(exit.code);
}

/// abort() of the C library that mingw-w64 links: exit code 3, which any
/// program may return. So it takes the words of abort() itself
/// (https://learn.microsoft.com/previous-versions/visualstudio/visual-studio-2010/k089yyh0(v=vs.100)),
/// of assert() or of libstdc++'s std::terminate(), which call it. Wine's
/// abort() writes none: alone it stays `error: exit 3`.
bool aborted(const run::Observation& seen) {
  if (seen.exit->signal != 0 || seen.exit->code != 3) return false;
  return any_line_matches(
      seen.err,
      "^(This application has requested the Runtime to terminate it in an "
      "unusual way\\.|Assertion failed: |terminate called )");
}

/// "died of SIGKILL", "ended with exit code 3".
std::string how_it_ended(const run::Exit& exit) {
  const std::string of = death(exit);
  return of.empty() ? fmt::format("ended with exit code {}", exit.code)
                    : "died of " + of;
}

Opinion harness_error(std::string sentence) {
  return {.outcome = Outcome::harness_error,
          .explanation = {std::move(sentence)}};
}

Opinion runaway(const run::Observation& seen) {
  std::vector<std::string> names;
  for (const run::Limit limit : seen.limits)
    names.emplace_back(to_string(limit));
  Opinion opinion{.outcome = Outcome::runaway, .cause = join_sorted(names)};
  opinion.explanation = {
      fmt::format("It passed the limit on {} and was ended.", opinion.cause)};
  return opinion;
}

/// What an early verdict cannot know.
constexpr const char* kEarly =
    "A second of this was enough, because a hang is promised; run --full-time "
    "waits for what may come later.";

Opinion hang(const run::Observation& seen) {
  Opinion opinion{.outcome = Outcome::hang, .grade = grade_hang(seen)};
  opinion.explanation = explain_hang(seen, *opinion.grade);
  if (seen.examined && seen.examined->verdict.proof != wait::Proof::none) {
    const wait::Examined& examined = *seen.examined;
    const StuckCause cause = cause_of(examined.graph, examined.verdict);
    opinion.cause = cause.slug;
    opinion.explanation = explain(examined.graph, examined.verdict, cause);
    if (seen.end == End::quiescent &&
        examined.verdict.proof == wait::Proof::but_pollers)
      opinion.explanation.emplace_back(kEarly);
    opinion.graph = mermaid(examined.graph, examined.verdict, cause);
  }
  return opinion;
}

Opinion leak(const run::Observation& seen) {
  std::vector<std::string> kinds;
  for (const run::Leftover& left : seen.left)
    kinds.emplace_back(to_string(left.kind));
  Opinion opinion{.outcome = Outcome::leak, .cause = join_sorted(kinds)};
  opinion.explanation = {
      fmt::format("The first process {}, but this was left behind: {}.",
                  how_it_ended(*seen.exit), opinion.cause)};
  if (const std::string of = death(*seen.exit); !of.empty())
    opinion.cause += " after " + of;
  return opinion;
}

Opinion crash(std::string of) {
  std::string sentence = fmt::format("The first process died of {}.", of);
  return {.outcome = Outcome::crash,
          .cause = std::move(of),
          .explanation = {std::move(sentence)}};
}

Opinion called_abort() {
  return {.outcome = Outcome::crash,
          .cause = "abort",
          .explanation = {"The first process called abort(): it ended with "
                          "exit code 3 and the message of that."}};
}

std::string quote(std::string_view item) {
  constexpr std::size_t kMost = 80;
  if (item.size() <= kMost) return fmt::format("\"{}\"", item);
  std::size_t end = kMost;  // not within a character of UTF-8
  while (end > 0 && (item[end] & 0xC0) == 0x80) --end;
  return fmt::format("\"{}…\"", item.substr(0, end));
}

/// `"49", "50" and 3 more`.
std::string quote_some(const std::vector<std::string>& items) {
  constexpr std::size_t kMost = 3;
  std::vector<std::string> quoted;
  for (const std::string& item : items)
    if (quoted.size() < kMost) quoted.push_back(quote(item));
  std::string text = fmt::format("{}", fmt::join(quoted, ", "));
  if (items.size() > kMost)
    text += fmt::format(" and {} more", items.size() - kMost);
  return text;
}

/// What one sorted list holds beyond the other, as multisets.
std::vector<std::string> beyond(const std::vector<std::string>& these,
                                const std::vector<std::string>& those) {
  std::vector<std::string> rest;
  std::ranges::set_difference(these, those, std::back_inserter(rest));
  return rest;
}

/// Ended with 0: what did it see?
Opinion result(const run::Observation& seen) {
  Said said = what_it_said(seen.out);
  std::ranges::sort(said.expected);
  std::ranges::sort(said.observed);
  const auto missing = beyond(said.expected, said.observed);
  const auto extra = beyond(said.observed, said.expected);
  if (missing.empty() && extra.empty())
    return {.outcome = Outcome::ok,
            .explanation = {"It ended with exit code 0 and observed all that "
                            "it should."}};
  if (extra.empty())
    return {.outcome = Outcome::silent_loss,
            .explanation = {fmt::format("It ended with exit code 0, but never "
                                        "observed {}.",
                                        quote_some(missing))}};
  if (missing.empty())
    return {.outcome = Outcome::duplicate,
            .explanation = {fmt::format("It ended with exit code 0, but "
                                        "observed {} too often.",
                                        quote_some(extra))}};
  return {.outcome = Outcome::wrong_result,
          .explanation = {fmt::format("It ended with exit code 0, but observed "
                                      "{} instead of {}.",
                                      quote_some(extra), quote_some(missing))}};
}

Opinion error(const run::Observation& seen,
              const std::vector<Promise>& promised) {
  for (const Promise& promise : promised)
    if (promise.outcome == Outcome::clear_error &&
        any_line_matches(seen.err, promise.cause))
      return {.outcome = Outcome::clear_error,
              .cause = promise.cause,
              .explanation = {"It failed and said clearly why."}};
  return {.outcome = Outcome::error,
          .cause = fmt::format("exit {}", seen.exit->code),
          .explanation = {fmt::format("It {}, without a message that was "
                                      "promised.",
                                      how_it_ended(*seen.exit))}};
}

}  // namespace

std::string join_sorted(std::vector<std::string> words) {
  std::ranges::sort(words);
  const auto doubled = std::ranges::unique(words);
  words.erase(doubled.begin(), doubled.end());
  return fmt::format("{}", fmt::join(words, " and "));
}

bool any_line_matches(const std::string& text, const std::string& expression) {
  constexpr std::size_t kMaxLine = 1000;
  try {
    const std::regex regex(expression);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      const char* const line = text.data() + at;
      if (std::regex_search(line, line + std::min(end - at, kMaxLine), regex))
        return true;
      at = end + 1;
    }
  } catch (const std::regex_error&) {
    // Manifests are checked, so this is a search that grew too complex.
  }
  return false;
}

Opinion form_opinion(const run::Observation& seen,
                     const std::vector<Promise>& promised) {
  if (seen.end == End::harness_failed)
    return harness_error(
        fmt::format("poolbugs itself failed: {}",
                    seen.failure.empty() ? "it cannot say why" : seen.failure));
  if (seen.end == End::interrupted)
    return harness_error("It was interrupted before it ended.");
  if (!seen.limits.empty()) return runaway(seen);
  if (seen.end == End::proven || seen.end == End::quiescent ||
      seen.end == End::deadline)
    return hang(seen);
  if (seen.end == End::limit)
    return harness_error("It was ended at a limit that nobody recorded.");
  if (!seen.exit)
    return harness_error("It ended, but nobody saw its exit status.");
  if (!seen.left.empty()) return leak(seen);
  if (std::string of = death(*seen.exit); !of.empty())
    return crash(std::move(of));
  if (aborted(seen)) return called_abort();
  return seen.exit->code == 0 ? result(seen) : error(seen, promised);
}

}  // namespace poolbugs::judge
