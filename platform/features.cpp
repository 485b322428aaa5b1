#include "platform/features.hpp"

#include <algorithm>
#include <bit>
#include <boost/version.hpp>
#include <charconv>

namespace poolbugs {
namespace {

constexpr std::string_view kMark = "poolbugs-";

/// {1, 81, 0} of "1.81.0"; nothing of what is no version.
std::vector<int> version_in(std::string_view text) {
  std::vector<int> numbers;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('.', at), text.size());
    int number = 0;
    const auto [stop, fault] =
        std::from_chars(text.data() + at, text.data() + end, number);
    if (fault != std::errc() || stop != text.data() + end) return {};
    numbers.push_back(number);
    at = end + 1;
  }
  return numbers;
}

/// One fact of an answer; false if it is not understood.
bool add_fact(BuildFeatures& build, std::string_view name,
              std::string_view value) {
  if (name == "platform") {
    build.platform = value;
    return !value.empty();
  }
  if (name == "word") {
    build.features.words.emplace(value);
    return std::ranges::binary_search(known_feature_words(), value);
  }
  if (name != "version") return false;
  const std::size_t space = value.find(' ');
  if (space == value.npos) return false;
  const std::vector<int> numbers = version_in(value.substr(space + 1));
  build.features.versions[std::string(value.substr(0, space))] = numbers;
  return !numbers.empty() &&
         std::ranges::binary_search(known_versions(), value.substr(0, space));
}

}  // namespace

const std::vector<std::string>& known_feature_words() {
  static const std::vector<std::string> words{
      "aarch64", "big_endian", "bits64",  "can_fork",     "glibc",
      "i386",    "linux",      "macos",   "musl",         "namespaces",
      "posix",   "proof",      "qemu",    "robust_mutex", "root",
      "s390x",   "threads",    "windows", "wine",         "x86_64"};
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
  if constexpr (sizeof(void*) == 8) features.words.insert("bits64");
  features.versions["boost"] = {
      BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100};
  return features;
}

std::string features_answer() {
  const auto line = [](std::string_view name, const std::string& value) {
    return std::string(kMark) + std::string(name) + " " + value + "\n";
  };
  const Features features = detect_features();
  std::string text = line("platform", platform_name());
  for (const std::string& word : features.words) text += line("word", word);
  for (const auto& [name, numbers] : features.versions) {
    std::string version;
    for (const int number : numbers)
      version += (version.empty() ? "" : ".") + std::to_string(number);
    text += line("version", name + " " + version);
  }
  return text + line("end", "");
}

Result<BuildFeatures> parse_features_answer(std::string_view text) {
  BuildFeatures build;
  bool whole = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t space = line.find(' ');
    if (!line.starts_with(kMark) || space == line.npos) continue;
    const std::string_view name =
        line.substr(kMark.size(), space - kMark.size());
    if (name == "end")
      whole = true;
    else if (!add_fact(build, name, line.substr(space + 1)))
      return Error{"it says \"" + std::string(line) +
                   "\", which this poolbugs does not know"};
  }
  if (!whole || build.platform.empty()) return Error{"it gave no whole answer"};
  return build;
}

}  // namespace poolbugs
