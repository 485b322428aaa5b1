#include <fmt/format.h>

#include <csignal>
#include <cstring>

#include "platform/signal_name.hpp"

namespace poolbugs {

std::string signal_name(int number) {
#ifdef __GLIBC__
  if (const char* name = sigabbrev_np(number))
    return fmt::format("SIG{}", name);
#endif
  return fmt::format("signal {}", number);
}

}  // namespace poolbugs
