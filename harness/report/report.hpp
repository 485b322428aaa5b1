// The folder of reports: front page, pages, normalised results, and what is
// told to GitHub.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/catalogue/catalogue.hpp"
#include "harness/report/record.hpp"
#include "platform/result.hpp"

namespace poolbugs::report {

/// What write_reports did.
struct Written {
  std::vector<std::filesystem::path> changed;  ///< new or with new content
  std::vector<std::filesystem::path> deleted;  ///< pages of cases that are gone
  std::vector<std::string> unknown;  ///< cases in the results that are gone
};

/// Writes DIR/index.md, DIR/cpython.md if CPython was measured,
/// DIR/PLATFORM/AREA/SLUG.md and DIR/PLATFORM/results.jsonl. Results that are
/// there already are read from DIR and merged with the new ones (merge.hpp). If
/// those are complete for any runtime, all pages are written, and pages of
/// cases that are gone are deleted (only files that poolbugs wrote); otherwise
/// the pages of their own cases are written. Each file is replaced as a whole
/// and only if it changes; an Error names the file and the call, and the files
/// not yet written are as they were.
Result<Written> write_reports(const catalogue::Catalogue& catalogue,
                              const std::vector<Record>& records,
                              const std::filesystem::path& dir);

/// What the results were measured on. Empty fields are left out.
struct Environment {
  std::string kernel{}, libc{}, compiler{}, boost{}, sandbox{}, date{};
};

/// DIR/PLATFORM/environment.md, which git ignores: it changes with each run.
Result<void> write_environment(const Environment& environment,
                               const std::filesystem::path& dir,
                               const std::string& platform);

/// For $GITHUB_STEP_SUMMARY: totals, broken promises with their commands, the
/// matrix folded.
std::string github_summary(const catalogue::Catalogue& catalogue,
                           const std::vector<Record>& records);

}  // namespace poolbugs::report
