// The last words of a run on a terminal.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/report/record.hpp"

namespace poolbugs::report {

struct TerminalOptions {
  bool colour = false;
  std::filesystem::path open;  ///< the file to read next; empty for none
};

/// What was as promised, what was not (why, and the command that repeats it),
/// and which file to open. Records as observed.
std::string terminal_summary(std::vector<Record> records,
                             const TerminalOptions& options);

}  // namespace poolbugs::report
