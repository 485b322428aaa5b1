// Typed access to the keys of one JSON object; the first fault is kept.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace poolbugs::report {

class JsonReader {
 public:
  /// Refers to `object`, which must outlive the reader.
  explicit JsonReader(const nlohmann::ordered_json& object) : object_(object) {}

  /// "" as long as every key was there and right.
  [[nodiscard]] const std::string& error() const { return error_; }

  std::string text(std::string_view key) {
    const auto* value = find(key, true);
    return value ? as_text(key, *value) : "";
  }
  std::string text_or(std::string_view key, std::string otherwise) {
    const auto* value = find(key, false);
    return value ? as_text(key, *value) : otherwise;
  }
  std::string text_or_null(std::string_view key) {
    const auto* value = find(key, true);
    return value && !value->is_null() ? as_text(key, *value) : "";
  }
  std::vector<std::string> texts(std::string_view key, bool required) {
    std::vector<std::string> items;
    const auto* value = find(key, required);
    if (!value) return items;
    if (!value->is_array()) return fail(key, "a list of strings"), items;
    for (const auto& item : *value) items.push_back(as_text(key, item));
    return items;
  }
  int integer_or(std::string_view key, int otherwise) {
    const auto* value = find(key, false);
    if (!value) return otherwise;
    if (!value->is_number_integer()) return fail(key, "an integer"), otherwise;
    return value->get<int>();
  }
  std::optional<double> number_if_there(std::string_view key) {
    const auto* value = find(key, false);
    if (!value || value->is_null()) return std::nullopt;
    if (!value->is_number()) return fail(key, "a number"), std::nullopt;
    return value->get<double>();
  }
  bool flag_or(std::string_view key, bool otherwise) {
    const auto* value = find(key, false);
    if (!value) return otherwise;
    if (!value->is_boolean()) return fail(key, "true or false"), otherwise;
    return value->get<bool>();
  }
  /// A word of a fixed set, read by `parse`.
  template <class Word, class Parse>
  std::optional<Word> word(std::string_view key, Parse parse, bool nullable) {
    const auto* value = find(key, true);
    if (!value || (nullable && value->is_null())) return std::nullopt;
    const std::string spelled = as_text(key, *value);
    std::optional<Word> found = parse(spelled);
    if (!found && error_.empty())
      error_ = fmt::format("`{}` cannot be \"{}\"", key, spelled);
    return found;
  }

 private:
  const nlohmann::ordered_json* find(std::string_view key, bool required) {
    const auto at = object_.find(std::string(key));
    if (at != object_.end()) return &*at;
    if (required && error_.empty()) error_ = fmt::format("no key `{}`", key);
    return nullptr;
  }
  std::string as_text(std::string_view key,
                      const nlohmann::ordered_json& value) {
    if (value.is_string()) return value.get<std::string>();
    fail(key, "a string");
    return "";
  }
  void fail(std::string_view key, std::string_view wanted) {
    if (error_.empty()) error_ = fmt::format("`{}` is not {}", key, wanted);
  }

  const nlohmann::ordered_json& object_;
  std::string error_;
};

}  // namespace poolbugs::report
