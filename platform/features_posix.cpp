#include <pthread.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <charconv>

#include "platform/features.hpp"
#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

namespace poolbugs {
namespace {

/// The numbers at the start: {6, 1, 0} of "6.1.0-13-amd64".
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

bool has_robust_mutexes() {
#ifdef __APPLE__
  return false;  // its pthread.h has no pthread_mutexattr_setrobust
#else
  pthread_mutexattr_t attributes;
  if (pthread_mutexattr_init(&attributes) != 0) return false;
  const bool robust =
      pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST) == 0;
  pthread_mutexattr_destroy(&attributes);
  return robust;
#endif
}

}  // namespace

Features detect_features() {
  Features features = build_features();
  features.words.insert({"posix", "can_fork", "threads"});
#ifdef __APPLE__
  features.words.insert("macos");
#else
  features.words.insert("linux");
#ifdef __GLIBC__
  features.words.insert("glibc");
  features.versions["glibc"] = leading_version(gnu_get_libc_version());
#else
  features.words.insert("musl");
#endif
#endif
  if (has_robust_mutexes()) features.words.insert("robust_mutex");
  if (geteuid() == 0) features.words.insert("root");
  utsname system{};
  if (uname(&system) == 0)
    features.versions["kernel"] = leading_version(system.release);
  return features;
}

/// Others than the usual CPU have reports of their own.
std::string platform_name() {
  const Features features = build_features();
#ifdef __APPLE__
  return features.has("x86_64") ? "macos-x86_64" : "macos";
#else
  for (const char* cpu : {"aarch64", "i386", "s390x"})
    if (features.has(cpu)) return cpu;
  return "linux";
#endif
}

}  // namespace poolbugs
