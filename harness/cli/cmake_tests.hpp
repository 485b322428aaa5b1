// The corpus as tests of ctest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/plan/plan.hpp"

namespace poolbugs::cli {

/// A bracket argument of CMake: nothing in it has a meaning, whatever `text`
/// holds (cmake-language(7), "Bracket Argument").
std::string cmake_quoted(std::string_view text);

/// `add_test` and its properties for one run; also for one that cannot run
/// here, which ctest then shows as skipped.
std::string cmake_test(const plan::PlannedRun& run,
                       const std::vector<std::string>& command,
                       const std::vector<std::string>& run_options,
                       std::string_view platform);

}  // namespace poolbugs::cli
