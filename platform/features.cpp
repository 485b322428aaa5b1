#include "platform/features.hpp"

#include <bit>
#include <boost/version.hpp>

namespace poolbugs {

const std::vector<std::string>& known_feature_words() {
  static const std::vector<std::string> words{
      "aarch64", "big_endian", "can_fork",   "glibc", "i386",         "linux",
      "macos",   "musl",       "namespaces", "proof", "robust_mutex", "root",
      "s390x",   "threads",    "windows",    "wine",  "x86_64"};
  return words;
}

const std::vector<std::string>& known_versions() {
  static const std::vector<std::string> names{"boost", "glibc", "kernel",
                                              "python"};
  return names;
}

Features build_features() {
  Features features;
#if defined(__x86_64__) || defined(_M_X64)
  features.words.insert("x86_64");
#elif defined(__aarch64__) || defined(_M_ARM64)
  features.words.insert("aarch64");
#elif defined(__i386__) || defined(_M_IX86)
  features.words.insert("i386");
#elif defined(__s390x__)
  features.words.insert("s390x");
#endif
  if constexpr (std::endian::native == std::endian::big)
    features.words.insert("big_endian");
  features.versions["boost"] = {
      BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100};
  return features;
}

}  // namespace poolbugs
