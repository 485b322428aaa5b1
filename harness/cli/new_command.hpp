// `poolbugs new`.
#pragma once

#include <iosfwd>
#include <string>

#include "harness/cli/paths.hpp"

namespace poolbugs::cli {

struct NewOptions {
  Paths paths = default_paths();
  std::string name;  ///< "AREA/SLUG"
  catalogue::Language language = catalogue::Language::cpp;
};

/// Writes a case that compiles, runs and is as promised, to be filled in; its
/// id is the next one that is free. Overwrites nothing. Exit status: 0, 2 after
/// a manifest or usage error, 3 if a file cannot be written.
int new_command(const NewOptions& options, std::ostream& out,
                std::ostream& err);

}  // namespace poolbugs::cli
