// Fenced code blocks of Markdown, as CommonMark defines them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace poolbugs::catalogue {

struct Fence {
  std::string language;   ///< first word after the opening fence
  std::size_t open = 0;   ///< index of the opening line
  std::size_t close = 0;  ///< of the closing line; of lines.size() if none
};

/// All fences, in order. They do not nest.
std::vector<Fence> find_fences(const std::vector<std::string_view>& lines);

}  // namespace poolbugs::catalogue
