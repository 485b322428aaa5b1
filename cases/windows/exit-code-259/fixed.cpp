// The parent looks now and then whether its worker has ended, and how.
#include <string>

#include "cases/common/say.hpp"
#include "cases/common/win32.hpp"

using namespace poolbugs;

int work() { return 259; }  // so many lines were refused

bool has_ended(HANDLE worker) {
  return WaitForSingleObject(worker, 0) == WAIT_OBJECT_0;
}

int main(int argc, char**) {
  if (argc > 1) return work();
  expected("the worker ended with 259");
  const HANDLE worker = start_again(GetStdHandle(STD_INPUT_HANDLE),
                                    GetStdHandle(STD_OUTPUT_HANDLE));
  while (!has_ended(worker)) Sleep(100);  // other work
  observed("the worker ended with " + std::to_string(exit_code_of(worker)));
}
