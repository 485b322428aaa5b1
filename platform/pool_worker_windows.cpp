#include <windows.h>

#include <cstdio>

#include "platform/pool.hpp"
#include "platform/pool_starter.hpp"
#include "platform/spawn.hpp"

namespace poolbugs::pool {

int worker_main(int argc, char** argv) {
  UniqueFd channel(inherited(kChannelNumber));
  if (!is_worker(argc, argv) || argv[1] == kServerWord || !channel) {
    std::fprintf(stderr, "%s: only a pool can start this program as a worker\n",
                 argv[0]);
    return 2;
  }
  // A crash ends a worker, and the pool says whose it was; Windows Error
  // Reporting is not called first
  // (https://learn.microsoft.com/windows/win32/api/errhandlingapi/nf-errhandlingapi-seterrormode).
  ::SetErrorMode(::GetErrorMode() | SEM_NOGPFAULTERRORBOX);
  serve_tasks(std::move(channel));
}

}  // namespace poolbugs::pool
