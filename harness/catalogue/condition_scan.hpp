// The words of a condition's text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/result.hpp"

namespace poolbugs::catalogue {

struct Token {
  enum class Kind { word, version, op, bracket, end };
  Kind kind = Kind::end;
  std::string text = {};
  int column = 1;                 ///< 1-based
  std::vector<int> numbers = {};  ///< of a version: {1, 84}
};

/// The tokens of a condition; the last one is `end`.
Result<std::vector<Token>> scan_condition(std::string_view text);

}  // namespace poolbugs::catalogue
