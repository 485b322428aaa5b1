// The texts of a new case.
#pragma once

#include <string>

namespace poolbugs::cli {

std::string skeleton_manifest(const std::string& id);

/// `result` is what the program observes; it expects 2.
std::string skeleton_program(const std::string& result);

}  // namespace poolbugs::cli
