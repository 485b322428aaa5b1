#include <unistd.h>

#include <cstdio>

#include "platform/posix_compat.hpp"
#include "platform/worker_exit.hpp"

#ifdef POOLBUGS_COVERAGE
extern "C" void __gcov_dump();
#endif

namespace poolbugs {

void leave_worker(int status) {
  std::fflush(stdout);
#ifdef POOLBUGS_COVERAGE
  __gcov_dump();
#endif
  ::_exit(status);
}

void forget_inherited_output() { posix::purge(stdout); }

}  // namespace poolbugs
