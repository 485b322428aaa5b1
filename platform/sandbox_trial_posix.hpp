// Whether a sandbox works on this machine.
#pragma once

#include <chrono>

#include "platform/sandbox.hpp"

namespace poolbugs::sandbox {

/// Runs a command that does nothing: everything that a run does is done once.
/// An Error says what of it failed, or that it did not end within `patience`.
Result<void> try_run(Sandbox& sandbox, const Command& nothing,
                     std::chrono::milliseconds patience);

}  // namespace poolbugs::sandbox
