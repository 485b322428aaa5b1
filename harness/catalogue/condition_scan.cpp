#include "harness/catalogue/condition_scan.hpp"

#include <fmt/format.h>

#include <charconv>

namespace poolbugs::catalogue {
namespace {

constexpr std::string_view kLetters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
constexpr std::string_view kDigits = "0123456789";

/// The numbers of "1.84"; empty if it is not a version.
std::vector<int> version_numbers(std::string_view text) {
  std::vector<int> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (true) {
    int number = 0;
    const auto [next, fault] = std::from_chars(at, end, number);
    if (fault != std::errc{}) return {};
    numbers.push_back(number);
    if (next == end) return numbers;
    if (*next != '.') return {};
    at = next + 1;
  }
}

/// The length of the token at the start of `text`, and its kind.
std::pair<std::size_t, Token::Kind> measure(std::string_view text) {
  static const std::string inside_word = fmt::format("{}{}", kLetters, kDigits);
  static const std::string inside_version = fmt::format("{}.", inside_word);
  const auto length = [&](std::string_view set) {
    return std::min(text.find_first_not_of(set), text.size());
  };
  if (text.starts_with('(') || text.starts_with(')'))
    return {1, Token::Kind::bracket};
  if (kLetters.find(text.front()) != kLetters.npos)
    return {length(inside_word), Token::Kind::word};
  if (kDigits.find(text.front()) != kDigits.npos)
    return {length(inside_version), Token::Kind::version};
  for (const std::string_view op : {"<=", ">=", "==", "!=", "<", ">"})
    if (text.starts_with(op)) return {op.size(), Token::Kind::op};
  return {0, Token::Kind::end};
}

}  // namespace

Result<std::vector<Token>> scan_condition(std::string_view text) {
  std::vector<Token> tokens;
  std::size_t at = 0;
  while (true) {
    at = std::min(text.find_first_not_of(" \t", at), text.size());
    Token token{.column = static_cast<int>(at) + 1};
    if (at == text.size()) {
      tokens.push_back(std::move(token));
      return tokens;
    }
    const auto [size, kind] = measure(text.substr(at));
    token.kind = kind;
    token.text = text.substr(at, size);
    if (size == 0)
      return Error{fmt::format(
          "`{}` means nothing here at column {}; write and, or, not, "
          "parentheses, words and `NAME >= VERSION`",
          text[at], token.column)};
    if (kind == Token::Kind::version) {
      token.numbers = version_numbers(token.text);
      if (token.numbers.empty())
        return Error{fmt::format("`{}` at column {} is no version; write 1.84",
                                 token.text, token.column)};
    }
    at += size;
    tokens.push_back(std::move(token));
  }
}

}  // namespace poolbugs::catalogue
