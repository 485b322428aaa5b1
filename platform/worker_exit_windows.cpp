#include <cstdio>
#include <cstdlib>

#include "platform/worker_exit.hpp"

namespace poolbugs {

void leave_worker(int status) {
  std::fflush(stdout);
  ::_exit(status);
}

}  // namespace poolbugs
