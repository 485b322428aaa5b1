#include "harness/catalogue/promise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "harness/catalogue/catalogue.hpp"
#include "harness/catalogue/text.hpp"

namespace poolbugs::catalogue {
namespace {

std::vector<std::string> promisable() {
  std::vector<std::string> words;
  for (const Outcome outcome : kOutcomes)
    if (outcome != Outcome::harness_error && outcome != Outcome::unsupported)
      words.emplace_back(to_string(outcome));
  return words;
}

Result<Outcome> parse_promised_outcome(std::string_view word) {
  const std::optional<Outcome> outcome = parse_outcome(word);
  if (!outcome) {
    const std::string proposal = nearest(word, promisable());
    return Error{
        fmt::format("unknown outcome `{}`; ", word) +
        (proposal.empty()
             ? fmt::format("write one of: {}", fmt::join(promisable(), " "))
             : fmt::format("did you mean `{}`?", proposal))};
  }
  if (*outcome == Outcome::harness_error)
    return Error{
        "`harness-error` is the fault of poolbugs and cannot be promised"};
  if (*outcome == Outcome::unsupported)
    return Error{
        "`unsupported` cannot be promised; name what the case lacks in "
        "`needs`, or leave the condition out"};
  return *outcome;
}

Result<void> check_expression(const std::string& expression) {
  try {
    const std::regex compiled(expression);
  } catch (const std::regex_error& error) {
    return Error{fmt::format("`{}` is not a regular expression: {}", expression,
                             error.what())};
  }
  return {};
}

std::string type_name(const toml::node& node) {
  std::ostringstream name;
  name << node.type();
  return name.str();
}

class PromiseReader {
 public:
  PromiseReader(std::string_view key, const Complain& complain)
      : key_(key), complain_(complain) {}

  std::vector<ConditionalPromise> read(const toml::node& node) {
    const toml::array* list = node.as_array();
    const bool pairs = list && !list->empty() &&
                       std::ranges::any_of(*list, [](const toml::node& item) {
                         return item.is_array();
                       });
    if (pairs) return read_pairs(*list);
    std::vector<Promise> promises = read_alternatives(node);
    if (promises.empty()) return {};
    return {{*Condition::parse("true"), std::move(promises)}};
  }

 private:
  void fault(const toml::node& node, std::string message) {
    complain_(static_cast<int>(node.source().begin.line), std::move(message));
  }

  /// One promise, or a list of them; none after a fault.
  std::vector<Promise> read_alternatives(const toml::node& node) {
    std::vector<Promise> promises;
    if (const toml::array* list = node.as_array()) {
      if (list->empty())
        fault(node, fmt::format("`{}` promises nothing; write an outcome such "
                                "as \"ok\"",
                                key_));
      for (const toml::node& item : *list) read_one(item, promises);
    } else {
      read_one(node, promises);
    }
    return promises;
  }

  void read_one(const toml::node& node, std::vector<Promise>& promises) {
    const std::optional<std::string> text = node.value_exact<std::string>();
    if (!text)
      return fault(node,
                   fmt::format("`{}` holds a value of type {}; a promise is a "
                               "string such as \"hang: orphaned-lock\"",
                               key_, type_name(node)));
    Result<Promise> promise = parse_promise(*text);
    if (!promise)
      return fault(node, fmt::format("`{}`: {}", key_, promise.error().text));
    promises.push_back(std::move(*promise));
  }

  std::vector<ConditionalPromise> read_pairs(const toml::array& list) {
    std::vector<ConditionalPromise> found;
    bool always = false;
    for (const toml::node& item : list) {
      if (always)
        fault(item, fmt::format("`{}`: nothing after the condition `true` can "
                                "apply; put `true` last",
                                key_));
      always = read_pair(item, found);
    }
    return found;
  }

  /// True if its condition is `true`.
  bool read_pair(const toml::node& item,
                 std::vector<ConditionalPromise>& found) {
    const toml::array* pair = item.as_array();
    if (!pair || pair->size() != 2 || !(*pair)[0].is_string()) {
      fault(item, fmt::format("`{}`: write each promise of this list as "
                              "[\"condition\", \"promise\"]",
                              key_));
      return false;
    }
    std::vector<Promise> promises = read_alternatives((*pair)[1]);
    const std::string text = *(*pair)[0].value<std::string>();
    Result<Condition> condition = Condition::parse(text);
    if (!condition) {
      fault((*pair)[0], fmt::format("`{}`: {}", key_, condition.error().text));
      return false;
    }
    found.push_back({std::move(*condition), std::move(promises)});
    return text == "true";
  }

  std::string_view key_;
  const Complain& complain_;
};

}  // namespace

std::string Promise::text() const {
  if (cause.empty()) return std::string(to_string(outcome));
  return fmt::format("{}: {}", to_string(outcome), cause);
}

Result<Promise> parse_promise(std::string_view text) {
  const std::size_t colon = text.find(':');
  const Result<Outcome> outcome =
      parse_promised_outcome(trim(text.substr(0, colon)));
  if (!outcome) return outcome.error();
  Promise promise{*outcome, {}};
  if (colon != text.npos) {
    promise.cause = trim(text.substr(colon + 1));
    if (promise.cause.empty())
      return Error{
          fmt::format("`{}` names no cause after the colon; write "
                      "`{}: CAUSE`, or no colon",
                      text, to_string(*outcome))};
  }
  if (promise.outcome != Outcome::clear_error) return promise;
  if (promise.cause.empty())
    return Error{
        "`clear-error` needs the message to look for in stderr; write "
        "`clear-error: REGEX`"};
  if (const Result<void> sound = check_expression(promise.cause); !sound)
    return sound.error();
  return promise;
}

std::vector<ConditionalPromise> read_promises(const toml::node& node,
                                              std::string_view key,
                                              const Complain& complain) {
  return PromiseReader(key, complain).read(node);
}

}  // namespace poolbugs::catalogue
