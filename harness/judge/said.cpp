#include <string_view>

#include "harness/judge/judge.hpp"

namespace poolbugs::judge {
namespace {

/// What follows `key` and a blank, if the line begins with it.
bool take_item(std::string_view line, std::string_view key,
               std::vector<std::string>& items) {
  if (!line.starts_with(key)) return false;
  line.remove_prefix(key.size());
  if (line.starts_with(' ')) line.remove_prefix(1);
  items.emplace_back(line);
  return true;
}

}  // namespace

Said what_it_said(const std::string& out) {
  Said said;
  std::string_view rest = out;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    // The text mode of Windows writes CR LF.
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!take_item(line, "expected:", said.expected))
      take_item(line, "observed:", said.observed);
  }
  return said;
}

}  // namespace poolbugs::judge
