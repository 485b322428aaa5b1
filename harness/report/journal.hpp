// The JSON Lines file of a run: a header, then one line for each result as it
// comes, so that a run that is killed loses nothing and can go on.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "harness/report/record.hpp"
#include "platform/result.hpp"

namespace poolbugs::report {

/// Names a run within its plan: "fork/held-mutex.broken.fork", and "#2" behind
/// it for the second repetition.
std::string run_key(const plan::PlannedRun& planned);
std::string run_key(const Record& record);

class Journal {
 public:
  /// Writes to nowhere.
  Journal() = default;

  /// Begins a new file, in the place of an old one.
  static Result<Journal> create(const std::filesystem::path& file,
                                const std::vector<plan::PlannedRun>& plan);

  /// Goes on with a file that create() began, whose last line may be cut (that
  /// result is dropped). An Error if it was begun for another plan: it names
  /// runs that came or went.
  static Result<std::pair<Journal, std::vector<Record>>> resume(
      const std::filesystem::path& file,
      const std::vector<plan::PlannedRun>& plan);

  /// The line is in the file, whole, when this returns without an Error.
  Result<void> append(const Record& record);

 private:
  std::filesystem::path file_;
  std::ofstream out_;
};

}  // namespace poolbugs::report
