// A manifest as text: read, checked and cut into lines.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/catalogue/catalogue.hpp"

namespace poolbugs::catalogue {

/// More than any manifest; keeps a stray file out of memory.
inline constexpr std::size_t kMaxManifestBytes = 1 << 20;

/// The whole file with LF line ends, or why it cannot be a manifest: not a
/// readable file, too long, not UTF-8, a byte order mark.
std::variant<std::string, Fault> read_manifest(
    const std::filesystem::path& file);

/// Lines without their ends. A last line that is empty is none.
std::vector<std::string_view> lines_of(std::string_view text);

/// Without blanks at both ends.
std::string_view trim(std::string_view text);

}  // namespace poolbugs::catalogue
