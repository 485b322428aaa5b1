#include <fcntl.h>

#include <cstdio>
#include <cstdlib>

#include "platform/pool.hpp"
#include "platform/pool_starter.hpp"
#include "platform/spawn.hpp"

namespace poolbugs::pool {

int worker_main(int argc, char** argv) {
  if (!is_worker(argc, argv) ||
      ::fcntl(kChannelNumber, F_SETFD, FD_CLOEXEC) < 0) {
    std::fprintf(stderr, "%s: only a pool can start this program as a worker\n",
                 argv[0]);
    return 2;
  }
  UniqueFd socket(inherited(kChannelNumber));
  if (argv[1] == kServerWord) serve_orders(std::move(socket));
  end_with_parent(std::atoi(argv[2]));
  serve_tasks(std::move(socket));
}

}  // namespace poolbugs::pool
