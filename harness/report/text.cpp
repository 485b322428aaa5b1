#include "harness/report/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/locale/utf.hpp>

namespace poolbugs::report {
namespace {

namespace utf = boost::locale::utf;

// The classic trick of hiding text with these: https://trojansource.codes is
// what hosts warn of; evidence should be read as it is.
bool turns_direction(utf::code_point c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

bool is_control(utf::code_point c) {
  return (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7F && c < 0xA0);
}

template <class Translate>
std::string decode(std::string_view bytes, Translate translate) {
  std::string text;
  text.reserve(bytes.size());
  auto at = bytes.begin();
  while (at != bytes.end()) {
    auto next = at;
    const auto c = utf::utf_traits<char>::decode(next, bytes.end());
    if (c == utf::illegal || c == utf::incomplete) {
      // One byte only: what follows may be the start of something valid.
      text += fmt::format("\\x{:02X}", static_cast<unsigned char>(*at));
      ++at;
      continue;
    }
    if (!translate(c, std::string_view(&*next, bytes.end() - next), text))
      text.append(at, next);
    at = next;
  }
  return text;
}

}  // namespace

std::string valid_utf8(std::string_view bytes) {
  return decode(bytes, [](utf::code_point, std::string_view, std::string&) {
    return false;
  });
}

std::string visible(std::string_view bytes) {
  return decode(
      bytes, [](utf::code_point c, std::string_view rest, std::string& text) {
        if (c == '\r' && rest.starts_with('\n')) return true;
        if (is_control(c)) {
          text += fmt::format("\\x{:02X}", c);
          return true;
        }
        if (turns_direction(c)) {
          text += fmt::format("\\u{{{:X}}}", c);
          return true;
        }
        return false;
      });
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

std::string comma_list(const std::vector<std::string>& items) {
  return fmt::format("{}", fmt::join(items, ", "));
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80)
    --bytes;
  return text.substr(0, bytes);
}

}  // namespace poolbugs::report
