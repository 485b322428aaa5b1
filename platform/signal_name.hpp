// The name that people search for: "SIGSEGV" rather than 11.
#pragma once

#include <string>

namespace poolbugs {

/// "SIGSEGV"; "signal 64" for a number without a name.
std::string signal_name(int number);

}  // namespace poolbugs
