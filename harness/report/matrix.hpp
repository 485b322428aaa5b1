// What happened where: each failure in C++ by start method and platform.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "harness/catalogue/catalogue.hpp"
#include "harness/report/results.hpp"

namespace poolbugs::report {

/// Where a page links to for a case; "" for no link.
using LinkOf = std::function<std::string(const catalogue::Case&)>;

/// Platforms of a text: all systems that we know, or those with results alone
/// (one job of a hosted matrix knows nothing of the others).
enum class Platforms { all, that_ran };

/// Tables, rows in which platforms or start methods differ first. A column is
/// there if something ran in it; what never ran is told once, and has no
/// column. `heading` is "###" or deeper.
std::string matrix_of(const catalogue::Catalogue& catalogue,
                      const Results& results, const LinkOf& link_of,
                      std::string_view heading, Platforms which);

/// "Does my pool behave the same on Windows?", answered in numbers for each
/// system beside Linux that ran; then which never ran. "" if nothing is to be
/// said.
std::string answers(const catalogue::Catalogue& catalogue,
                    const Results& results, Platforms which);

/// "serialization/long-size", and with whom if the manifest says so.
std::string case_title(const catalogue::Case& item, const LinkOf& link_of);

}  // namespace poolbugs::report
