// Results that are there already, and those of a new run.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/catalogue/catalogue.hpp"
#include "harness/report/record.hpp"

namespace poolbugs::report {

/// Platform and runtime.
using Measured = std::pair<std::string, std::string>;

/// Those of which `records` hold every run: of each program in the runtime's
/// language, by each of its start methods. Runs that this machine cannot make
/// are recorded too, so they count.
std::set<Measured> complete_in(const catalogue::Catalogue& catalogue,
                               const std::vector<Record>& records);

struct Merged {
  std::vector<Record> records;
  std::vector<std::string> unknown;  ///< cases in the results that are gone
};

/// Of records of the same run and repetition that came to the same (two jobs
/// ran it, or a file was given twice) the one that proves most; if they came to
/// something else, each: the run is told as one that does either. That one of
/// them could not make the run says nothing if another could. What is kept
/// and its order do not depend on the order of `records`.
std::vector<Record> without_duplicates(const std::vector<Record>& records);

/// A new record replaces the old ones of its run, unless it says no more than
/// that the worker of another build (`peer`) is not there. The old ones of
/// other runtimes and start methods stay: a usual run asks one CPython by one
/// start method, and must not throw away what was measured of the others. They
/// go
/// - if their case, program or start method is gone;
/// - if they are of 3.13.0, and of 3.13.1 everything was measured now;
/// - if they say that there is no CPython, and there is one.
Merged merge(const catalogue::Catalogue& catalogue,
             const std::vector<Record>& fresh, const std::vector<Record>& old);

/// Takes the evidence (output, stacks, graph, reasons) from records of CPython
/// of which a newer version did the same and as promised: pages show the newest
/// alone, and ten versions of each would make the file ten times as large.
/// Expects the records sorted (comes_before).
std::vector<Record> without_old_evidence(std::vector<Record> sorted);

}  // namespace poolbugs::report
