// The parent of 33 workers waits for their answers, and for deaths meanwhile.
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "cases/common/say.hpp"
#include "cases/common/win32.hpp"
#include "platform/pipe.hpp"

using namespace poolbugs;

int work(HANDLE answered) {
  check_win32(SetEvent(answered), "SetEvent");
  std::getchar();  // until the parent has all answers
  return 0;
}

// Waits until one more of several handles is signalled.
class AnyOf {
 public:
  void add(HANDLE handle) { handles_.push_back(handle); }
  bool wait() {
    return WaitForMultipleObjects(static_cast<DWORD>(handles_.size()),
                                  handles_.data(), FALSE,
                                  INFINITE) != WAIT_FAILED;
  }

 private:
  std::vector<HANDLE> handles_;
};

int main(int argc, char** argv) {
  if (argc > 1)  // an inherited handle has the same value
    return work(reinterpret_cast<HANDLE>(std::stoull(argv[1])));
  expected("33 answers");
  Pipe quit = make_pipe();
  AnyOf answer_or_end;
  std::vector<HANDLE> workers;
  for (int i = 0; i < 33; ++i) {
    const HANDLE answered = check_win32(
        CreateEventA(nullptr, FALSE, FALSE, nullptr), "CreateEvent");
    workers.push_back(start_again(
        quit.read.get(), GetStdHandle(STD_OUTPUT_HANDLE),
        std::to_string(
            reinterpret_cast<std::uintptr_t>(inheritable(answered)))));
    answer_or_end.add(answered);
    answer_or_end.add(workers.back());
  }
  int answers = 0;
  while (answers < 33 && answer_or_end.wait()) ++answers;
  observed(std::to_string(answers) + " answers");
  if (answers < 33) observed("error " + std::to_string(GetLastError()));
  quit.write.reset();
  for (const HANDLE worker : workers) exit_code_of(worker);
}
