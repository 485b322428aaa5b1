// Plain Win32 calls, for the cases of the area windows.
#pragma once

#ifndef NOMINMAX
#define NOMINMAX  // or its macros would hide std::min and std::max
#endif
#include <windows.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <type_traits>

namespace poolbugs {

/// For calls that return 0 or an invalid handle and set the last error: ends
/// with 70 and the name of the call; hands the result on.
template <class Result>
Result check_win32(Result result, const char* call) {
  if constexpr (std::is_pointer_v<Result>)
    if (result == INVALID_HANDLE_VALUE) result = nullptr;
  if (result) return result;
  std::fprintf(stderr, "%s: error %lu\n", call, ::GetLastError());
  std::_Exit(70);
}

/// Marks a handle so that start_again() and the like pass it on.
inline HANDLE inheritable(HANDLE handle) {
  check_win32(
      ::SetHandleInformation(handle, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT),
      "SetHandleInformation");
  return handle;
}

/// Starts this program again, with one argument (a plain word). It inherits
/// every inheritable handle, and has these two as standard input and output.
/// `flags` are those of CreateProcess. The caller owns the handle of the
/// process.
inline HANDLE start_again(HANDLE input, HANDLE output,
                          const std::string& argument = "--worker",
                          DWORD flags = 0) {
  char path[MAX_PATH];
  check_win32(::GetModuleFileNameA(nullptr, path, MAX_PATH),
              "GetModuleFileName");
  std::string command = "worker " + argument;
  STARTUPINFOA startup{};
  startup.cb = sizeof startup;
  startup.dwFlags = STARTF_USESTDHANDLES;
  startup.hStdInput = inheritable(input);
  startup.hStdOutput = inheritable(output);
  startup.hStdError = ::GetStdHandle(STD_ERROR_HANDLE);
  PROCESS_INFORMATION started{};
  check_win32(::CreateProcessA(path, command.data(), nullptr, nullptr, TRUE,
                               flags, nullptr, nullptr, &startup, &started),
              "CreateProcess");
  ::CloseHandle(started.hThread);
  return started.hProcess;
}

/// Waits for the end of a process: its exit code.
inline DWORD exit_code_of(HANDLE process) {
  if (::WaitForSingleObject(process, INFINITE) != WAIT_OBJECT_0)
    check_win32(0, "WaitForSingleObject");
  DWORD code = 0;
  check_win32(::GetExitCodeProcess(process, &code), "GetExitCodeProcess");
  return code;
}

}  // namespace poolbugs
