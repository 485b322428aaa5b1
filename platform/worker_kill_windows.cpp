#include <windows.h>

#include "platform/worker_kill.hpp"

namespace poolbugs {

void kill_this_process() {
  ::TerminateProcess(::GetCurrentProcess(), static_cast<UINT>(kKilled));
  for (;;) ::Sleep(INFINITE);
}

}  // namespace poolbugs
