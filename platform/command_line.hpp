// The one string in which Windows hands a program its arguments.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/result.hpp"

namespace poolbugs {

/// What CreateProcessW takes, without the terminating null character, in UTF-16
/// code units: "The maximum length of this string is 32,768 characters,
/// including the Unicode terminating null character"
/// (https://learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-createprocessw).
inline constexpr std::size_t kMaxCommandLine = 32'767;

/// The argument as it stands in a command line, so that CommandLineToArgvW and
/// the Microsoft C runtime give it back unchanged: inside quotation marks, 2n
/// backslashes before a mark are n backslashes and the mark's end, 2n + 1 are n
/// and a mark itself; elsewhere a backslash is a backslash
/// (https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw,
/// https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments).
/// cmd.exe has other rules: this is not for its command lines.
std::string quoted_argument(std::string_view argument);

/// Program (argv[0]) and arguments, all UTF-8. An error if it would be too long
/// for CreateProcessW, if one contains a null character, or the program's name
/// a quotation mark, for which argv[0] has no escape.
Result<std::string> command_line(std::string_view program,
                                 const std::vector<std::string>& arguments);

/// How many UTF-16 code units a text in UTF-8 has.
std::size_t utf16_length(std::string_view utf8);

}  // namespace poolbugs
