#include "harness/report/trend.hpp"

#include <algorithm>
#include <iterator>

namespace poolbugs::report {
namespace {

using catalogue::Outcome;

/// From the mildest to the worst.
constexpr Outcome kBySeverity[] = {
    Outcome::ok,          Outcome::leak,         Outcome::clear_error,
    Outcome::error,       Outcome::crash,        Outcome::duplicate,
    Outcome::silent_loss, Outcome::wrong_result, Outcome::hang,
    Outcome::runaway,
};

/// The last version in which the failure was milder, or not there.
std::optional<std::size_t> last_below(const History& history, int severity) {
  for (auto i = history.size(); i-- > 0;)
    if (history[i] && *history[i] < severity) return i;
  return std::nullopt;
}

std::optional<std::size_t> last_failing(const History& history) {
  for (auto i = history.size(); i-- > 0;)
    if (history[i] && *history[i] > 0) return i;
  return std::nullopt;
}

/// The next version that ran; there is one.
std::size_t next_known(const History& history, std::size_t after) {
  do ++after;
  while (!history[after]);
  return after;
}

}  // namespace

std::optional<int> severity(Outcome outcome) {
  const auto at = std::ranges::find(kBySeverity, outcome);
  if (at == std::end(kBySeverity)) return std::nullopt;
  return static_cast<int>(at - std::begin(kBySeverity));
}

std::optional<int> severity(const Runs& runs) {
  std::optional<int> worst;
  for (const auto* run : runs) worst = std::max(worst, severity(run->outcome));
  return worst;
}

Course course_of(const History& history) {
  const auto failed = last_failing(history);
  if (!failed) return {};
  const auto newest = history.back();
  if (!newest) return {Trend::open, 0, 0};
  if (*newest == 0)
    return {Trend::fixed, next_known(history, *failed), *failed};
  const auto milder = last_below(history, *newest);
  if (!milder) return {Trend::present, 0, 0};
  return {Trend::worse, next_known(history, *milder), *milder};
}

Course course_of(const std::vector<Course>& by_start) {
  Course all;
  for (const auto& one : by_start) {
    const bool first = one.trend < all.trend;
    const bool same = one.trend == all.trend;
    if (first || (same && one.trend == Trend::worse && one.since < all.since) ||
        (same && one.trend == Trend::fixed && one.since > all.since))
      all = one;
  }
  return all;
}

}  // namespace poolbugs::report
