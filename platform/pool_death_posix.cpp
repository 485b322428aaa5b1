#include <sys/wait.h>

#include <csignal>
#include <cstring>

#include "platform/pool_death.hpp"

namespace poolbugs::pool {
namespace {

std::string name_of(int signal) {
#ifdef __GLIBC__
  if (const char* name = ::sigabbrev_np(signal))
    return std::string("SIG") + name;
#endif
  return "signal " + std::to_string(signal);
}

}  // namespace

std::int64_t exit_code_of(std::int64_t ended) {
  const int status = static_cast<int>(ended);
  return status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int signal_of(std::int64_t ended) {
  const int status = static_cast<int>(ended);
  return status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

std::string describe_end(std::int64_t status, const std::string& fault) {
  if (!fault.empty()) return fault;
  if (std::int64_t code = exit_code_of(status); code >= 0)
    return "exited with " + std::to_string(code);
  if (int signal = signal_of(status)) return "killed by " + name_of(signal);
  return "its exit status was taken by somebody else";
}

}  // namespace poolbugs::pool
