#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <windows.h>

#include <cstdlib>

#include "platform/own_process.hpp"

namespace poolbugs {

long own_process_id() { return static_cast<long>(::GetCurrentProcessId()); }

void use_plain_output() {
  for (FILE* stream : {stdout, stderr})
    ::_setmode(::_fileno(stream), _O_BINARY);
  static const UINT code_before = ::GetConsoleOutputCP();
  if (code_before == 0) return;  // there is no console
  ::SetConsoleOutputCP(CP_UTF8);
  std::atexit([] { ::SetConsoleOutputCP(code_before); });
}

}  // namespace poolbugs
