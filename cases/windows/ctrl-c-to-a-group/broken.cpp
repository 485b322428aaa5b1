// A worker in a process group of its own is asked to stop.
#include <cstdio>
#include <string>

#include "cases/common/say.hpp"
#include "cases/common/win32.hpp"
#include "platform/pipe.hpp"

using namespace poolbugs;

constexpr DWORD kAsk = CTRL_C_EVENT;

HANDLE asked;
BOOL WINAPI on_event(DWORD) { return SetEvent(asked); }

int work() {
  asked = check_win32(CreateEventA(nullptr, TRUE, FALSE, nullptr), "Event");
  check_win32(SetConsoleCtrlHandler(on_event, TRUE), "SetConsoleCtrlHandler");
  std::putchar('!');  // at work
  std::fflush(stdout);
  WaitForSingleObject(asked, INFINITE);
  return 3;  // its files are whole, its helpers gone
}

int main(int argc, char**) {
  if (argc > 1) return work();
  expected("the worker ended with 3");
  const Pipe ready = make_pipe();
  // So that the keys of the console do not stop it behind our back.
  const HANDLE worker =
      start_again(GetStdHandle(STD_INPUT_HANDLE), ready.write.get(), "--worker",
                  CREATE_NEW_PROCESS_GROUP);
  read_some(ready.read.get());
  check_win32(GenerateConsoleCtrlEvent(kAsk, GetProcessId(worker)),
              "GenerateConsoleCtrlEvent");
  observed("the worker ended with " + std::to_string(exit_code_of(worker)));
}
