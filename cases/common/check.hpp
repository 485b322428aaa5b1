// Failing loudly: a wrong reason must not look like the promised outcome.
#pragma once

#include <cerrno>
#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace poolbugs {

/// For calls that return an error number (pthread_*, posix_spawn): unless it
/// is 0, ends with 70 and the name of the call.
inline void check_error(int error, const char* call) {
  if (error == 0) return;
  std::fprintf(stderr, "%s: %s\n", call, std::strerror(error));
  std::_Exit(70);
}

/// For calls that return -1 and set errno; hands the result on.
template <std::signed_integral Result>
Result check(Result result, const char* call) {
  if (result == -1) check_error(errno, call);
  return result;
}

}  // namespace poolbugs
