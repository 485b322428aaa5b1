// `poolbugs report FILE… --to DIR`.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <vector>

#include "harness/cli/paths.hpp"

namespace poolbugs::cli {

struct ReportOptions {
  Paths paths = default_paths();
  std::vector<std::filesystem::path> files;  ///< journals or results.jsonl
  std::filesystem::path to;
};

/// Writes the reports of results that are already there, of several platforms
/// if need be. 0, or 2 if a file cannot be used, 3 if DIR cannot be written.
int report_command(const ReportOptions& options, std::ostream& out,
                   std::ostream& err);

}  // namespace poolbugs::cli
