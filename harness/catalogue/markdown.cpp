#include "harness/catalogue/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "harness/catalogue/fence.hpp"
#include "harness/catalogue/text.hpp"

namespace poolbugs::catalogue {
namespace {

class Reader {
 public:
  Reader(const std::filesystem::path& file, std::string_view text)
      : file_(file), lines_(lines_of(text)), fences_(find_fences(lines_)) {}

  Page read() {
    find_toml();
    if (!fences_.empty() && fences_.back().close == lines_.size()) {
      fault(fences_.back().open,
            "this fence is never closed; write ``` on a line of its own "
            "below it");
      return std::move(page_);  // it has swallowed the rest
    }
    read_sections();
    check_order();
    return std::move(page_);
  }

 private:
  void fault(std::size_t index, std::string message) {
    page_.faults.push_back(
        {file_, static_cast<int>(index) + 1, std::move(message)});
  }

  void find_toml() {
    const auto is_toml = [](const Fence& fence) {
      return fence.language == "toml";
    };
    const auto first = std::ranges::find_if(fences_, is_toml);
    if (first == fences_.end()) {
      fault(0,
            "there is no `toml` fence; begin the file with ```toml, the keys "
            "(id, title, broken, fixed …) and ```");
      return;
    }
    story_begins_ = std::min(first->close + 1, lines_.size());
    for (std::size_t i = 0; i < first->open; ++i) {
      if (trim(lines_[i]).empty()) continue;
      fault(i,
            "text before the `toml` fence; the fence comes first, the title "
            "is its key `title`");
      break;
    }
    for (auto it = first + 1; it != fences_.end(); ++it)
      if (is_toml(*it))
        fault(it->open,
              fmt::format("a second `toml` fence, the first is in line {}; "
                          "call this one ```text or merge them",
                          first->open + 1));
    if (first->close < lines_.size())
      page_.toml = Toml{between(first->open + 1, first->close),
                        static_cast<int>(first->open) + 2};
  }

  /// The text of the lines [begin, end).
  [[nodiscard]] std::string_view between(std::size_t begin,
                                         std::size_t end) const {
    if (begin >= end) return {};
    const char* const from = lines_[begin].data();
    const std::string_view last = lines_[end - 1];
    return {from, static_cast<std::size_t>(last.data() + last.size() - from)};
  }

  [[nodiscard]] bool in_fence(std::size_t index) const {
    return std::ranges::any_of(fences_, [&](const Fence& fence) {
      return fence.open <= index && index <= fence.close;
    });
  }

  /// Cuts the story at its `## ` headings.
  void read_sections() {
    std::size_t body = story_begins_;
    const auto finish = [&](std::size_t end) {
      const std::string_view found = trim_lines(body, end);
      if (headings_.empty()) {
        if (!found.empty() && page_.toml)
          fault(body, fmt::format("text before `## {}` belongs to no part of "
                                  "the story; move it below a heading",
                                  story_headings().front()));
        return;
      }
      if (found.empty())
        fault(headings_.back(), fmt::format("nothing is said under `## {}`",
                                            page_.story.back().heading));
      page_.story.back().body = found;
    };
    for (std::size_t i = story_begins_; i < lines_.size(); ++i) {
      if (!lines_[i].starts_with("## ") || in_fence(i)) continue;
      finish(i);
      page_.story.push_back({std::string(trim(lines_[i].substr(3))), {}});
      headings_.push_back(i);
      body = i + 1;
    }
    finish(lines_.size());
  }

  /// The lines [begin, end) without blank ones at both ends; moves `begin` to
  /// the first that is not blank.
  [[nodiscard]] std::string_view trim_lines(std::size_t& begin,
                                            std::size_t end) const {
    while (begin < end && trim(lines_[begin]).empty()) ++begin;
    while (begin < end && trim(lines_[end - 1]).empty()) --end;
    return between(begin, end);
  }

  void check_order() {
    const auto& wanted = story_headings();
    const std::string order = fmt::format("{}", fmt::join(wanted, ", "));
    std::size_t next = 0;
    std::vector<bool> seen(wanted.size());
    for (std::size_t i = 0; i < page_.story.size(); ++i) {
      const std::string& heading = page_.story[i].heading;
      const auto place = std::ranges::find(wanted, heading) - wanted.begin();
      const auto index = static_cast<std::size_t>(place);
      if (index == wanted.size()) {
        unknown_heading(i);
      } else if (seen[index]) {
        fault(headings_[i], fmt::format("a second `## {}`", heading));
      } else {
        if (index < next)
          fault(headings_[i], fmt::format("`## {}` is in the wrong place; the "
                                          "order is: {}",
                                          heading, order));
        seen[index] = true;
        next = std::max(next, index + 1);
      }
    }
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (!seen[i])
        fault(lines_.empty() ? 0 : lines_.size() - 1,
              fmt::format("`## {}` is missing; the order is: {}", wanted[i],
                          order));
  }

  void unknown_heading(std::size_t section) {
    const std::string& heading = page_.story[section].heading;
    const std::string proposal = nearest(heading, story_headings());
    fault(headings_[section],
          proposal.empty()
              ? fmt::format("unknown heading `## {0}`; write `### {0}` for a "
                            "heading within a part of the story",
                            heading)
              : fmt::format("unknown heading `## {}`; did you mean `## {}`?",
                            heading, proposal));
  }

  const std::filesystem::path& file_;
  std::vector<std::string_view> lines_;
  std::vector<Fence> fences_;
  std::size_t story_begins_ = 0;
  std::vector<std::size_t> headings_;  ///< line index of each section
  Page page_;
};

}  // namespace

const std::vector<std::string>& story_headings() {
  static const std::vector<std::string> headings{
      "What goes wrong", "What you see", "What triggers it", "What fixes it"};
  return headings;
}

Page read_page(const std::filesystem::path& file, std::string_view text) {
  return Reader(file, text).read();
}

}  // namespace poolbugs::catalogue
