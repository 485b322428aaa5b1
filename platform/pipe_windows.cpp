#include <windows.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "platform/pipe.hpp"
#include "platform/result.hpp"

namespace poolbugs {
namespace {

[[noreturn]] void give_up(const char* call) {
  std::fprintf(stderr, "pipe: %s\n",
               windows_error(call, ::GetLastError()).text.c_str());
  std::exit(70);
}

}  // namespace

Pipe make_pipe() {
  HANDLE read = nullptr;
  HANDLE write = nullptr;
  if (!::CreatePipe(&read, &write, nullptr, static_cast<DWORD>(kPipeBuffer)))
    give_up("CreatePipe");
  return {UniqueFd(read), UniqueFd(write)};
}

std::string read_some(Descriptor read_end, std::size_t limit) {
  std::string bytes(limit, '\0');
  while (true) {
    DWORD count = 0;
    if (!::ReadFile(read_end, bytes.data(), static_cast<DWORD>(bytes.size()),
                    &count, nullptr)) {
      if (::GetLastError() == ERROR_BROKEN_PIPE) return {};
      give_up("ReadFile");
    }
    // Of a pipe that is no end: somebody wrote nothing
    // (https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-readfile).
    // Of a file it is one, and Wine says it at the end of a pipe of its host.
    if (count == 0 &&
        ::PeekNamedPipe(read_end, nullptr, 0, nullptr, nullptr, nullptr))
      continue;
    bytes.resize(count);
    return bytes;
  }
}

std::string read_all(Descriptor read_end) {
  std::string all;
  for (std::string part; !(part = read_some(read_end)).empty();) all += part;
  return all;
}

bool write_all(Descriptor write_end, std::string_view bytes) {
  while (!bytes.empty()) {
    DWORD count = 0;
    const auto part =
        static_cast<DWORD>(std::min<std::size_t>(bytes.size(), 1U << 30));
    if (!::WriteFile(write_end, bytes.data(), part, &count, nullptr)) {
      const DWORD code = ::GetLastError();
      if (code == ERROR_BROKEN_PIPE || code == ERROR_NO_DATA) return false;
      give_up("WriteFile");
    }
    bytes.remove_prefix(count);
  }
  return true;
}

}  // namespace poolbugs
