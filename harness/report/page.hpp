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
  std::string diff;       ///< between broken.cpp and fixed.cpp
};

std::string case_page(const PageInput& input);

/// The folded evidence of one program on the page's platform.
std::string evidence(const PageInput& input, std::string_view program);

/// A run of the broken half that shows something: what it is said of stands in
/// the story.
bool is_the_failure(const Record& run);

/// "broken under fork and spawn".
std::string runs_name(std::string_view program, const Runs& runs);

/// "You have this if": the lead of the section "What you see"; "" without one.
std::string symptom_of(const catalogue::Case& item);

}  // namespace poolbugs::report
