// A worker silences a library on standard output, and then writes every byte
// from 0 to 255 once to it: a pipe.
#include <fcntl.h>
#include <io.h>

#include <cstdio>
#include <string>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "cases/common/win32.hpp"
#include "platform/pipe.hpp"

using namespace poolbugs;

void talk() {
  std::puts("library 1.0, found 2 devices");
  std::fflush(stdout);
}

int work() {
  const int output = check(_dup(1), "_dup");
  const int nowhere = check(_open("NUL", _O_WRONLY), "_open");
  check(_dup2(nowhere, 1), "_dup2");
  check(_setmode(1, _O_BINARY), "_setmode");
  talk();
  check(_dup2(output, 1), "_dup2");
  for (int value = 0; value < 256; ++value) std::putchar(value);
  return 0;
}

int main(int argc, char**) {
  if (argc > 1) return work();
  expected("256 bytes");
  Pipe result = make_pipe();
  const HANDLE worker =
      start_again(GetStdHandle(STD_INPUT_HANDLE), result.write.get());
  result.write.reset();
  observed(std::to_string(read_all(result.read.get()).size()) + " bytes");
  return static_cast<int>(exit_code_of(worker));
}
