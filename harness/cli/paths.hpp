// Where things are: the folders of this build and of its sources.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>

#include "harness/catalogue/catalogue.hpp"

namespace poolbugs::cli {

struct Paths {
  std::filesystem::path cases;     ///< manifests and sources
  std::filesystem::path programs;  ///< what was built of them
  std::filesystem::path peers;     ///< builds for other platforms, by name
  std::filesystem::path helper;    ///< poolbugs-jail
  std::filesystem::path reports;   ///< default of --report
};

/// As this poolbugs was built.
Paths default_paths();

/// The catalogue, or nothing after all faults were written to `err`.
std::optional<catalogue::Catalogue> load_or_explain(
    const std::filesystem::path& cases, std::ostream& err);

}  // namespace poolbugs::cli
