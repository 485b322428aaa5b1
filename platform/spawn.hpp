// Starting an executable with exactly the descriptors it should have.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "platform/result.hpp"

namespace poolbugs {

/// The path of this program, for starting it again. It is resolved now, so it
/// holds in a child as well.
Result<std::string> own_executable();

}  // namespace poolbugs
