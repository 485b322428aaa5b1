// Two workers, one after the other, take a mutex; the first is terminated while
// it has it.
#include <cstdint>
#include <cstdio>
#include <string>

#include "cases/common/say.hpp"
#include "cases/common/win32.hpp"
#include "platform/pipe.hpp"

using namespace poolbugs;

bool lock(HANDLE mutex) {
  const DWORD got = WaitForSingleObject(mutex, INFINITE);
  return got == WAIT_OBJECT_0;
}

int work(HANDLE mutex) {
  const bool locked = lock(mutex);
  std::putchar(locked ? 'l' : 'n');
  std::fflush(stdout);
  std::getchar();  // until the parent has seen it
  if (locked) check_win32(ReleaseMutex(mutex), "ReleaseMutex");
  return 0;
}

int main(int argc, char** argv) {
  if (argc > 1)  // an inherited handle has the same value
    return work(reinterpret_cast<HANDLE>(std::stoull(argv[1])));
  expected("worker 1 has the lock");
  expected("worker 2 has the lock");
  const HANDLE mutex =
      inheritable(check_win32(CreateMutexA(nullptr, FALSE, nullptr), "mutex"));
  const std::string argument =
      std::to_string(reinterpret_cast<std::uintptr_t>(mutex));
  const Pipe done = make_pipe();
  const Pipe locked = make_pipe();
  for (const int number : {1, 2}) {
    const HANDLE worker =
        start_again(done.read.get(), locked.write.get(), argument);
    const bool has_it = read_some(locked.read.get()) == "l";
    observed("worker " + std::to_string(number) +
             (has_it ? " has the lock" : " gave up"));
    if (number == 1)
      check_win32(TerminateProcess(worker, 9), "TerminateProcess");
    else
      write_all(done.write.get(), "d");
    exit_code_of(worker);
  }
}
