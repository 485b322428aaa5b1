#include "platform/wide_windows.hpp"

#include <windows.h>

namespace poolbugs {

std::wstring to_wide(std::string_view utf8) {
  const int bytes = static_cast<int>(utf8.size());
  if (bytes == 0) return {};
  std::wstring wide(static_cast<std::size_t>(::MultiByteToWideChar(
                        CP_UTF8, 0, utf8.data(), bytes, nullptr, 0)),
                    L'\0');
  ::MultiByteToWideChar(CP_UTF8, 0, utf8.data(), bytes, wide.data(),
                        static_cast<int>(wide.size()));
  return wide;
}

std::string to_utf8(std::wstring_view wide) {
  const int units = static_cast<int>(wide.size());
  if (units == 0) return {};
  std::string utf8(
      static_cast<std::size_t>(::WideCharToMultiByte(
          CP_UTF8, 0, wide.data(), units, nullptr, 0, nullptr, nullptr)),
      '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, wide.data(), units, utf8.data(),
                        static_cast<int>(utf8.size()), nullptr, nullptr);
  return utf8;
}

}  // namespace poolbugs
