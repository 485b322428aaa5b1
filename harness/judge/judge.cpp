#include "harness/judge/judge.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "harness/judge/opinion.hpp"

namespace poolbugs::judge {
namespace {

using catalogue::Outcome;
using catalogue::Promise;
using catalogue::Verdict;

/// "after SIGKILL" of "process after SIGKILL"; "" if there is none.
std::string_view death_in(std::string_view cause) {
  const std::size_t at = cause.rfind("after ");
  if (at == cause.npos || (at > 0 && cause[at - 1] != ' ')) return {};
  return cause.substr(at);
}

/// A promised death says nothing of what is left: "leak: after SIGKILL".
bool leak_matches(std::string_view promised, std::string_view seen) {
  return promised == seen ||
         (!death_in(promised).empty() && promised == death_in(seen));
}

bool keeps(const Promise& promise, const Opinion& opinion, bool proof) {
  if (promise.outcome != opinion.outcome) return false;
  if (promise.cause.empty()) return true;
  if (opinion.outcome == Outcome::hang && !proof) return true;
  if (opinion.outcome == Outcome::leak)
    return leak_matches(promise.cause, opinion.cause);
  return promise.cause == opinion.cause;
}

std::string text_of(const Opinion& opinion) {
  return Promise{opinion.outcome, opinion.cause}.text();
}

std::string what_was_promised(const plan::PlannedRun& planned,
                              const Opinion& opinion) {
  std::vector<std::string> texts;
  for (const Promise& promise : planned.promised)
    texts.push_back(fmt::format("`{}`", promise.text()));
  if (texts.empty()) return "Nothing was promised.";
  return fmt::format("Promised was {}, this is `{}`.", fmt::join(texts, " or "),
                     text_of(opinion));
}

}  // namespace

Judgement judge(const run::Observation& seen, const plan::PlannedRun& planned) {
  if (!planned.unsupported.empty())
    return {Outcome::unsupported,
            std::nullopt,
            "",
            Verdict::unsupported,
            {fmt::format("Not run: {}.", planned.unsupported)}};
  Opinion opinion = form_opinion(seen, planned.promised);
  const auto kept =
      std::ranges::find_if(planned.promised, [&](const Promise& promise) {
        return keeps(promise, opinion, planned.proof);
      });
  const bool as_promised = kept != planned.promised.end();
  if (!as_promised && opinion.outcome != Outcome::harness_error)
    opinion.explanation.push_back(what_was_promised(planned, opinion));
  if (as_promised && opinion.outcome == Outcome::hang && !planned.proof &&
      !kept->cause.empty())
    opinion.explanation.push_back(
        fmt::format("The promised cause `{}` is not checked: hangs are not "
                    "proved here.",
                    kept->cause));
  return {opinion.outcome,
          opinion.grade,
          std::move(opinion.cause),
          as_promised ? Verdict::as_promised : Verdict::broken_promise,
          std::move(opinion.explanation),
          std::move(opinion.graph)};
}

}  // namespace poolbugs::judge
