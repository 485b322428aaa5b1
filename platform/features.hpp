// What is true of this machine and of this build: the words of conditions.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "platform/result.hpp"

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

/// Features of this process' machine, but for what depends on who looks on:
/// `namespaces` (the sandbox that a run uses), `proof` (whether this poolbugs
/// can read the run) and `qemu` (that the run's program is emulated).
Features detect_features();

/// "linux" (on x86-64), "i386", "s390x", "aarch64", "windows", "windows-wine",
/// "macos": the folder of the reports.
std::string platform_name();

/// What the program `features` of a build prints, for a poolbugs of another
/// one: a line "poolbugs-NAME VALUE" for each fact. Other lines are noise (an
/// emulator that talks).
std::string features_answer();

/// What a build answered.
struct BuildFeatures {
  std::string platform;
  Features features;
};
/// An Error says what is missing or not understood.
Result<BuildFeatures> parse_features_answer(std::string_view text);

}  // namespace poolbugs
