#include "harness/report/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/regex.hpp>
#include <cctype>

#include "harness/report/text.hpp"

namespace poolbugs::report::md {
namespace {

bool word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || (c & 0x80) != 0;
}

std::size_t longest_run_of_backticks(std::string_view text) {
  std::size_t longest = 0, now = 0;
  for (const char c : text) {
    now = c == '`' ? now + 1 : 0;
    longest = std::max(longest, now);
  }
  return longest;
}

std::string escape(std::string_view text) {
  static constexpr std::string_view special = "\\`*[]<>|~&$";
  std::string safe;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // Within a word an underscore is no emphasis: pthread_mutex_lock.
    const bool lonely =
        c == '_' && !(i > 0 && word_character(text[i - 1]) &&
                      i + 1 < text.size() && word_character(text[i + 1]));
    // A line that would begin a heading or a list.
    const bool first = i == 0 && (c == '#' || c == '-' || c == '+');
    const bool numbered =
        (c == '.' || c == ')') && i > 0 &&
        (i + 1 == text.size() || text[i + 1] == ' ') &&
        text.substr(0, i).find_first_not_of("0123456789") == text.npos;
    if (lonely || first || numbered ||
        special.find(c) != std::string_view::npos)
      safe += '\\';
    safe += c == '\n' ? ' ' : c;
  }
  return safe;
}

/// The first paragraph on one line, without quote marks.
std::string first_paragraph(std::string_view body) {
  std::string text;
  for (const auto& line : split_lines(body)) {
    const auto begin = line.find_first_not_of(" \t>");
    if (begin == std::string::npos) {
      if (text.empty()) continue;
      break;
    }
    if (line.compare(begin, 3, "```") == 0) break;
    if (!text.empty()) text += ' ';
    text += line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
  }
  return text;
}

/// Where the sentence that begins at `from` ends; after its full stop.
std::size_t sentence_end(std::string_view text, std::size_t from) {
  bool in_code = false;
  for (auto i = from; i < text.size(); ++i) {
    if (text[i] == '`') in_code = !in_code;
    if (in_code || std::string_view(".!?").find(text[i]) == std::string::npos)
      continue;
    if (i + 1 == text.size()) return text.size();
    if (text[i + 1] != ' ') continue;
    // "e.g. that": a sentence begins with a capital, code or a link.
    const char next = i + 2 < text.size() ? text[i + 2] : 'A';
    if (std::islower(static_cast<unsigned char>(next)) == 0) return i + 1;
  }
  return text.size();
}

}  // namespace

std::string prose(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto open = text.find('`');
    const auto close = open == std::string_view::npos
                           ? std::string_view::npos
                           : text.find('`', open + 1);
    if (close == std::string_view::npos) return out + escape(text);
    out += escape(text.substr(0, open));
    const auto inside = text.substr(open + 1, close - open - 1);
    out += inside.empty() ? "\\`\\`" : code(inside);
    text.remove_prefix(close + 1);
  }
  return out;
}

std::string code(std::string_view text) {
  std::string inside(text);
  std::replace(inside.begin(), inside.end(), '\n', ' ');
  const std::string ticks(longest_run_of_backticks(text) + 1, '`');
  if (ticks.size() == 1) return ticks + inside + ticks;
  return ticks + " " + inside + " " + ticks;
}

std::string fence(std::string_view text, std::string_view language) {
  const std::string ticks(
      std::max<std::size_t>(3, longest_run_of_backticks(text) + 1), '`');
  return fmt::format("{}{}\n{}{}{}\n", ticks, language, text,
                     text.empty() || text.ends_with('\n') ? "" : "\n", ticks);
}

std::string row(const std::vector<std::string>& cells) {
  std::string text = "|";
  for (const auto& cell : cells) {
    // A table is split before anything else is read, and `\|` becomes `|` for
    // what is read then, within code too. So every bar gets a backslash, one
    // that prose() has escaped already as well.
    text += ' ';
    for (const char c : cell) {
      if (c == '|') text += '\\';
      text += c == '\n' ? ' ' : c;
    }
    text += " |";
  }
  return text + "\n";
}

std::string header(const std::vector<std::string>& cells) {
  std::string rule = "|";
  for (std::size_t i = 0; i < cells.size(); ++i) rule += "---|";
  return row(cells) + rule + "\n";
}

std::string url(std::string_view reference) {
  static const boost::regex issue(R"(([\w.-]+/[\w.-]+)#(\d+))");
  const std::string text(reference);
  boost::smatch found;
  if (boost::regex_match(text, found, issue))
    return fmt::format("https://github.com/{}/issues/{}", found[1].str(),
                       found[2].str());
  return text.starts_with("https://") || text.starts_with("http://") ? text
                                                                     : "";
}

std::string link(std::string_view reference) {
  const auto target = url(reference);
  if (target.empty()) return prose(reference);
  auto name = reference.substr(
      reference.starts_with("http") ? reference.find("//") + 2 : 0);
  while (name.ends_with('/')) name.remove_suffix(1);
  return fmt::format("[{}](<{}>)", escape(name), target);
}

std::string link_issues(std::string_view markdown) {
  static const boost::regex issue(R"((?<![\w./\[-])([\w-]+/[\w.-]+)#(\d+)\b)");
  std::string out;
  bool fenced = false;
  for (const auto& line : split_lines(markdown)) {
    if (!out.empty()) out += '\n';
    const bool mark = line.starts_with("```") || line.starts_with("~~~");
    if (mark) fenced = !fenced;
    if (mark || fenced || line.starts_with("    ")) {
      out += line;
      continue;
    }
    // Between an even number of backticks is no code.
    bool in_code = false;
    for (std::size_t at = 0; at <= line.size(); in_code = !in_code) {
      const auto end = std::min(line.find('`', at), line.size());
      const auto part = line.substr(at, end - at);
      out += in_code
                 ? part
                 : boost::regex_replace(
                       part, issue, "[$&](https://github.com/$1/issues/$2)");
      if (end < line.size()) out += '`';
      at = end + 1;
    }
  }
  return markdown.ends_with('\n') ? out + "\n" : out;
}

std::string details(std::string_view summary, std::string_view body) {
  // Markdown is not read on this line, HTML is.
  std::string plain;
  for (const char c : summary)
    plain += c == '<'   ? "&lt;"
             : c == '>' ? "&gt;"
             : c == '&' ? "&amp;"
                        : std::string(1, c);
  return fmt::format("<details><summary>{}</summary>\n\n{}\n</details>\n",
                     plain, body);
}

std::string lead(std::string_view body) {
  constexpr std::size_t short_sentence = 70;
  const auto text = first_paragraph(body);
  auto end = sentence_end(text, 0);
  if (end < short_sentence && end < text.size())
    end = sentence_end(text, end + 1);
  return text.substr(0, end);
}

}  // namespace poolbugs::report::md
