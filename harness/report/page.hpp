// One page per case and platform, for a reader with a hung pool and two
// minutes.
#pragma once

#include <string>
#include <string_view>

#include "harness/catalogue/case.hpp"
#include "harness/report/results.hpp"

namespace poolbugs::report {

/// Every generated page begins with this, in a comment that is not shown. A
/// file without it is never deleted.
inline constexpr std::string_view kPageMark = "<!-- Written by poolbugs";

struct PageInput {
  const catalogue::Case& item;
  const Results& results;
  std::string platform;   ///< whose evidence is shown
  std::string case_link;  ///< to the case's folder; "" for no link
  /// From broken.cpp to fixed.cpp, and from broken.py to fixed.py; "" where
  /// they do not exist.
  std::string cpp_diff, python_diff;
  std::string broken_py;  ///< its text, to be pasted
};

std::string case_page(const PageInput& input);

/// "You have this if": the lead of the section "What you see"; "" without one.
std::string symptom_of(const catalogue::Case& item);

}  // namespace poolbugs::report
