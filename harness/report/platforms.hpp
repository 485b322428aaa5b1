// The names of platforms: folders of the reports, and columns of the matrix.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace poolbugs::report {

struct Platform {
  std::string_view name;    ///< "windows-wine": in results, and of the folder
  std::string_view system;  ///< "linux", "windows", "macos"
  /// Of a system that has a column of its own: another word size or byte
  /// order. What differs on it stands in a table of its own.
  bool architecture = false;
  /// What the name does not tell, after "NAME is"; "" if it tells all.
  std::string_view is;
};

/// All that results may be of, in the order of columns and lists.
const std::vector<Platform>& known_platforms();

/// Nothing for a name that is not known.
std::optional<Platform> parse_platform(std::string_view name);

/// "linux, i386, …": for an error.
std::string platform_names();

/// "Windows" of "windows": as people write it.
std::string_view system_title(std::string_view system);

/// Whether a column comes before another: known ones first, in their order,
/// then others by name.
bool platform_before(std::string_view a, std::string_view b);

}  // namespace poolbugs::report
