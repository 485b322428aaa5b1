#include "harness/report/versions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace poolbugs::report {
namespace {

constexpr std::string_view kPrefix = "cpython-";

/// Takes a number off the front of `text`.
std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool follows(Minor before, Minor after) {
  return before.major == after.major && before.minor + 1 == after.minor &&
         !before.free_threaded && !after.free_threaded;
}

}  // namespace

std::optional<Minor> minor_of(std::string_view runtime) {
  if (!runtime.starts_with(kPrefix)) return std::nullopt;
  auto rest = runtime.substr(kPrefix.size());
  const auto major = take_number(rest);
  if (!major || !rest.starts_with('.')) return std::nullopt;
  rest.remove_prefix(1);
  const auto minor = take_number(rest);
  if (!minor) return std::nullopt;
  return Minor{*major, *minor, rest.ends_with('t')};
}

std::string to_string(Minor minor) {
  return fmt::format("{}.{}{}", minor.major, minor.minor,
                     minor.free_threaded ? "t" : "");
}

std::string runtime_title(std::string_view runtime) {
  return minor_of(runtime)
             ? fmt::format("CPython {}", runtime.substr(kPrefix.size()))
         : runtime == "cpython" ? "CPython"
                                : std::string(runtime);
}

std::optional<Minor> newest_of(const std::vector<Minor>& minors) {
  const auto newest =
      std::max_element(minors.begin(), minors.end(), [](Minor a, Minor b) {
        if (a.free_threaded != b.free_threaded) return a.free_threaded;
        return a < b;
      });
  return newest == minors.end() ? std::nullopt : std::optional(*newest);
}

std::string minors_text(const std::vector<Minor>& minors) {
  std::string text;
  for (std::size_t i = 0; i < minors.size();) {
    auto last = i;
    while (last + 1 < minors.size() && follows(minors[last], minors[last + 1]))
      ++last;
    if (last == i + 1) last = i;  // of two, each by its name
    if (!text.empty()) text += ", ";
    text += to_string(minors[i]);
    if (last > i) text += " to " + to_string(minors[last]);
    i = last + 1;
  }
  return text;
}

}  // namespace poolbugs::report
