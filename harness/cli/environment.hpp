// The surroundings of a run: its variables, the machine's abilities, and how
// they are written down.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "harness/cli/paths.hpp"
#include "harness/plan/target.hpp"
#include "harness/report/report.hpp"
#include "platform/features.hpp"
#include "platform/interpreters.hpp"
#include "platform/sandbox.hpp"

namespace poolbugs::cli {

/// NAME=VALUE for every run: the same on every machine, and what sanitizers,
/// gcov and the dynamic loader need of ours.
std::vector<std::string> run_environment();

/// The machine's features, and `proof` if this poolbugs can read its trees.
Features machine_features();

/// These, and `namespaces` if runs have their own.
Features features_with(const sandbox::Ability& ability);

/// The programs of `paths`, this build's or another's
/// (harness/plan/target.hpp), and what is true where they run.
Result<plan::Surroundings> ask_programs(const Paths& paths,
                                        const Features& here);

/// The interpreters of this machine; takes as long as the slowest of them
/// needs to start.
Interpreters ask_this_machine();
/// Likewise, and says which are there but cannot be used: results without them
/// would look complete.
Interpreters ask_this_machine(std::ostream& err);

/// `features` are those of the programs that were run.
report::Environment describe_environment(const sandbox::Ability& ability,
                                         const Features& features);

}  // namespace poolbugs::cli
