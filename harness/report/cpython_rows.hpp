// What is told of a failure on reports/cpython.md, before it is written.
#pragma once

#include <string>
#include <vector>

#include "harness/catalogue/catalogue.hpp"
#include "harness/report/cpython.hpp"
#include "harness/report/trend.hpp"

namespace poolbugs::report {

struct CpythonRow {
  const catalogue::Case* item;
  std::vector<std::string> cells;  ///< Markdown, by version
  bool measured = false;           ///< some version ran it
  Course course;                   ///< indices into CpythonTable::minors
  std::string since;  ///< of `fixed` and `worse`: "3.9", "by 3.6 (fork)"
  int severity = 0;   ///< in the newest version, or the worst of all
};

/// The results of one platform.
struct CpythonTable {
  std::string platform;
  std::vector<Minor> minors;  ///< columns, the oldest first
  Minor newest;
  std::vector<CpythonRow> rows;  ///< cases with Python programs, in order

  /// Those of a group: the worst first, of the fixed ones the latest.
  [[nodiscard]] std::vector<const CpythonRow*> in(Trend trend) const;
  [[nodiscard]] int count(Trend trend) const;
};

/// One for each platform with results of CPython.
std::vector<CpythonTable> cpython_tables(const catalogue::Catalogue& catalogue,
                                         const Results& results);

}  // namespace poolbugs::report
