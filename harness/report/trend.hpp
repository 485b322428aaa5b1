// What became of a failure from version to version.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "harness/catalogue/outcome.hpp"
#include "harness/report/results.hpp"

namespace poolbugs::report {

/// How bad an outcome is for those who use the program; 0 is `ok`. What says
/// that it fails is better than what lets a wrong result pass for a right one,
/// and that is better than what never ends or takes the machine with it.
/// Nothing for `unsupported` and for our own fault, which say nothing of it.
std::optional<int> severity(catalogue::Outcome outcome);

/// Of repetitions the worst counts. Nothing if none of them ran.
std::optional<int> severity(const Runs& runs);

/// The severity in each version under one start method, the oldest version
/// first; nothing where it did not run.
using History = std::vector<std::optional<int>>;

/// Of several start methods the first of these decides for all.
enum class Trend {
  worse,    ///< fails in the newest version, worse than in an older one
  present,  ///< fails in the newest version
  open,     ///< failed, but of the newest version it is not known
  fixed,    ///< failed, and is ok in the newest version
  never,    ///< failed in none
};

/// What happened between two versions.
struct Course {
  Trend trend = Trend::never;
  /// Of `fixed` and `worse`: the first version that is so, as all newer ones
  /// that ran, and the one that ran before it. Indices into the history.
  std::size_t since = 0, before = 0;
  bool operator==(const Course&) const = default;
};

/// Of one start method. The last entry is the newest version.
Course course_of(const History& history);

/// Of a program, from those of its start methods: it is worse since the first
/// of them is, and fixed since the last of all that failed is.
Course course_of(const std::vector<Course>& by_start);

}  // namespace poolbugs::report
