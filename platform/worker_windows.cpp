#include <windows.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "platform/spawn.hpp"
#include "platform/worker.hpp"

namespace poolbugs {
namespace {

constexpr int kFirst = 3;
constexpr std::string_view kWorkerFlag = "--worker";

[[noreturn]] void give_up(const Error& error) {
  std::fprintf(stderr, "start_worker: %s\n", error.text.c_str());
  std::exit(70);
}

}  // namespace

StartMethod start_method(int argc, char** argv) {
  if (argc < 2) return StartMethod::spawn;
  if (auto method = parse_start_method(argv[1])) return *method;
  std::fprintf(stderr, "usage: %s [fork|spawn|forkserver]\n", argv[0]);
  std::exit(2);
}

bool is_worker(int argc, char** argv) {
  return argc == 2 && argv[1] == kWorkerFlag;
}

Child start_worker(StartMethod method, char**, int (*)(),
                   const std::vector<Descriptor>& descriptors) {
  switch (method) {
    case StartMethod::fork:
      give_up({"there is no fork on Windows"});
    case StartMethod::forkserver:
      give_up(
          {"forkserver is a method of the pool; plain workers start by "
           "spawn here"});
    case StartMethod::spawn:
      break;
  }
  std::vector<std::pair<Descriptor, int>> numbers;
  for (Descriptor descriptor : descriptors)
    numbers.emplace_back(descriptor, kFirst + static_cast<int>(numbers.size()));
  Result<Child> worker = spawn_self({std::string(kWorkerFlag)}, numbers);
  if (!worker) give_up(worker.error());
  return *worker;
}

std::int64_t wait_for(Child worker) {
  UniqueFd process(reinterpret_cast<HANDLE>(worker));
  DWORD code = 0;
  if (::WaitForSingleObject(process.get(), INFINITE) != WAIT_OBJECT_0 ||
      !::GetExitCodeProcess(process.get(), &code)) {
    std::fprintf(
        stderr, "%s\n",
        windows_error("wait_for: the process", ::GetLastError()).text.c_str());
    std::exit(70);
  }
  return code;
}

}  // namespace poolbugs
