// How a process ended, from its wait status, on Windows its exit code.
#pragma once

#include <cstdint>
#include <string>

namespace poolbugs::pool {

std::int64_t exit_code_of(std::int64_t status);  ///< -1 if it did not exit
int signal_of(std::int64_t status);              ///< 0 if no signal killed it

/// "exited with 3", "killed by SIGSEGV", on Windows "killed by
/// STATUS_ACCESS_VIOLATION"; what it did wrong comes first if we
/// killed it for that.
std::string describe_end(std::int64_t status, const std::string& fault);

}  // namespace poolbugs::pool
