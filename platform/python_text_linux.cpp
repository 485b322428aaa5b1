#include "platform/python_text_linux.hpp"

#include <algorithm>
#include <cstddef>
#include <span>

namespace poolbugs::stacks {
namespace {

constexpr std::uint64_t longest_text = 1024;
constexpr std::uint64_t longest_table = 1 << 18;

void add_utf8(std::string& text, char32_t point) {
  if (point < 0x20 || point > 0x10ffff || (point >> 11) == 0x1b)
    point = U'?';  // a control character, or none at all
  if (point < 0x80) {
    text += static_cast<char>(point);
    return;
  }
  const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  constexpr unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};
  text += static_cast<char>(lead[more] | point >> 6 * more);
  for (int i = more - 1; i >= 0; --i)
    text += static_cast<char>(0x80 | (point >> 6 * i & 0x3f));
}

/// A str of Python 2.
std::string plain_text(const std::vector<std::uint8_t>& bytes) {
  std::string result;
  for (const std::uint8_t byte : std::span(bytes).first(
           std::min<std::size_t>(bytes.size(), longest_text)))
    add_utf8(result, byte < 0x80 ? byte : U'?');
  return result;
}

}  // namespace

std::vector<std::uint8_t> python_bytes(Memory& memory,
                                       const PythonLayout& layout,
                                       std::uint64_t object) {
  std::uint64_t size = 0;
  if (!memory.get(object + layout.bytes_size, size) || size > longest_table)
    return {};
  std::vector<std::uint8_t> bytes(size);
  if (!memory.read(object + layout.bytes_data,
                   std::as_writable_bytes(std::span(bytes))))
    return {};
  return bytes;
}

std::string python_text(Memory& memory, const PythonLayout& layout,
                        std::uint64_t object) {
  if (layout.major == 2)
    return plain_text(python_bytes(memory, layout, object));
  std::uint64_t length = 0;
  std::uint32_t state = 0;
  if (!memory.get(object + layout.text_length, length) ||
      !memory.get(object + layout.text_state, state) || length > longest_text)
    return {};
  // struct state of PyASCIIObject, 3.6 to 3.13: interned 2 bits, kind 3,
  // compact, ascii.
  const unsigned width = state >> 2 & 7;
  const bool compact = (state >> 5 & 1) != 0;
  const bool ascii = (state >> 6 & 1) != 0;
  if (!compact || (width != 1 && width != 2 && width != 4)) return {};
  std::vector<std::uint8_t> bytes(length * width);
  if (!memory.read(
          object + (ascii ? layout.text_ascii_data : layout.text_other_data),
          std::as_writable_bytes(std::span(bytes))))
    return {};
  std::string result;
  for (std::size_t i = 0; i < bytes.size(); i += width) {
    std::uint32_t point = 0;
    for (unsigned b = 0; b < width; ++b)
      point |= std::uint32_t{bytes[i + b]} << 8 * b;
    add_utf8(result, point);
  }
  return result;
}

}  // namespace poolbugs::stacks
