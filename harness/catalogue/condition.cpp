#include "harness/catalogue/condition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <vector>

#include "harness/catalogue/catalogue.hpp"
#include "harness/catalogue/condition_scan.hpp"

namespace poolbugs::catalogue {

struct Condition::Node {
  enum class Kind { always, all, any, none, word, start, version };
  Kind kind = Kind::always;
  std::vector<std::shared_ptr<const Node>> parts = {};  ///< all, any, none
  std::string name = {};                                ///< word, version
  StartMethod method = StartMethod::fork;               ///< start
  std::string op = {};                                  ///< version
  std::vector<int> wanted = {};                         ///< version
};

namespace {

using Node = Condition::Node;
using NodePtr = std::shared_ptr<const Node>;

/// Deeper than any person writes, far from the end of the stack.
constexpr int kMaxDepth = 50;

std::vector<std::string> known_words() {
  std::vector<std::string> words = known_feature_words();
  for (const StartMethod method : kStartMethods)
    words.emplace_back(to_string(method));
  for (const std::string& name : known_versions()) words.push_back(name);
  words.insert(words.end(), {"true", "not", "and", "or"});
  return words;
}

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<NodePtr> parse() {
    Result<NodePtr> root = join("or", Node::Kind::any);
    if (root && !at_end())
      return fault(fmt::format("`{}` is not expected", token().text));
    return root;
  }

 private:
  [[nodiscard]] const Token& token() const { return tokens_[at_]; }
  [[nodiscard]] bool at_end() const { return token().kind == Token::Kind::end; }
  bool take(std::string_view text) {
    if (at_end() || token().text != text) return false;
    ++at_;
    return true;
  }
  [[nodiscard]] Error fault(std::string_view what) const {
    return {fmt::format("{} at column {}", what, token().column)};
  }

  /// Operands joined by `or`, each of operands joined by `and`.
  Result<NodePtr> join(std::string_view op, Node::Kind kind) {
    std::vector<NodePtr> parts;
    do {
      Result<NodePtr> part =
          kind == Node::Kind::any ? join("and", Node::Kind::all) : negation();
      if (!part) return part;
      parts.push_back(*part);
    } while (take(op));
    if (parts.size() == 1) return parts.front();
    Node node{.kind = kind, .parts = std::move(parts)};
    return std::make_shared<const Node>(std::move(node));
  }

  Result<NodePtr> negation() {
    bool negated = false;
    while (take("not")) negated = !negated;
    Result<NodePtr> part = atom();
    if (!part || !negated) return part;
    Node node{.kind = Node::Kind::none, .parts = {*part}};
    return std::make_shared<const Node>(std::move(node));
  }

  Result<NodePtr> atom() {
    if (at_end()) return fault("a condition is missing");
    if (take("(")) return group();
    if (token().kind != Token::Kind::word || token().text == "and" ||
        token().text == "or")
      return fault(
          fmt::format("a condition is expected before `{}`", token().text));
    return named();
  }

  Result<NodePtr> group() {
    if (++depth_ > kMaxDepth) return fault("too many parentheses");
    Result<NodePtr> inside = join("or", Node::Kind::any);
    if (!inside) return inside;
    if (!take(")")) return fault("`)` is missing");
    --depth_;
    return inside;
  }

  Result<NodePtr> named() {
    const std::string name = token().text;
    Node node;
    if (name == "true") {
      node.kind = Node::Kind::always;
    } else if (const auto method = parse_start_method(name)) {
      node.kind = Node::Kind::start;
      node.method = *method;
    } else if (tokens_[at_ + 1].kind == Token::Kind::op) {
      return version(name);
    } else if (std::ranges::binary_search(known_feature_words(), name)) {
      node.kind = Node::Kind::word;
      node.name = name;
    } else if (std::ranges::binary_search(known_versions(), name)) {
      return fault(fmt::format("`{0}` needs a version (`{0} >= 1.2`)", name));
    } else {
      return unknown(name, known_words());
    }
    ++at_;
    return std::make_shared<const Node>(std::move(node));
  }

  Result<NodePtr> version(const std::string& name) {
    if (!std::ranges::binary_search(known_versions(), name))
      return unknown(name, known_versions());
    ++at_;
    Node node{.kind = Node::Kind::version, .name = name, .op = token().text};
    ++at_;
    if (token().kind != Token::Kind::version)
      return fault(
          fmt::format("a version such as 1.84 is missing after `{}`", node.op));
    node.wanted = token().numbers;
    ++at_;
    return std::make_shared<const Node>(std::move(node));
  }

  [[nodiscard]] Error unknown(const std::string& name,
                              const std::vector<std::string>& known) const {
    const std::string proposal = nearest(name, known);
    Error error = fault(fmt::format("unknown word `{}`", name));
    error.text += proposal.empty()
                      ? fmt::format("; known are: {}", fmt::join(known, " "))
                      : fmt::format("; did you mean `{}`?", proposal);
    return error;
  }

  std::vector<Token> tokens_;  ///< the last one is `end`
  std::size_t at_ = 0;
  int depth_ = 0;
};

/// Compares as far as the condition writes it: 1.81.2 is equal to `1.81`.
std::strong_ordering compare(const std::vector<int>& have,
                             const std::vector<int>& wanted) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const int part = i < have.size() ? have[i] : 0;
    if (part != wanted[i]) return part <=> wanted[i];
  }
  return std::strong_ordering::equal;
}

bool version_holds(const Node& node, const Features& features) {
  const auto found = features.versions.find(node.name);
  // What is not there has no version, so no comparison with it holds.
  if (found == features.versions.end()) return false;
  const auto order = compare(found->second, node.wanted);
  if (node.op == "<") return order < 0;
  if (node.op == "<=") return order <= 0;
  if (node.op == ">") return order > 0;
  if (node.op == ">=") return order >= 0;
  return (node.op == "==") == (order == 0);
}

bool evaluate(const Node& node, const RunContext& context) {
  const auto part_holds = [&](const NodePtr& part) {
    return evaluate(*part, context);
  };
  switch (node.kind) {
    case Node::Kind::always:
      return true;
    case Node::Kind::all:
      return std::ranges::all_of(node.parts, part_holds);
    case Node::Kind::any:
      return std::ranges::any_of(node.parts, part_holds);
    case Node::Kind::none:
      return std::ranges::none_of(node.parts, part_holds);
    case Node::Kind::word:
      return context.features.has(node.name);
    case Node::Kind::start:
      return context.start == node.method;
    case Node::Kind::version:
      return version_holds(node, context.features);
  }
  return false;
}

}  // namespace

Result<Condition> Condition::parse(std::string_view text) {
  const auto in_context = [&](const Error& error) {
    return Error{fmt::format("condition `{}`: {}", text, error.text)};
  };
  Result<std::vector<Token>> tokens = scan_condition(text);
  if (!tokens) return in_context(tokens.error());
  const Result<NodePtr> root = Parser(std::move(*tokens)).parse();
  if (!root) return in_context(root.error());
  Condition condition;
  condition.text_ = text;
  condition.root_ = *root;
  return condition;
}

bool Condition::holds(const RunContext& context) const {
  // A default-made condition promises nothing.
  return root_ && evaluate(*root_, context);
}

}  // namespace poolbugs::catalogue
