// reports/cpython.md: which failures the versions of CPython have, still or no
// longer.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/catalogue/catalogue.hpp"
#include "harness/report/index.hpp"
#include "harness/report/results.hpp"

namespace poolbugs::report {

/// One outcome per start method, in the order of columns.
using ByStart = std::vector<std::pair<Start, Runs>>;

/// A cell: "hang" where all start methods agree, "fork: hang<br>else: ok"
/// where they do not, the worst first. What a version does not support is left
/// out, unless it supports none: –. Markdown.
std::string version_cell(const ByStart& by_start);

/// The whole page; "" if no CPython was measured.
std::string cpython_page(const catalogue::Catalogue& catalogue,
                         const Results& results, const LinkOf& link_of);

/// "41 of 60 failures are still there in CPython 3.13, …", for each platform
/// that has such results; "" if none has. Markdown.
std::string cpython_headline(const catalogue::Catalogue& catalogue,
                             const Results& results);

}  // namespace poolbugs::report
