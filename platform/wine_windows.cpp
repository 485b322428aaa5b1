#include "platform/wine_windows.hpp"

#include <windows.h>

namespace poolbugs {

std::string wine_version() {
  using Get = const char*(__cdecl*)();
  const HMODULE ntdll = ::GetModuleHandleW(L"ntdll.dll");
  if (ntdll == nullptr) return "";
  // By way of a function that takes nothing: compilers warn of the direct one.
  const auto get = reinterpret_cast<Get>(reinterpret_cast<void (*)()>(
      ::GetProcAddress(ntdll, "wine_get_version")));
  return get == nullptr ? "" : get();
}

}  // namespace poolbugs
