#include <windows.h>

#include "platform/system_text.hpp"
#include "platform/wide_windows.hpp"
#include "platform/wine_windows.hpp"

namespace poolbugs {
namespace {

/// RtlGetVersion says the truth to programs without a manifest too, which
/// GetVersionEx does not
/// (https://learn.microsoft.com/windows/win32/api/sysinfoapi/nf-sysinfoapi-getversionexw).
std::string version_text() {
  using Get = LONG(WINAPI*)(OSVERSIONINFOW*);
  const HMODULE ntdll = ::GetModuleHandleW(L"ntdll.dll");
  if (ntdll == nullptr) return "";
  const auto get = reinterpret_cast<Get>(
      reinterpret_cast<void (*)()>(::GetProcAddress(ntdll, "RtlGetVersion")));
  OSVERSIONINFOW version{};
  version.dwOSVersionInfoSize = sizeof version;
  if (get == nullptr || get(&version) != 0) return "";
  return std::to_string(version.dwMajorVersion) + "." +
         std::to_string(version.dwMinorVersion) + "." +
         std::to_string(version.dwBuildNumber);
}

}  // namespace

std::string system_text() {
  const std::string windows = "Windows " + version_text();
  const std::string wine = wine_version();
  return wine.empty() ? windows : "Wine " + wine + " (as " + windows + ")";
}

std::string libc_text() {
#if defined(_UCRT) || defined(_MSC_VER)
  return "ucrt";
#else
  return "msvcrt";
#endif
}

std::vector<std::string> usual_variables() {
  std::wstring folder(MAX_PATH, L'\0');
  folder.resize(::GetSystemWindowsDirectoryW(folder.data(),
                                             static_cast<UINT>(folder.size())));
  const std::string root = to_utf8(folder);
  return {"PATH=" + root + "\\System32;" + root};
}

}  // namespace poolbugs
