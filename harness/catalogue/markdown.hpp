// The parts of case.md: its one `toml` fence and the story below.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/catalogue/case.hpp"
#include "harness/catalogue/catalogue.hpp"

namespace poolbugs::catalogue {

/// The four beats of a story, in their order.
const std::vector<std::string>& story_headings();

/// What lies between the fences; `line` of the file is its first line.
struct Toml {
  std::string_view text;
  int line = 0;
};

struct Page {
  std::optional<Toml> toml;    ///< none: a fault says why
  std::vector<Section> story;  ///< in the file's order
  std::vector<Fault> faults;
};

/// `text` must outlive the page, whose `toml` points into it.
Page read_page(const std::filesystem::path& file, std::string_view text);

}  // namespace poolbugs::catalogue
