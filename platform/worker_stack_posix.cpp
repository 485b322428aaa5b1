#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "platform/worker_stack.hpp"

namespace poolbugs {

void limit_stack() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_STACK, &limit) == 0) {
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 8 << 20);
    if (::setrlimit(RLIMIT_STACK, &limit) == 0) return;
  }
  std::perror("limit_stack");
  std::_Exit(70);
}

}  // namespace poolbugs
