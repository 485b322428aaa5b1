// JUnit XML, as CI servers read it.
#pragma once

#include <string>
#include <vector>

#include "harness/report/record.hpp"

namespace poolbugs::report {

/// A testsuite per area, a testcase per run. Records as they were observed,
/// not normalised: here pids and times help.
std::string junit(std::vector<Record> records);

}  // namespace poolbugs::report
