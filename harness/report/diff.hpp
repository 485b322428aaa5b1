// What changes between two programs, as a unified diff.
#pragma once

#include <string>
#include <string_view>

namespace poolbugs::report {

/// Hunks with `context` lines around each change, "" if the texts are equal.
/// No file header: the page names the files.
std::string unified_diff(std::string_view before, std::string_view after,
                         int context = 3);

}  // namespace poolbugs::report
