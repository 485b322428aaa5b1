#include "platform/command_line.hpp"

#include <algorithm>

namespace poolbugs {
namespace {

/// Neither a delimiter nor a mark, nor a wildcard for those runtimes that
/// expand them.
bool is_plain(char c) {
  const bool letter_or_digit = (c >= 'a' && c <= 'z') ||
                               (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return letter_or_digit ||
         std::string_view("_-+=./:,@\\").find(c) != std::string_view::npos;
}

bool has_null(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

}  // namespace

std::string quoted_argument(std::string_view argument) {
  if (!argument.empty() && std::ranges::all_of(argument, is_plain))
    return std::string(argument);
  std::string quoted = "\"";
  std::size_t backslashes = 0;
  for (const char c : argument) {
    // Only a mark makes the backslashes before it special.
    if (c == '"') quoted.append(backslashes + 1, '\\');
    backslashes = c == '\\' ? backslashes + 1 : 0;
    quoted += c;
  }
  return quoted.append(backslashes, '\\') + '"';
}

Result<std::string> command_line(std::string_view program,
                                 const std::vector<std::string>& arguments) {
  if (has_null(program) || std::ranges::any_of(arguments, has_null))
    return Error{"command line: an argument contains a null character"};
  if (program.find('"') != std::string_view::npos)
    return Error{"command line: a program's name cannot contain \": " +
                 std::string(program)};
  std::string line = '"' + std::string(program) + '"';
  for (const std::string& argument : arguments)
    line += ' ' + quoted_argument(argument);
  if (const std::size_t length = utf16_length(line); length > kMaxCommandLine)
    return Error{"command line: " + std::to_string(length) +
                 " characters are over the limit of " +
                 std::to_string(kMaxCommandLine)};
  // A string converts to an Error as well, so say which of the two it is.
  return {boost::system::in_place_value, std::move(line)};
}

std::size_t utf16_length(std::string_view utf8) {
  std::size_t units = 0;
  for (const char c : utf8) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) == 0x80) continue;  // goes on with a character
    units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

}  // namespace poolbugs
