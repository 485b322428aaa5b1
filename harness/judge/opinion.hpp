// What happened, before anybody asks what was promised.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/catalogue/case.hpp"
#include "harness/run/observation.hpp"

namespace poolbugs::judge {

struct Opinion {
  catalogue::Outcome outcome;
  std::optional<catalogue::Grade> grade = {};
  std::string cause = {};
  std::vector<std::string> explanation = {};
  std::string graph = {};  ///< of a hang: Mermaid, or ""
};

/// The first outcome that applies, in the order of catalogue::Outcome. The
/// promises only say which messages make an error a clear one.
Opinion form_opinion(const run::Observation& seen,
                     const std::vector<catalogue::Promise>& promised);

/// "a", "a and b", "a and b and c": sorted, each once.
std::string join_sorted(std::vector<std::string> words);

/// Whether any line of `text` matches; lines are looked at up to a length
/// that std::regex survives (it recurses with every character).
bool any_line_matches(const std::string& text, const std::string& expression);

}  // namespace poolbugs::judge
