// Text in Markdown as code hosts render it (GitHub Flavored Markdown).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace poolbugs::report::md {

/// One line of prose from elsewhere: nothing in it is markup, except that
/// words between backticks stay code.
std::string prose(std::string_view text);

/// A code span with any content.
std::string code(std::string_view text);

/// A fenced block that its content cannot end.
std::string fence(std::string_view text, std::string_view language = "text");

/// "| a | b |" with its line end. Cells are Markdown; bars in them are
/// escaped here.
std::string row(const std::vector<std::string>& cells);

/// Header and rule of a table.
std::string header(const std::vector<std::string>& cells);

/// "owner/repo#12" or a URL as a link; anything else as prose.
std::string link(std::string_view reference);

/// Markdown of a story with each owner/repo#12 as a link, outside of code.
std::string link_issues(std::string_view markdown);

/// Where owner/repo#12 is on the web; a URL is returned as it is.
std::string url(std::string_view reference);

/// A folded block: `summary` is plain text, `body` Markdown.
std::string details(std::string_view summary, std::string_view body);

/// The first sentence of a section's first paragraph, and the next if the
/// first is short. One line of Markdown.
std::string lead(std::string_view body);

}  // namespace poolbugs::report::md
