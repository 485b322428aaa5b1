// Conditions of promises: `fork and not glibc`, `boost >= 1.84`, `true`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "platform/features.hpp"
#include "platform/result.hpp"
#include "platform/start_method.hpp"

namespace poolbugs::catalogue {

/// What a condition is held against: the machine and how this run starts its
/// workers (none where the program starts its own children).
struct RunContext {
  Features features;
  std::optional<StartMethod> start;
};

/// An immutable, parsed condition; cheap to copy.
class Condition {
 public:
  struct Node;  // defined in condition.cpp

  /// Grammar: or-expression of and-expressions of [not] atoms; an atom is
  /// `true`, a feature word, a start method, `( … )`, or `NAME OP VERSION`
  /// with OP one of < <= > >= == !=. An unknown word is an Error that proposes
  /// the nearest known one.
  static Result<Condition> parse(std::string_view text);

  [[nodiscard]] bool holds(const RunContext& context) const;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::shared_ptr<const Node> root_;
};

}  // namespace poolbugs::catalogue
