// What is true of this machine and of this build: the words of conditions.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace poolbugs {

/// Words that are true here, and versions of what has one ("boost" 1.81.0).
struct Features {
  std::set<std::string, std::less<>> words;
  std::map<std::string, std::vector<int>, std::less<>> versions;

  [[nodiscard]] bool has(std::string_view word) const {
    return words.contains(word);
  }
};

/// Every word that may be true on some platform, sorted; any other word in a
/// condition or in `needs` is a manifest error.
const std::vector<std::string>& known_feature_words();

/// Names that carry a version, sorted ("boost", "glibc", "kernel", "python").
/// Which Python there is depends on the run: a plan adds its version.
const std::vector<std::string>& known_versions();

/// What the compiler alone knows: the architecture, its byte order and the
/// version of Boost. Every system's detect_features() begins with it.
Features build_features();

/// Features of this process' machine. `namespaces` (the full sandbox) is not
/// decided here but by the sandbox that a run uses.
Features detect_features();

/// "linux", "windows", "macos", "windows-wine": the folder of the reports.
std::string platform_name();

}  // namespace poolbugs
