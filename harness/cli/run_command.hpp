// `poolbugs run`.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>

#include "harness/cli/paths.hpp"
#include "harness/plan/plan.hpp"
#include "platform/sandbox.hpp"

namespace poolbugs::cli {

struct RunOptions {
  Paths paths = default_paths();
  plan::Selection selection;
  int jobs = 0;  ///< 0: as many as there are CPUs
  std::optional<sandbox::Mode> sandbox;
  std::filesystem::path report, json, junit, resume;  ///< empty: not wanted
  double timeout_scale = 1;
  bool no_proof = false;   ///< as where hangs cannot be proved
  bool full_time = false;  ///< even of runs that were promised to hang
};

/// Exit status: 0 all as promised, 1 a promise was broken, 2 usage or manifest
/// error (nothing was run), 3 harness error. A signal that asked us to stop is
/// raised again when everything is cleaned up.
int run_command(const RunOptions& options, std::ostream& out,
                std::ostream& err);

}  // namespace poolbugs::cli
