// reports/index.md, the front page: find a failure by its symptom; the matrix.
#pragma once

#include <functional>
#include <string>

#include "harness/catalogue/catalogue.hpp"
#include "harness/report/results.hpp"

namespace poolbugs::report {

/// Where the front page links to for a case.
/// "" for no link.
using LinkOf = std::function<std::string(const catalogue::Case&)>;

/// Platforms of a table: all that we know, or those with results alone (one
/// job of a CI matrix knows nothing of the others).
enum class Platforms { all, that_ran };

std::string index_page(const catalogue::Catalogue& catalogue,
                       const Results& results, const LinkOf& link_of);

/// The matrix alone: rows that differ between start methods or platforms
/// first. `heading` is "###" or deeper.
std::string matrix_of(const catalogue::Catalogue& catalogue,
                      const Results& results, const LinkOf& link_of,
                      std::string_view heading, Platforms which);

/// Each broken promise with its command; "" if there is none.
std::string broken_promises(const Results& results);

/// "- linux: 130 runs: 130 as promised", "- macos: never run".
std::string totals_list(const Results& results, Platforms which);

}  // namespace poolbugs::report
