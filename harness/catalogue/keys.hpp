// The keys of a manifest's TOML text.
#pragma once

#include <string_view>

#include "harness/catalogue/manifest.hpp"

namespace poolbugs::catalogue {

/// Reads the keys into `manifest`; `first_line` is the line of case.md at which
/// `toml` begins. The programs come with their promises, without their sources.
/// False if it is not TOML at all.
bool read_keys(std::string_view toml, int first_line,
               const std::filesystem::path& file, Manifest& manifest);

}  // namespace poolbugs::catalogue
