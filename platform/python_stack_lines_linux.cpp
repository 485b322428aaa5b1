// CPython's tables from instructions to lines.
#include "platform/python_stack_linux.hpp"

namespace poolbugs::stacks {
namespace {

using Table = std::span<const std::uint8_t>;

/// Lines of damaged tables may be anything, but must not overflow.
int plus(int line, std::int64_t delta) {
  return static_cast<int>(line + delta);
}

/// Pairs of bytes: instructions to go, then lines.
int from_lnotab(Table table, int line, std::int64_t offset, bool with_sign) {
  std::int64_t at = 0;
  for (std::size_t i = 0; i + 1 < table.size(); i += 2) {
    at += table[i];
    if (at > offset) break;
    line = plus(line, with_sign ? static_cast<std::int8_t>(table[i + 1])
                                : table[i + 1]);
  }
  return line;
}

/// Pairs of bytes: lines to go (-128: no line), for so many instructions.
int from_linetable(Table table, int first, std::int64_t offset) {
  int line = first;
  int shown = first;
  std::int64_t end = 0;
  for (std::size_t i = 0; i + 1 < table.size() && end <= offset; i += 2) {
    end += table[i];
    const auto delta = static_cast<std::int8_t>(table[i + 1]);
    if (delta != -128) line = plus(line, delta);
    shown = delta == -128 ? first : line;
  }
  return shown;
}

/// A signed number in chunks of six bits, as locations.md says; stops at the
/// end of the table.
std::int64_t signed_number(Table table, std::size_t at) {
  std::uint32_t number = 0;
  for (int shift = 0; at < table.size() && shift < 30; shift += 6) {
    const std::uint8_t byte = table[at++];
    number |= std::uint32_t{byte & 0x3fU} << shift;
    if ((byte & 0x40) == 0) break;
  }
  const auto half = static_cast<std::int64_t>(number >> 1);
  return (number & 1) != 0 ? -half : half;
}

int from_locations(Table table, int first, std::int64_t offset) {
  enum { one_line = 10, no_columns = 13, long_form = 14, none = 15 };
  int line = first;
  std::int64_t end = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if ((table[i] & 0x80) == 0) continue;  // the rest of an entry
    const int code = table[i] >> 3 & 15;
    end += ((table[i] & 7) + 1) * 2;
    if (code == no_columns || code == long_form)
      line = plus(line, signed_number(table, i + 1));
    else if (code >= one_line && code < no_columns)
      line = plus(line, code - one_line);
    if (end > offset) return code == none ? first : line;
  }
  return first;
}

}  // namespace

int line_of(LineTable kind, Table table, int first_line, std::int64_t offset) {
  if (offset < 0) return first_line;
  switch (kind) {
    case LineTable::lnotab_unsigned:
      return from_lnotab(table, first_line, offset, false);
    case LineTable::lnotab:
      return from_lnotab(table, first_line, offset, true);
    case LineTable::linetable:
      return from_linetable(table, first_line, offset);
    case LineTable::locations:
      return from_locations(table, first_line, offset);
  }
  return first_line;
}

}  // namespace poolbugs::stacks
