// The rules that turn evidence into text that two runs write alike.
//
// `expected:` and `observed:` lines come first, each sorted: they are compared
// as multisets, so their order says nothing. Of the other lines, those that
// begin with a role ("parent: ", "worker 2: ", "worker 1.1: ", "thread 3: ")
// may come at any moment between the lines of others and are grouped by role.
// Lines without a role are taken to come from one process and keep their
// order; a case whose workers print such lines at once is at fault.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace poolbugs::report {

struct TextLimits {
  std::size_t first = 40;        ///< lines kept at the beginning
  std::size_t last = 10;         ///< lines kept at the end
  std::size_t same = 16;         ///< equal lines in a row that are kept
  std::size_t line_bytes = 400;  ///< of one line
  /// Whether the number of lines is the same in each run. Where it is not
  /// (we ended the run, or it passed a limit) the last lines are as random as
  /// the count, and both are left out.
  bool count_is_stable = true;
};

/// Replaces, within one line: folders of a CPython `<python>`, pids `<pid>`,
/// addresses `<address>`, durations and times of day `<time>`, random parts of
/// temporary names `<random>`; paths of the source tree become relative, those
/// of the build tree begin with `<build>`. On Windows all that holds of paths
/// with backslashes, without `.exe`, and its folder for temporary files is
/// /tmp. Ordinary numbers stay.
std::string stable_line(std::string line);

/// Output of a program: made visible, grouped by role, cut, each line stable.
/// Idempotent.
std::string stable_output(std::string_view text, const TextLimits& limits = {});

/// A list in which the order means nothing: stable, sorted by role and in
/// natural order ("worker 2" before "worker 10"), equal entries counted up to
/// `more_than`: "process sleep (3 times)", "… (more than 16 times)".
std::vector<std::string> stable_list(std::vector<std::string> items,
                                     std::size_t more_than = 16);

/// Sorts lines by role, stably; see above. Indented lines and notes of ours
/// stay below the line that they follow.
std::vector<std::string> group_by_role(std::vector<std::string> lines);

/// True if `a` comes first when runs of digits count as numbers.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace poolbugs::report
