// reports/index.md, the front page: find a failure by its symptom; what
// happened where.
#pragma once

#include <string>

#include "harness/catalogue/catalogue.hpp"
#include "harness/report/matrix.hpp"
#include "harness/report/results.hpp"

namespace poolbugs::report {

std::string index_page(const catalogue::Catalogue& catalogue,
                       const Results& results, const LinkOf& link_of);

/// Each broken promise with its command; "" if there is none.
std::string broken_promises(const Results& results);

/// "- linux: 130 runs: 130 as promised", "- macos: never run".
std::string totals_list(const Results& results, Platforms which);

}  // namespace poolbugs::report
