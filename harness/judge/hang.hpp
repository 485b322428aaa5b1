// How sure we are that a run which we ended would never have ended.
#pragma once

#include "harness/catalogue/outcome.hpp"
#include "harness/run/observation.hpp"

namespace poolbugs::judge {

/// `seen.end` is proven, quiescent or deadline.
catalogue::Grade grade_hang(const run::Observation& seen);

/// One or two sentences: what the tree did, and where it waited.
std::vector<std::string> explain_hang(const run::Observation& seen,
                                      catalogue::Grade grade);

}  // namespace poolbugs::judge
