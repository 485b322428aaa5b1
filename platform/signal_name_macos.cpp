#include <algorithm>
#include <cctype>
#include <csignal>

#include "platform/signal_name.hpp"

namespace poolbugs {

std::string signal_name(int number) {
  if (number <= 0 || number >= NSIG) return "signal " + std::to_string(number);
  // "segv", "kill" …
  std::string name = sys_signame[number];
  std::ranges::transform(name, name.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  return "SIG" + name;
}

}  // namespace poolbugs
