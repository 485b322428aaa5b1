// Text of unknown origin, made fit for JSON, XML, Markdown and a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace poolbugs::report {

/// Valid UTF-8: every byte that is not part of it becomes the text `\xHH`.
std::string valid_utf8(std::string_view bytes);

/// What can be shown: valid UTF-8 in which control characters other than tab
/// and line feed, and characters that turn the direction of writing, are
/// written as `\xHH` or `\u{HHHH}`. A CR before LF is dropped.
std::string visible(std::string_view bytes);

/// Lines without their ends; a last line without an end counts.
std::vector<std::string> split_lines(std::string_view text);

/// Each line with an end.
std::string join_lines(const std::vector<std::string>& lines);

/// "a, b, c".
std::string comma_list(const std::vector<std::string>& items);

/// At most `bytes` long, cut where a character ends.
std::string_view cut_utf8(std::string_view text, std::size_t bytes);

}  // namespace poolbugs::report
