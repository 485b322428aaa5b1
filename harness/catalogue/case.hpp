// A case as its manifest describes it. Plain data; no opinion, no machine.
#pragma once

#include <filesystem>
#include <string>
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

/// One half of a case: broken.cpp or fixed.cpp.
struct Program {
  std::string name;                          ///< "broken", "fixed"
  std::filesystem::path source;              ///< absolute
  std::vector<ConditionalPromise> promised;  ///< the first that holds wins
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
  std::vector<StartMethod> start;  ///< empty: starts its own children
  std::vector<std::string> needs;  ///< feature words
  std::vector<std::string> links;  ///< "python/cpython#50970" or a URL
  std::vector<Program> programs;   ///< broken first
  std::vector<Section> story;      ///< the four beats, in their order

  [[nodiscard]] std::string name() const { return area + "/" + slug; }
};

}  // namespace poolbugs::catalogue
