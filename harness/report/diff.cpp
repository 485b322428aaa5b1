#include "harness/report/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <dtl/dtl.hpp>
#include <vector>

#include "harness/report/text.hpp"

namespace poolbugs::report {
namespace {

struct Line {
  char mark;  ///< ' ', '-' or '+'
  std::string text;
};

std::vector<std::string> lines_of(std::string_view text) {
  auto lines = split_lines(text);
  if (!text.empty() && !text.ends_with('\n'))
    lines.back() += "\n\\ No newline at end of file";
  return lines;
}

/// The edit script of dtl, deletions before additions in each change. (Its own
/// hunks are not used: their line numbers are wrong where a file is empty.)
std::vector<Line> edit_script(const std::vector<std::string>& before,
                              const std::vector<std::string>& after) {
  dtl::Diff<std::string, std::vector<std::string>> diff(before, after);
  diff.compose();
  std::vector<Line> script;
  for (const auto& [text, info] : diff.getSes().getSequence())
    script.push_back({info.type == dtl::SES_ADD      ? '+'
                      : info.type == dtl::SES_DELETE ? '-'
                                                     : ' ',
                      text});
  const auto unchanged = [](const Line& line) { return line.mark == ' '; };
  for (auto at = script.begin(); at != script.end();) {
    at = std::find_if_not(at, script.end(), unchanged);
    const auto end = std::find_if(at, script.end(), unchanged);
    std::stable_partition(at, end,
                          [](const Line& line) { return line.mark == '-'; });
    at = end;
  }
  return script;
}

/// "-3,7": the first line and the number of lines; before the first line of an
/// empty range counts as its line.
std::string range(int first, int count) {
  if (count == 0) --first;
  return count == 1 ? fmt::format("{}", first)
                    : fmt::format("{},{}", first, count);
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after,
                         int context) {
  const auto script = edit_script(lines_of(before), lines_of(after));
  const int size = static_cast<int>(script.size());
  std::string text;
  int line_before = 1, line_after = 1, done = 0;
  for (int i = 0; i < size; ++i) {
    if (script[i].mark == ' ') continue;
    const int begin = std::max(done, i - context);
    int last = i;  // the last changed line of this hunk
    for (int k = i + 1; k < size && k <= last + 2 * context + 1; ++k)
      if (script[k].mark != ' ') last = k;
    const int end = std::min(size, last + context + 1);

    for (; done < begin; ++done, ++line_before, ++line_after) {
    }
    int count_before = 0, count_after = 0;
    std::string body;
    for (; done < end; ++done) {
      count_before += script[done].mark != '+';
      count_after += script[done].mark != '-';
      body += fmt::format("{}{}\n", script[done].mark, script[done].text);
    }
    text += fmt::format("@@ -{} +{} @@\n{}", range(line_before, count_before),
                        range(line_after, count_after), body);
    line_before += count_before;
    line_after += count_after;
    i = end - 1;
  }
  return text;
}

}  // namespace poolbugs::report
