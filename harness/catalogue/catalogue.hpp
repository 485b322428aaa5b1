// All cases below a folder, or every reason why they cannot be read.
#pragma once

#include <compare>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/catalogue/case.hpp"

namespace poolbugs::catalogue {

/// A fault in a manifest, with what to write instead.
struct Fault {
  std::filesystem::path file;
  int line = 0;  ///< 1-based; 0 if the fault has no line (a missing file)
  std::string message;

  /// "cases/fork/held-mutex/case.md:4: unknown key `star`; did you mean …"
  [[nodiscard]] std::string text() const;
};

struct Catalogue {
  std::vector<Case> cases;  ///< sorted by area, then slug
};

/// Reads every `AREA/SLUG/` below `root` (but not `common`). Either all
/// manifests are sound or all faults are returned, never a part of the cases.
std::variant<Catalogue, std::vector<Fault>> load(
    const std::filesystem::path& root);

/// Whether a pattern names this case. A pattern is `area/slug`, an area, a
/// slug, an id, an alias, or a glob (`*`, `?`) over `area/slug`.
bool matches(const Case& item, std::string_view pattern);

/// The candidate nearest to `word` by edit distance, or "" if none is near.
std::string nearest(std::string_view word,
                    const std::vector<std::string>& candidates);

}  // namespace poolbugs::catalogue
