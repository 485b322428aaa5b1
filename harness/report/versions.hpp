// Which CPython a runtime is, and how many of them share a row.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace poolbugs::report {

/// 3.13, of which the results of 3.13.0 and 3.13.1 tell alike; 3.13t, built
/// without the global interpreter lock, is another.
struct Minor {
  int major = 0, minor = 0;
  bool free_threaded = false;
  auto operator<=>(const Minor&) const = default;
};

/// Of "cpython-3.13.0" or "cpython-3.13.0t"; nothing for "native" and for
/// "cpython", which stands where no interpreter was found.
std::optional<Minor> minor_of(std::string_view runtime);

/// "3.13", "3.13t".
std::string to_string(Minor minor);

/// "CPython 3.13.0" of "cpython-3.13.0"; other names as they are.
std::string runtime_title(std::string_view runtime);

/// The newest, but one without the lock only if there is no other: few people
/// run those. Nothing of nothing.
std::optional<Minor> newest_of(const std::vector<Minor>& minors);

/// "2.7, 3.6 to 3.8, 3.10". A version that is not among them is never covered
/// by a "to". Expects them sorted.
std::string minors_text(const std::vector<Minor>& minors);

/// Versions of which the same is to be told.
template <class Told>
struct VersionGroup {
  std::vector<Minor> minors;  ///< as they came
  Told told;
};

/// Neighbours of which the same is told, joined.
template <class Told>
std::vector<VersionGroup<Told>> group_versions(
    const std::vector<std::pair<Minor, Told>>& versions) {
  std::vector<VersionGroup<Told>> groups;
  for (const auto& [minor, told] : versions) {
    if (groups.empty() || groups.back().told != told)
      groups.push_back({{}, told});
    groups.back().minors.push_back(minor);
  }
  return groups;
}

}  // namespace poolbugs::report
