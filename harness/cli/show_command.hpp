// `poolbugs show`.
#pragma once

#include <iosfwd>
#include <string>

#include "harness/cli/paths.hpp"

namespace poolbugs::cli {

struct ShowOptions {
  Paths paths = default_paths();
  std::string pattern;  ///< must name one case
};

/// The story of one case and what it promises, as plain text. Exit status: 0,
/// or 2 after a manifest or usage error.
int show_command(const ShowOptions& options, std::ostream& out,
                 std::ostream& err);

}  // namespace poolbugs::cli
