// Windows speaks UTF-16; every std::string of this program is UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace poolbugs {

/// Bytes that are no UTF-8 become U+FFFD.
std::wstring to_wide(std::string_view utf8);
/// Lone surrogates, which a file name may contain, become U+FFFD.
std::string to_utf8(std::wstring_view wide);

}  // namespace poolbugs
