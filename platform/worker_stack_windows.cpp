#include "platform/worker_stack.hpp"

namespace poolbugs {

void limit_stack() {}

}  // namespace poolbugs
