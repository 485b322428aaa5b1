#include <csignal>

#include "platform/signal_name.hpp"

namespace poolbugs {

/// The six that its C library has. No process of Windows dies of one.
std::string signal_name(int number) {
  switch (number) {
    case SIGABRT:
      return "SIGABRT";
    case SIGFPE:
      return "SIGFPE";
    case SIGILL:
      return "SIGILL";
    case SIGINT:
      return "SIGINT";
    case SIGSEGV:
      return "SIGSEGV";
    case SIGTERM:
      return "SIGTERM";
    default:
      return "signal " + std::to_string(number);
  }
}

}  // namespace poolbugs
