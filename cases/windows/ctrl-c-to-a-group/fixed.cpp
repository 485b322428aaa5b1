// A worker in a process group of its own is asked to stop.
#include <cstdio>
#include <string>

#include "cases/common/say.hpp"
#include "cases/common/win32.hpp"
#include "platform/pipe.hpp"

using namespace poolbugs;

void ask_to_stop(DWORD worker) {
  const std::string name = "stop " + std::to_string(worker);
  const HANDLE event = check_win32(
      OpenEventA(EVENT_MODIFY_STATE, FALSE, name.c_str()), "OpenEvent");
  check_win32(SetEvent(event), "SetEvent");
}

HANDLE asked;
BOOL WINAPI on_key(DWORD) { return SetEvent(asked); }

int work() {
  const std::string name = "stop " + std::to_string(GetCurrentProcessId());
  asked = check_win32(CreateEventA(nullptr, TRUE, FALSE, name.c_str()),
                      "CreateEvent");
  check_win32(SetConsoleCtrlHandler(on_key, TRUE), "SetConsoleCtrlHandler");
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
  ask_to_stop(GetProcessId(worker));
  observed("the worker ended with " + std::to_string(exit_code_of(worker)));
}
