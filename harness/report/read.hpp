// Results as JSON Lines: journals and results.jsonl.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/report/record.hpp"

namespace poolbugs::report {

struct RecordFile {
  std::vector<Record> records;
  /// A sentence, if the last line is only a part of one: the run that wrote
  /// it was killed. The records before it are good.
  std::string cut;
};

/// One result a line; empty lines and header lines (objects with the key
/// `poolbugs`) are skipped. An Error names file and line.
Result<RecordFile> read_records(const std::filesystem::path& file);

}  // namespace poolbugs::report
