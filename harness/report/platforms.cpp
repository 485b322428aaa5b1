#include "harness/report/platforms.hpp"

#include <algorithm>
#include <utility>

#include "harness/report/text.hpp"

namespace poolbugs::report {
namespace {

std::pair<std::size_t, std::string_view> rank(std::string_view name) {
  const auto& all = known_platforms();
  const auto at = std::ranges::find(all, name, &Platform::name);
  return {static_cast<std::size_t>(at - all.begin()), name};
}

}  // namespace

const std::vector<Platform>& known_platforms() {
  static const std::vector<Platform> all = {
      {"linux", "linux", false, ""},
      {"i386", "linux", true, "Linux with 32-bit programs"},
      {"s390x", "linux", true, "Linux, 64-bit and big-endian"},
      {"aarch64", "linux", true, "Linux on 64-bit ARM"},
      {"windows", "windows", false, ""},
      {"windows-wine", "windows", false,
       "Windows programs under Wine on Linux, not Windows"},
      {"macos", "macos", false, ""},
      {"macos-x86_64", "macos", true, "macOS on Intel"},
  };
  return all;
}

std::optional<Platform> parse_platform(std::string_view name) {
  const auto& all = known_platforms();
  const auto at = std::ranges::find(all, name, &Platform::name);
  return at == all.end() ? std::nullopt : std::optional(*at);
}

std::string platform_names() {
  std::vector<std::string> names;
  for (const auto& platform : known_platforms())
    names.emplace_back(platform.name);
  return comma_list(names);
}

std::string_view system_title(std::string_view system) {
  return system == "linux"     ? "Linux"
         : system == "windows" ? "Windows"
         : system == "macos"   ? "macOS"
                               : system;
}

bool platform_before(std::string_view a, std::string_view b) {
  return rank(a) < rank(b);
}

}  // namespace poolbugs::report
