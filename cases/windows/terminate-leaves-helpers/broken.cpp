// A worker that runs a helper process is terminated.
#include <cstdio>
#include <string_view>

#include "cases/common/say.hpp"
#include "cases/common/win32.hpp"
#include "platform/pipe.hpp"

using namespace poolbugs;

// A compiler, a shell command, a pool of its own.
int help() {
  std::putchar('!');  // at work
  std::fflush(stdout);
  Sleep(INFINITE);
  return 0;
}

int work() {
  std::getchar();  // the task
  start_again(GetStdHandle(STD_INPUT_HANDLE), GetStdHandle(STD_OUTPUT_HANDLE),
              "--helper");
  Sleep(INFINITE);
  return 0;
}

int main(int argc, char** argv) {
  if (argc > 1)
    return argv[1] == std::string_view("--helper") ? help() : work();
  expected("worker terminated");
  const Pipe tasks = make_pipe();
  const Pipe ready = make_pipe();
  const HANDLE worker = start_again(tasks.read.get(), ready.write.get());
  const HANDLE job =
      check_win32(CreateJobObjectA(nullptr, nullptr), "CreateJobObject");
  check_win32(AssignProcessToJobObject(job, worker),
              "AssignProcessToJobObject");
  write_all(tasks.write.get(), "t");
  read_some(ready.read.get());

  check_win32(TerminateProcess(worker, 9), "TerminateProcess");
  if (exit_code_of(worker) == 9) observed("worker terminated");
}
