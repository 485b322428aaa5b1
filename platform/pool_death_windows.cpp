#include "platform/pool_death.hpp"
#include "platform/pool_starter.hpp"
#include "platform/signal_name.hpp"

namespace poolbugs::pool {

std::int64_t exit_code_of(std::int64_t status) { return status; }

int signal_of(std::int64_t) { return 0; }

std::string describe_end(std::int64_t status, const std::string& fault) {
  if (!fault.empty()) return fault;
  if (status == kEndedByPool)
    return "closed its channel, and the pool ended it";
  if (std::string name = status_name(status); !name.empty())
    return "killed by " + name;
  return "exited with " + std::to_string(status);
}

}  // namespace poolbugs::pool
