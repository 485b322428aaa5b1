// A worker writes every byte from 0 to 255 once to its standard output, a pipe.
#include <fcntl.h>
#include <io.h>

#include <cstdio>
#include <string>

#include "cases/common/check.hpp"
#include "cases/common/say.hpp"
#include "cases/common/win32.hpp"
#include "platform/pipe.hpp"

using namespace poolbugs;

int work() {
  check(_setmode(_fileno(stdout), _O_BINARY), "_setmode");
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
