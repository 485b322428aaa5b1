// The parent writes the numbers of four tasks, a byte each, to its worker's
// standard input, a pipe.
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
  check(_setmode(_fileno(stdin), _O_BINARY), "_setmode");
  for (int task = 0; (task = std::getchar()) != EOF;)
    observed("task " + std::to_string(task));
  return 0;
}

int main(int argc, char**) {
  if (argc > 1) return work();
  const std::string numbers{24, 25, 26, 27};
  for (const int task : numbers) expected("task " + std::to_string(task));
  Pipe tasks = make_pipe();
  const HANDLE worker =
      start_again(tasks.read.get(), GetStdHandle(STD_OUTPUT_HANDLE));
  write_all(tasks.write.get(), numbers);
  tasks.write.reset();
  return static_cast<int>(exit_code_of(worker));
}
