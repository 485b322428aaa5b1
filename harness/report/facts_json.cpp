#include "harness/report/facts_json.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <nlohmann/json.hpp>
#include <sstream>
#include <type_traits>
#include <utility>

#include "harness/report/facts_fields.hpp"

namespace poolbugs::report {
namespace {

using Json = nlohmann::ordered_json;
using wait::Facts;
using wait::FileId;
using wait::Words;

// --- out

class Out;
template <class T>
concept HasFields = requires(Out& out, T& value) {
  fields(out, value);
};

Json written(bool value) { return value; }
Json written(char value) { return std::string(1, value); }
Json written(const std::string& value) { return value; }
Json written(const FileId& value) {
  return fmt::format("{}:{}", value.device, value.inode);
}
template <std::integral Number>
Json written(Number value) {
  return value;
}
template <class Enum>
requires std::is_enum_v<Enum> Json written(Enum value) {
  return Words<Enum>::all.at(static_cast<std::size_t>(value));
}
template <HasFields Struct>
Json written(Struct& value);

template <class T>
Json written(std::vector<T>& values) {
  Json list = Json::array();
  for (T& value : values) list.push_back(written(value));
  return list;
}
template <class T>
Json written(std::optional<T>& value) {
  return value ? written(*value) : Json(nullptr);
}

class Out {
 public:
  Json object = Json::object();

  template <class T>
  void operator()(const char* key, T& value) {
    object[key] = written(value);
  }
  void hex(const char* key, std::uint64_t value) {
    object[key] = fmt::format("{:#x}", value);
  }
  template <class T, std::size_t N>
  void hex(const char* key, const std::array<T, N>& values) {
    object[key] = fmt::format("{:#x}", fmt::join(values, " "));
  }
};

template <HasFields Struct>
Json written(Struct& value) {
  Struct untouched;
  Out out, usual;
  fields(out, value);
  fields(usual, untouched);
  Json object = Json::object();
  for (auto& [key, field] : out.object.items())
    if (field != usual.object[key]) object[key] = std::move(field);
  return object;
}

// --- in: each returns what was expected instead, or nullptr

using Wanted = const char*;

Wanted take(const Json& from, bool& value) {
  if (!from.is_boolean()) return "true or false";
  value = from.get<bool>();
  return nullptr;
}
Wanted take(const Json& from, std::string& value) {
  if (!from.is_string()) return "a string";
  value = from.get<std::string>();
  return nullptr;
}
Wanted take(const Json& from, char& value) {
  std::string text;
  if (take(from, text) != nullptr || text.size() != 1) return "one letter";
  value = text[0];
  return nullptr;
}
template <std::integral Number>
Wanted take(const Json& from, Number& value) {
  constexpr Wanted wanted = "a whole number that fits";
  if (from.is_number_unsigned()) {
    const auto number = from.get<std::uint64_t>();
    if (!std::in_range<Number>(number)) return wanted;
    value = static_cast<Number>(number);
  } else {
    if (!from.is_number_integer()) return wanted;
    const auto number = from.get<std::int64_t>();
    if (!std::in_range<Number>(number)) return wanted;
    value = static_cast<Number>(number);
  }
  return nullptr;
}
/// All of the text is a number.
template <class Number>
bool parse(std::string_view text, int base, Number& value) {
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc() && end == text.data() + text.size();
}
template <class Number>
bool parse_hex(std::string_view text, Number& value) {
  return text.starts_with("0x") && parse(text.substr(2), 16, value);
}
Wanted take(const Json& from, FileId& value) {
  std::string text;
  take(from, text);
  const std::string_view all = text;
  const auto colon = all.find(':');
  if (colon == std::string::npos ||
      !parse(all.substr(0, colon), 10, value.device) ||
      !parse(all.substr(colon + 1), 10, value.inode))
    return "a string like \"DEVICE:INODE\"";
  return nullptr;
}
template <class Enum>
requires std::is_enum_v<Enum> Wanted take(const Json& from, Enum& value) {
  std::string text;
  take(from, text);
  const auto& all = Words<Enum>::all;
  const auto found = std::find(all.begin(), all.end(), text);
  if (found == all.end()) return "one of the words for it";
  value = static_cast<Enum>(found - all.begin());
  return nullptr;
}

class In {
 public:
  In(const Json& object, std::string where)
      : object_(object), where_(std::move(where)) {
    if (!object.is_object()) fail("", "an object");
  }

  std::string error;  ///< the first; "" if there is none

  template <class T>
  void operator()(const char* key, T& value) {
    with(key, [&](const Json& from) { read(key, from, value); });
  }
  void hex(const char* key, std::uint64_t& value) {
    with(key, [&](const Json& from) {
      std::string text;
      take(from, text);
      if (!parse_hex(text, value)) fail(key, "a string like \"0x1f\"");
    });
  }
  template <class T, std::size_t N>
  void hex(const char* key, std::array<T, N>& values) {
    with(key, [&](const Json& from) {
      std::string text, word;
      take(from, text);
      std::istringstream words(text);
      std::size_t count = 0;
      while (words >> word)
        if (count >= N || !parse_hex(word, values[count++])) count = N + 1;
      if (count != N) fail(key, "a string of as many words like 0x1f");
    });
  }

 private:
  template <class Use>
  void with(const char* key, Use use) {
    if (!error.empty()) return;
    if (const auto at = object_.find(key); at != object_.end()) use(*at);
  }
  void fail(const std::string& key, Wanted wanted) {
    if (error.empty()) error = fmt::format("{}{}: not {}", where_, key, wanted);
  }
  template <class T>
  void read(const std::string& key, const Json& from, T& value) {
    if constexpr (HasFields<T>) {
      In inner(from, where_ + key + ".");
      if (inner.error.empty()) fields(inner, value);
      error = std::move(inner.error);
    } else if (const Wanted wanted = take(from, value); wanted != nullptr) {
      fail(key, wanted);
    }
  }
  template <class T>
  void read(const std::string& key, const Json& from, std::vector<T>& values) {
    if (!from.is_array()) return fail(key, "a list");
    for (std::size_t i = 0; i < from.size() && error.empty(); ++i)
      read(fmt::format("{}[{}]", key, i), from[i], values.emplace_back());
  }
  template <class T>
  void read(const std::string& key, const Json& from, std::optional<T>& value) {
    if (!from.is_null()) read(key, from, value.emplace());
  }

  const Json& object_;
  std::string where_;
};

}  // namespace

Json to_json(const Facts& facts) {
  Facts copy = facts;  // fields() serves both directions
  return written(copy);
}

Result<Facts> facts_from_json(const Json& object) {
  Facts facts;
  In in(object, "");
  if (in.error.empty()) fields(in, facts);
  if (!in.error.empty()) return Error{in.error};
  return facts;
}

}  // namespace poolbugs::report
