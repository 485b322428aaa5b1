// Expected failures as values: Result<T> holds a T or an Error.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

namespace poolbugs {

/// What went wrong, as one sentence a person can act on, naming the call that
/// failed: "posix_spawn: Resource temporarily unavailable".
struct Error {
  std::string text;
};

/// "CALL: strerror(number)".
Error errno_error(std::string_view call, int number);

#ifdef _WIN32
/// "CALL: MESSAGE (error CODE)" of a code of GetLastError(), in English where
/// the system has it. The message differs between systems, the code does not.
Error windows_error(std::string_view call, unsigned long code);
#endif

/// Result<T>::value() on an Error is a bug in the caller: throws
/// std::logic_error, which only main() catches.
[[noreturn]] void throw_exception_from_error(const Error& error,
                                             const boost::source_location& at);

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace poolbugs
