// The parts of a page; page.cpp puts them together.
#pragma once

#include <string>
#include <vector>

#include "harness/report/page.hpp"

namespace poolbugs::report {

/// What the broken halves did where, one row per platform and, of CPython, per
/// group of versions in which it was the same.
std::string matrix(const PageInput& in);

/// What the repaired programs did, in a line, if it was the same everywhere.
std::string fixed_line(const PageInput& in);

std::string promised_and_observed(const PageInput& in);

/// What can be pasted into a report to CPython; "" if broken.py never failed.
std::string upstream_report(const PageInput& in);

/// The folded evidence of one program on the page's platform. Of CPython only
/// the newest version with an outcome is shown, so that a page does not grow
/// with the number of versions.
std::string evidence(const PageInput& in, const catalogue::Program& program);

/// The runs of the broken half, on this page's platform, that are worth a look;
/// of CPython those of the newest version that has any.
Runs failures(const PageInput& in, catalogue::Language language);

/// A run of the broken half that shows something: what it is said of stands in
/// the story.
bool is_the_failure(const Record& run);

/// What the judge said of the program, for those who run it without us. How far
/// it is proved, which may differ from run to run, is left out.
std::vector<std::string> plain_sentences(const Record& run);

/// " under fork and spawn"; "" for those that start their own children.
std::string under(const Runs& runs);

/// "broken.cpp under fork and spawn", "broken.py, CPython 3.13.0 under fork".
std::string runs_name(const Runs& runs);

/// "broken.py" of such a run.
std::string file_of(const Record& run);

}  // namespace poolbugs::report
