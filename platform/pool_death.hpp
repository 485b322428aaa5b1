// How a process ended, from its wait status.
#pragma once

#include <string>

namespace poolbugs::pool {

int exit_code_of(int status);  ///< -1 if it did not exit
int signal_of(int status);     ///< 0 if no signal killed it

/// "exited with 3", "killed by SIGSEGV"; what it did wrong comes first if we
/// killed it for that.
std::string describe_end(int status, const std::string& fault);

}  // namespace poolbugs::pool
