#include <sys/utsname.h>
#include <unistd.h>

#include <charconv>

#include "platform/features.hpp"

namespace poolbugs {
namespace {

/// The numbers at the start: {23, 1, 0} of "23.1.0".
std::vector<int> leading_version(std::string_view text) {
  std::vector<int> numbers;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    int number = 0;
    const auto [next, fault] = std::from_chars(at, end, number);
    if (fault != std::errc{} || number < 0) break;
    numbers.push_back(number);
    if (next == end || *next != '.') break;
    at = next + 1;
  }
  return numbers;
}

}  // namespace

/// Not robust_mutex: its pthread.h has no pthread_mutexattr_setrobust.
Features detect_features() {
  Features features = build_features();
  features.words.insert({"macos", "posix", "can_fork", "threads"});
  if (geteuid() == 0) features.words.insert("root");
  utsname system{};
  if (uname(&system) == 0)
    features.versions["kernel"] = leading_version(system.release);
  return features;
}

std::string platform_name() {
  // The usual CPU is Apple's own.
  return build_features().has("x86_64") ? "macos-x86_64" : "macos";
}

}  // namespace poolbugs
