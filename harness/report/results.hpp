// What is known of every run, on every platform, and how a matrix shows it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/catalogue/case.hpp"
#include "harness/report/record.hpp"
#include "harness/report/versions.hpp"

namespace poolbugs::report {

/// What the program of a run is written in.
catalogue::Language language_of(std::string_view runtime);
catalogue::Language language_of(const Record& record);

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
  [[nodiscard]] std::span<const Record> of_case(std::string_view name) const;
  [[nodiscard]] Runs at(const Place& place) const;
  /// Whatever the place's runtime: of the newest 3.N.x that has this run.
  [[nodiscard]] Runs at(const Place& place, Minor minor) const;
  /// linux, windows and macos always, and those with results, in the order of
  /// known_platforms().
  [[nodiscard]] const std::vector<std::string>& platforms() const {
    return platforms_;
  }
  [[nodiscard]] bool ran_on(std::string_view platform) const;
  [[nodiscard]] bool has(std::string_view case_name,
                         std::string_view platform) const;
  /// Whether any program of the case could run there.
  [[nodiscard]] bool could_run(std::string_view case_name,
                               std::string_view platform) const;
  /// Whether the platform has a page of the case: where it could run; if that
  /// is nowhere, the first that tried, which tells why not.
  [[nodiscard]] bool has_page(std::string_view case_name,
                              std::string_view platform) const;
  /// The versions of CPython with results, the oldest first.
  [[nodiscard]] std::vector<Minor> minors(std::string_view platform) const;
  [[nodiscard]] std::vector<Minor> minors(std::string_view case_name,
                                          std::string_view platform) const;

 private:
  std::vector<Record> records_;
  std::vector<std::string> platforms_;
};

enum class CellState { never_run, unsupported, ran };
CellState state_of(const Runs& runs);
bool breaks_promise(const Runs& runs);

/// The different outcomes of the repetitions, plain text: "hang: lost-wakeup
/// or ok". Brief leaves out the grade and the text of a clear error, the third
/// the cause too.
enum class Detail { full, brief, outcome };
std::string outcomes_text(const Runs& runs, Detail detail);

/// "`hang: orphaned-lock`", alternatives joined with "or". Markdown.
std::string promised_text(const Runs& runs);

/// A cell in Markdown: *never run*, –, the outcome, or a broken promise with
/// what was promised instead.
std::string cell_text(const Runs& runs, Detail detail);

using Start = std::optional<StartMethod>;

/// How the programs of a case start their workers, in the order of columns;
/// one empty entry for those that start their own children.
std::vector<Start> columns_of(const catalogue::Case& item,
                              catalogue::Language language);

/// " with a worker of s390x", after the platform that the program runs on; ""
/// for a pool of one build.
std::string with_peer(const catalogue::Case& item);

bool has_programs(const catalogue::Case& item, catalogue::Language language);

/// "fork"; "own children" for none.
std::string column_name(const std::optional<StartMethod>& start);

/// "as promised" in numbers, by run (repetitions of a run count once).
struct Totals {
  int runs = 0, as_promised = 0, broken = 0, unsupported = 0;
};
Totals totals_of(const std::vector<Record>& sorted, std::string_view platform,
                 catalogue::Language language);

/// "34 runs: 32 as promised, 1 broken promise, 1 unsupported".
std::string totals_text(const Totals& totals);

}  // namespace poolbugs::report
