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
  // A crash ends a worker, and the pool tells whose: no dialog waits for
  // somebody to close it.
  ::SetErrorMode(::GetErrorMode() | SEM_NOGPFAULTERRORBOX);
  serve_tasks(std::move(channel));
}

}  // namespace poolbugs::pool
