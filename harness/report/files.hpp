// Whole files: read, or written so that a reader never meets a part of one.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "platform/result.hpp"

namespace poolbugs::report {

/// An Error names the file and the call: "fopen reports/index.md: Permission
/// denied".
Result<std::string> read_file(const std::filesystem::path& file);

/// Writes beside the file and renames, making folders as needed. On an Error
/// the old file is untouched. Two writers of one file at a time are not
/// foreseen.
Result<void> write_file(const std::filesystem::path& file,
                        std::string_view content);

/// write_file(), unless the file says so already: true if it was written.
Result<bool> write_if_changed(const std::filesystem::path& file,
                              std::string_view content);

}  // namespace poolbugs::report
