// A case as its manifest describes it. Plain data; no opinion, no machine.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/catalogue/condition.hpp"
#include "harness/catalogue/outcome.hpp"
#include "platform/start_method.hpp"

namespace poolbugs::catalogue {

/// `outcome` or `outcome: cause`. The cause of a clear-error is a regular
/// expression (ECMAScript) that is searched in stderr. An empty cause binds
/// nothing.
struct Promise {
  Outcome outcome;
  std::string cause;

  [[nodiscard]] std::string text() const;  ///< as written in the manifest
};

/// Promises under a condition: the typical one first, then the intermittents
/// that are known too.
struct ConditionalPromise {
  Condition when;
  std::vector<Promise> promises;
};

enum class Language { cpp, python };

/// One half of a case: broken.cpp, or its twin broken.py, or fixed.
struct Program {
  std::string name;  ///< "broken", "fixed"
  Language language = Language::cpp;
  std::filesystem::path source;              ///< absolute
  std::vector<ConditionalPromise> promised;  ///< the first that holds wins

  [[nodiscard]] std::string file_name() const;  ///< "broken.py"
};

/// A heading and the Markdown below it, up to the next `## `.
struct Section {
  std::string heading;
  std::string body;
};

struct Case {
  std::filesystem::path folder;  ///< absolute
  std::string area;              ///< "fork"
  std::string slug;              ///< "held-mutex"
  std::string id;                ///< "PB-0007"
  std::string title;
  std::vector<std::string> aliases;
  std::vector<StartMethod> start;         ///< empty: starts its own children
  std::vector<StartMethod> python_start;  ///< likewise, of the Python programs
  /// What the Python programs need: "python >= 3.8"; absent: nothing.
  std::optional<Condition> python;
  /// Its programs start a worker that is the same program built for this
  /// other platform; empty: they do not.
  std::string peer;
  std::vector<std::string> needs;  ///< feature words
  std::vector<std::string> links;  ///< "python/cpython#50970" or a URL
  /// broken.cpp, fixed.cpp, broken.py, fixed.py: those that are there.
  std::vector<Program> programs;
  std::vector<Section> story;  ///< the four beats, in their order

  [[nodiscard]] std::string name() const { return area + "/" + slug; }
  /// Null if there is none.
  [[nodiscard]] const Program* program(std::string_view name,
                                       Language language) const;
  [[nodiscard]] const std::vector<StartMethod>& starts(
      Language language) const {
    return language == Language::cpp ? start : python_start;
  }
};

/// "broken.py" of "broken": as in a manifest and in a folder.
std::string file_name(std::string_view program, Language language);

}  // namespace poolbugs::catalogue
