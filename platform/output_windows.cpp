#include "platform/output.hpp"

namespace poolbugs {

// Asked of builds for other platforms only, and Windows runs none of those.
Result<std::string> output_of(const std::vector<std::string>& command,
                              std::chrono::seconds) {
  return Error{command.front() +
               ": Windows runs no programs of another platform"};
}

}  // namespace poolbugs
