#include "platform/result.hpp"

#include <stdexcept>
#include <system_error>

namespace poolbugs {

Error errno_error(std::string_view call, int number) {
  return {std::string(call) + ": " + std::generic_category().message(number)};
}

void throw_exception_from_error(const Error& error,
                                const boost::source_location& at) {
  throw std::logic_error(error.text + " (unchecked, " + at.to_string() + ")");
}

}  // namespace poolbugs
