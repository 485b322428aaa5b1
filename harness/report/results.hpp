// What is known of every run, on every platform, and how a matrix shows it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/catalogue/case.hpp"
#include "harness/report/record.hpp"

namespace poolbugs::report {

/// Which runs a cell of a matrix is about.
struct Place {
  std::string case_name;
  std::string program;
  std::optional<StartMethod> start;
  std::string platform;
  std::string runtime = "native";
};

/// The repetitions of one run, in order.
using Runs = std::vector<const Record*>;

/// Normalised records of all platforms, sorted.
class Results {
 public:
  /// Normalises and sorts.
  explicit Results(std::vector<Record> records);

  [[nodiscard]] const std::vector<Record>& all() const { return records_; }
  [[nodiscard]] Runs at(const Place& place) const;
  /// linux, windows and macos always, then others, each after its kind.
  [[nodiscard]] std::vector<std::string> platforms() const;
  [[nodiscard]] bool ran_on(std::string_view platform) const;
  [[nodiscard]] bool has(std::string_view case_name,
                         std::string_view platform) const;
  /// native first.
  [[nodiscard]] std::vector<std::string> runtimes(
      std::string_view case_name, std::string_view platform) const;

 private:
  std::vector<Record> records_;
};

enum class CellState { never_run, unsupported, ran };
CellState state_of(const Runs& runs);
bool breaks_promise(const Runs& runs);

/// The different outcomes of the repetitions, plain text: "hang: lost-wakeup
/// or ok". Short leaves out the grade and the text of a clear error.
enum class Detail { full, brief };
std::string outcomes_text(const Runs& runs, Detail detail);

/// "`hang: orphaned-lock`", alternatives joined with "or". Markdown.
std::string promised_text(const Runs& runs);

/// A cell in Markdown: *never run*, –, the outcome, or a broken promise with
/// what was promised instead.
std::string cell_text(const Runs& runs, Detail detail);

/// How the case starts its workers, in the order of columns; one empty entry
/// for a program that starts its own children.
std::vector<std::optional<StartMethod>> columns_of(const catalogue::Case& item);

/// "fork"; "own children" for none.
std::string column_name(const std::optional<StartMethod>& start);

/// "as promised" in numbers, by run (repetitions of a run count once).
struct Totals {
  int runs = 0, as_promised = 0, broken = 0, unsupported = 0;
};
Totals totals_of(const std::vector<Record>& sorted, std::string_view platform);

/// "34 runs: 32 as promised, 1 broken promise, 1 unsupported".
std::string totals_text(const Totals& totals);

}  // namespace poolbugs::report
