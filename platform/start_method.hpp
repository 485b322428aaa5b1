// How a program starts its workers.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace poolbugs {

enum class StartMethod { fork, spawn, forkserver };

inline constexpr std::array kStartMethods{StartMethod::fork, StartMethod::spawn,
                                          StartMethod::forkserver};

constexpr std::string_view to_string(StartMethod method) {
  switch (method) {
    case StartMethod::fork:
      return "fork";
    case StartMethod::spawn:
      return "spawn";
    case StartMethod::forkserver:
      return "forkserver";
  }
  return "?";
}

constexpr std::optional<StartMethod> parse_start_method(std::string_view text) {
  for (StartMethod method : kStartMethods)
    if (to_string(method) == text) return method;
  return std::nullopt;
}

}  // namespace poolbugs
