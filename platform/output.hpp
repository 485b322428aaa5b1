// What a short command says.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "platform/result.hpp"

namespace poolbugs {

/// Runs the command (its path first) without input and in our environment, and
/// returns its standard output. An Error if it cannot be started, does not end
/// within `patience` (then it is ended) or fails; that holds the last line of
/// its standard error.
Result<std::string> output_of(const std::vector<std::string>& command,
                              std::chrono::seconds patience);

}  // namespace poolbugs
