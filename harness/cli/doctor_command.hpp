// `poolbugs doctor`: what this machine can run, and why not the rest.
#pragma once

#include <iosfwd>

#include "harness/cli/paths.hpp"

namespace poolbugs::cli {

/// 0 if runs are possible here, else 3.
int doctor_command(const Paths& paths, std::ostream& out);

}  // namespace poolbugs::cli
