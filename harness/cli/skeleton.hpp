// The texts of a new case.
#pragma once

#include <string>

#include "harness/catalogue/case.hpp"

namespace poolbugs::cli {

std::string skeleton_manifest(const std::string& id,
                              catalogue::Language language);

/// `result` is what the program observes; it expects 2.
std::string skeleton_program(const std::string& result,
                             catalogue::Language language);

}  // namespace poolbugs::cli
