// All cases below a folder, or every reason why they cannot be read.
#pragma once

#include <compare>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/catalogue/case.hpp"
#include "platform/result.hpp"

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

/// The cases that any of the patterns names, in the catalogue's order; all of
/// them if there is no pattern. An Error names a pattern without a case, and
/// the nearest case.
Result<std::vector<Case>> select(const Catalogue& catalogue,
                                 const std::vector<std::string>& patterns);

/// The candidate nearest to `word` by edit distance, or "" if none is near.
std::string nearest(std::string_view word,
                    const std::vector<std::string>& candidates);

}  // namespace poolbugs::catalogue
