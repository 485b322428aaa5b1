// Whether this Windows is Wine.
#pragma once

#include <string>

namespace poolbugs {

/// "8.0"; "" on Windows itself. Wine's ntdll alone exports wine_get_version
/// (https://codejuggle.dj/how-to-detect-if-your-windows-application-is-running-under-wine/).
std::string wine_version();

inline bool is_wine() { return !wine_version().empty(); }

}  // namespace poolbugs
