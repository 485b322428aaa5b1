#include "harness/catalogue/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/locale/utf.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace poolbugs::catalogue {
namespace {

namespace fs = std::filesystem;
namespace utf = boost::locale::utf;

/// The first `limit` bytes of the file; an Error names what failed.
Result<std::string> read_bytes(const fs::path& file, std::size_t limit) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (error) return Error{fmt::format("stat: {}", error.message())};
  // Reading a FIFO or a device could wait for ever.
  if (!fs::is_regular_file(status)) return Error{"it is not a regular file"};
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return errno_error("open", errno);
  std::string bytes(limit, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(limit));
  if (stream.bad()) return errno_error("read", errno);
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  return Result<std::string>(boost::system::in_place_value, std::move(bytes));
}

/// Offset of the first byte that is not part of a UTF-8 character, or npos.
std::size_t find_invalid_utf8(const std::string& text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    const char* const start = at;
    const auto code = utf::utf_traits<char>::decode(at, end);
    if (code == utf::illegal || code == utf::incomplete)
      return static_cast<std::size_t>(start - text.data());
  }
  return std::string::npos;
}

int line_at(std::string_view text, std::size_t offset) {
  return 1 + static_cast<int>(std::ranges::count(text.substr(0, offset), '\n'));
}

/// CR LF becomes LF; a CR elsewhere stays.
void use_lf(std::string& text) {
  std::size_t to = 0;
  for (std::size_t from = 0; from < text.size(); ++from) {
    if (text.compare(from, 2, "\r\n") == 0) continue;
    text[to++] = text[from];
  }
  text.resize(to);
}

}  // namespace

std::variant<std::string, Fault> read_manifest(const fs::path& file) {
  Result<std::string> bytes = read_bytes(file, kMaxManifestBytes + 1);
  if (!bytes)
    return Fault{file, 0,
                 fmt::format("cannot be read: {}", bytes.error().text)};
  std::string& text = *bytes;
  if (text.size() > kMaxManifestBytes)
    return Fault{file, 0,
                 "is longer than 1 MiB; a manifest is a page of text, keep "
                 "data in files of its own"};
  if (text.starts_with("\xEF\xBB\xBF"))
    return Fault{file, 1,
                 "begins with a byte order mark; save the file as UTF-8 "
                 "without one (`sed -i '1s/^\\xEF\\xBB\\xBF//'`)"};
  if (const std::size_t bad = find_invalid_utf8(text); bad != text.npos)
    return Fault{file, line_at(text, bad),
                 fmt::format("byte 0x{:02X} is not UTF-8; save the file as "
                             "UTF-8 (`iconv -f latin1 -t utf8`)",
                             static_cast<unsigned char>(text[bad]))};
  use_lf(text);
  return std::move(text);
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\n\r\v\f";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace poolbugs::catalogue
