#include "harness/report/behaviour.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace poolbugs::report {
namespace {

using catalogue::Case;
using catalogue::Language;

constexpr std::string_view kHere = "linux";

bool has_run(const Seen& seen) { return state_of(seen.runs) == CellState::ran; }

bool fails(const Seen& seen) {
  return has_run(seen) && outcomes_text(seen.runs, Detail::outcome) != "ok";
}

bool tried(const std::vector<Seen>& seen) {
  return std::ranges::any_of(seen,
                             [](const Seen& one) { return !one.runs.empty(); });
}

/// Whether there is a start method under which the two did different things.
bool differ(const std::vector<Seen>& a, const std::vector<Seen>& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
    if (has_run(a[i]) && has_run(b[i]) && !same_outcome(a[i], b[i]))
      return true;
  return false;
}

/// Fails here under fork, and not under what both have.
bool needs_fork(const std::vector<Seen>& here, const std::vector<Seen>& there) {
  bool fork_fails = false;
  for (std::size_t i = 0; i < here.size(); ++i) {
    const bool fork = here[i].start == StartMethod::fork;
    if (fork && fails(here[i])) fork_fails = true;
    if (has_run(there[i]) && (fork || fails(there[i]))) return false;
  }
  return fork_fails;
}

bool asks_for_fork(const Case& item) {
  return std::ranges::find(item.needs, "can_fork") != item.needs.end() ||
         item.start == std::vector{StartMethod::fork};
}

std::string are(int count, std::string_view more) {
  return fmt::format("{} {} {}", count, count == 1 ? "is" : "are", more);
}

}  // namespace

std::vector<Seen> seen_on(const Results& results, const Case& item,
                          std::string_view platform) {
  std::vector<Seen> all;
  for (const auto& start : columns_of(item, Language::cpp))
    all.push_back({start, results.at({item.name(), "broken", start,
                                      std::string(platform)})});
  return all;
}

bool ran(const std::vector<Seen>& seen) {
  return std::ranges::any_of(seen, has_run);
}

std::string reason_of(const Runs& runs) {
  if (state_of(runs) != CellState::unsupported) return "";
  const auto& said = runs.front()->explanation;
  if (said.empty()) return "not supported";
  std::string_view reason = said.front();
  constexpr std::string_view before = "Not run: ";
  if (reason.starts_with(before)) reason.remove_prefix(before.size());
  for (const std::string_view after :
       {".", ", which this machine lacks", " does not exist here"})
    if (reason.ends_with(after)) reason.remove_suffix(after.size());
  constexpr std::string_view method = "the start method ";
  return reason.starts_with(method)
             ? fmt::format("there is no {}", reason.substr(method.size()))
             : std::string(reason);
}

std::string why_not(const std::vector<Seen>& seen) {
  return ran(seen) || seen.empty() ? "" : reason_of(seen.back().runs);
}

bool same_outcome(const Seen& a, const Seen& b) {
  return outcomes_text(a.runs, Detail::outcome) ==
         outcomes_text(b.runs, Detail::outcome);
}

Kind kind_of(const Results& results, const Case& item,
             const std::vector<std::string>& platforms) {
  std::vector<std::vector<Seen>> those_that_ran;
  std::size_t asked = 0;
  bool starts_differ = false;
  for (const auto& platform : platforms) {
    auto seen = seen_on(results, item, platform);
    if (tried(seen)) ++asked;
    if (!ran(seen)) continue;
    const Seen* first = nullptr;
    for (const auto& one : seen) {
      if (!has_run(one)) continue;
      if (first == nullptr) first = &one;
      // On one platform a cause has one name.
      if (outcomes_text(one.runs, Detail::brief) !=
          outcomes_text(first->runs, Detail::brief))
        starts_differ = true;
    }
    those_that_ran.push_back(std::move(seen));
  }
  if (those_that_ran.empty()) return Kind::never_run;
  if (those_that_ran.size() == 1 && asked > 1) return Kind::one_alone;
  for (std::size_t i = 0; i < those_that_ran.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (differ(those_that_ran[i], those_that_ran[j]))
        return Kind::platform_decides;
  return starts_differ ? Kind::start_decides : Kind::alike;
}

Comparison compare(const catalogue::Catalogue& catalogue,
                   const Results& results, std::string_view there) {
  Comparison all;
  for (const auto& item : catalogue.cases) {
    if (!has_programs(item, Language::cpp)) continue;
    const auto ours = seen_on(results, item, kHere);
    const auto theirs = seen_on(results, item, there);
    if (!tried(ours) || !tried(theirs)) continue;
    if (!ran(ours)) {
      if (ran(theirs)) ++all.own;
      continue;
    }
    ++all.tried;
    if (!ran(theirs))
      ++(asks_for_fork(item) ? all.fork_only : all.lacking);
    else if (differ(ours, theirs))
      ++all.differ;
    else if (needs_fork(ours, theirs))
      ++all.fork_only;
    else
      ++all.same;
  }
  return all;
}

bool can_fork(const Results& results, std::string_view platform) {
  return std::ranges::any_of(results.all(), [&](const Record& record) {
    return record.platform == platform &&
           record.start_method == StartMethod::fork &&
           record.outcome != catalogue::Outcome::unsupported;
  });
}

std::string comparison_text(const Comparison& comparison,
                            std::string_view there, bool there_is_fork) {
  const auto& c = comparison;
  if (c.tried == 0) return "";
  std::vector<std::string> parts;
  parts.push_back(are(
      c.same, there_is_fork ? "the same there" : "the same there under spawn"));
  parts.push_back(c.differ == 0
                      ? "none differs"
                      : fmt::format("{} {}", c.differ,
                                    c.differ == 1 ? "differs" : "differ"));
  if (c.fork_only > 0)
    parts.push_back(
        fmt::format("{} cannot happen there, because there is no "
                    "fork",
                    c.fork_only));
  if (c.lacking > 0)
    parts.push_back(
        fmt::format("{} {} not run there, because {} what is not "
                    "there",
                    c.lacking, c.lacking == 1 ? "was" : "were",
                    c.lacking == 1 ? "it needs" : "they need"));
  auto text = fmt::format("Of {} {} in C++ that {} tried on both {} and {}, ",
                          c.tried, c.tried == 1 ? "failure" : "failures",
                          c.tried == 1 ? "was" : "were", kHere, there);
  for (std::size_t i = 0; i < parts.size(); ++i)
    text += (i == 0                 ? ""
             : i + 1 < parts.size() ? ", "
             : parts.size() == 2    ? " and "
                                    : ", and ") +
            parts[i];
  text += ".";
  if (c.own > 0)
    text += fmt::format(" {} more can happen on {} alone.", c.own, there);
  return text;
}

}  // namespace poolbugs::report
