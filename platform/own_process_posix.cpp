#include <unistd.h>

#include "platform/own_process.hpp"

namespace poolbugs {

long own_process_id() { return ::getpid(); }

void use_plain_output() {}

}  // namespace poolbugs
