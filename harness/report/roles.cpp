// Who said a line: the grouping of lines by role.
#include <algorithm>
#include <array>
#include <charconv>
#include <compare>

#include "harness/report/normalise.hpp"

namespace poolbugs::report {
namespace {

constexpr std::array<std::string_view, 8> kRoles{
    "parent", "forkserver", "server",     "manager",
    "child",  "worker",     "grandchild", "thread"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Place in the canonical order; role -1 is a line that nobody signed.
struct Speaker {
  int role = -1;
  std::vector<unsigned long long> numbers;
  // By name: not every library can compare vectors three ways.
  std::strong_ordering operator<=>(const Speaker&) const = default;
};

/// Items are compared as multisets, so their order says nothing.
enum class Kind { expected, observed, line };

Kind kind_of(std::string_view line) {
  if (line.starts_with("expected: ")) return Kind::expected;
  return line.starts_with("observed: ") ? Kind::observed : Kind::line;
}

/// Takes "1", "1.2" off the front of `text`.
std::vector<unsigned long long> take_numbers(std::string_view& text) {
  std::vector<unsigned long long> numbers;
  while (!text.empty() && is_digit(text.front())) {
    unsigned long long number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return {};
    numbers.push_back(number);
    text.remove_prefix(end - text.data());
    if (text.size() < 2 || text[0] != '.' || !is_digit(text[1])) break;
    text.remove_prefix(1);
  }
  return numbers;
}

Speaker speaker_of(std::string_view line) {
  for (std::size_t role = 0; role < kRoles.size(); ++role) {
    if (!line.starts_with(kRoles[role])) continue;
    auto rest = line.substr(kRoles[role].size());
    Speaker speaker{static_cast<int>(role), {}};
    if (rest.size() > 1 && rest[0] == ' ' && is_digit(rest[1])) {
      rest.remove_prefix(1);
      speaker.numbers = take_numbers(rest);
    }
    const bool ends = rest.empty() || rest.starts_with(": ") ||
                      rest.starts_with(", ") || rest == ":";
    if (ends) return speaker;
  }
  return {};
}

bool belongs_to_the_line_above(std::string_view line) {
  return line.empty() || line[0] == ' ' || line[0] == '\t' ||
         line.starts_with("… ");
}

}  // namespace

bool natural_less(std::string_view a, std::string_view b) {
  std::size_t i = 0, k = 0;
  while (i < a.size() && k < b.size()) {
    if (is_digit(a[i]) && is_digit(b[k])) {
      auto end_a = i, end_b = k;
      while (end_a < a.size() && is_digit(a[end_a])) ++end_a;
      while (end_b < b.size() && is_digit(b[end_b])) ++end_b;
      while (i + 1 < end_a && a[i] == '0') ++i;
      while (k + 1 < end_b && b[k] == '0') ++k;
      if (end_a - i != end_b - k) return end_a - i < end_b - k;
      const int order = a.substr(i, end_a - i).compare(b.substr(k, end_b - k));
      if (order != 0) return order < 0;
      i = end_a;
      k = end_b;
    } else {
      if (a[i] != b[k])
        return static_cast<unsigned char>(a[i]) <
               static_cast<unsigned char>(b[k]);
      ++i;
      ++k;
    }
  }
  const auto left_a = a.size() - i, left_b = b.size() - k;
  return left_a != left_b ? left_a < left_b : a < b;
}

std::vector<std::string> group_by_role(std::vector<std::string> lines) {
  /// A line and those that belong to it.
  struct Block {
    Kind kind;
    Speaker speaker;
    std::vector<std::string> lines;
  };
  std::vector<Block> blocks;
  for (auto& line : lines) {
    if (!belongs_to_the_line_above(line) || blocks.empty())
      blocks.push_back({kind_of(line), speaker_of(line), {}});
    blocks.back().lines.push_back(std::move(line));
  }
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const Block& a, const Block& b) {
                     if (a.kind != b.kind) return a.kind < b.kind;
                     if (a.kind == Kind::line) return a.speaker < b.speaker;
                     return natural_less(a.lines.front(), b.lines.front());
                   });
  lines.clear();
  for (auto& block : blocks)
    for (auto& line : block.lines) lines.push_back(std::move(line));
  return lines;
}

}  // namespace poolbugs::report
