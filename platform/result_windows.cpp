#include <windows.h>

#include "platform/result.hpp"
#include "platform/wide_windows.hpp"

namespace poolbugs {

Error windows_error(std::string_view call, unsigned long code) {
  wchar_t* buffer = nullptr;
  constexpr DWORD flags = FORMAT_MESSAGE_ALLOCATE_BUFFER |
                          FORMAT_MESSAGE_FROM_SYSTEM |
                          FORMAT_MESSAGE_IGNORE_INSERTS;
  DWORD length = 0;
  // English, so that a report reads the same everywhere; else what there is.
  for (const DWORD language :
       {DWORD{MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US)}, DWORD{0}})
    if (length == 0)
      length =
          ::FormatMessageW(flags, nullptr, code, language,
                           reinterpret_cast<wchar_t*>(&buffer), 0, nullptr);
  std::string text = to_utf8({buffer, length});
  ::LocalFree(buffer);
  while (!text.empty() &&
         std::string_view(" .\r\n").find(text.back()) != std::string_view::npos)
    text.pop_back();
  if (text.empty()) text = "no description";
  return {std::string(call) + ": " + text + " (error " + std::to_string(code) +
          ")"};
}

}  // namespace poolbugs
