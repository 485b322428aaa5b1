// `poolbugs list`.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "harness/cli/paths.hpp"

namespace poolbugs::cli {

struct ListOptions {
  Paths paths = default_paths();
  std::vector<std::string> patterns;
  bool json = false;   ///< one array
  bool ctest = false;  ///< CMake code with a test for each run
  /// How the tests call poolbugs: its absolute path, and a launcher before it
  /// where one is needed. What follows is ` run CASE --program P …`.
  std::vector<std::string> command;
  /// At the end of each test's command: {"--cases", DIR, "--programs", DIR}
  /// where these are not the defaults.
  std::vector<std::string> run_options;
};

/// Exit status: 0, or 2 after a manifest or usage error.
int list_command(const ListOptions& options, std::ostream& out,
                 std::ostream& err);

}  // namespace poolbugs::cli
