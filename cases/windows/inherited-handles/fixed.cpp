// Two workers, each with a pipe for its result; worker 2 waits until the parent
// has read all that worker 1 wrote.
#include <cstdio>
#include <string>
#include <vector>

#include "cases/common/say.hpp"
#include "cases/common/win32.hpp"
#include "platform/pipe.hpp"

using namespace poolbugs;

int work() {
  std::getchar();  // the task
  std::puts("42");
  return 0;
}

// Starts a worker that inherits these handles.
HANDLE start(HANDLE input, HANDLE output) {
  std::vector<HANDLE> handles{inheritable(input), inheritable(output)};
  SIZE_T size = 0;
  InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
  std::vector<char> room(size);
  STARTUPINFOEXA startup{};
  startup.lpAttributeList =
      reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(room.data());
  check_win32(
      InitializeProcThreadAttributeList(startup.lpAttributeList, 1, 0, &size),
      "InitializeProcThreadAttributeList");
  check_win32(
      UpdateProcThreadAttribute(
          startup.lpAttributeList, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
          handles.data(), handles.size() * sizeof(HANDLE), nullptr, nullptr),
      "UpdateProcThreadAttribute");
  startup.StartupInfo.cb = sizeof startup;
  startup.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  startup.StartupInfo.hStdInput = input;
  startup.StartupInfo.hStdOutput = output;
  char path[MAX_PATH];
  check_win32(GetModuleFileNameA(nullptr, path, MAX_PATH), "own path");
  char command[] = "worker --worker";
  PROCESS_INFORMATION started{};
  check_win32(CreateProcessA(path, command, nullptr, nullptr, TRUE,
                             EXTENDED_STARTUPINFO_PRESENT, nullptr, nullptr,
                             &startup.StartupInfo, &started),
              "CreateProcess");
  return started.hProcess;
}

int main(int argc, char**) {
  if (argc > 1) return work();
  expected("worker 1: 42");
  expected("worker 2: 42");
  Pipe tasks[] = {make_pipe(), make_pipe()};
  Pipe results[] = {make_pipe(), make_pipe()};
  HANDLE workers[2];
  for (const int i : {0, 1})
    workers[i] = start(tasks[i].read.get(), results[i].write.get());
  for (Pipe& pipe : results) pipe.write.reset();  // the workers have it

  for (const int i : {0, 1}) {
    write_all(tasks[i].write.get(), "t");
    observed("worker " + std::to_string(i + 1) + ": " +
             read_all(results[i].read.get()).substr(0, 2));
    exit_code_of(workers[i]);
  }
}
