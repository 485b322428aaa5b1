// What the broken half in C++ of a case did on the platforms, and how two
// platforms compare.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/catalogue/catalogue.hpp"
#include "harness/report/results.hpp"

namespace poolbugs::report {

/// One start method on one platform.
struct Seen {
  Start start;
  Runs runs;  ///< none: never run
};

/// By each start method that the case asks for.
std::vector<Seen> seen_on(const Results& results, const catalogue::Case& item,
                          std::string_view platform);

bool ran(const std::vector<Seen>& seen);

/// Why it did not run, by the last of its start methods: "needs linux"; "" if
/// it ran or was not tried.
std::string why_not(const std::vector<Seen>& seen);

/// "Not run: needs linux, which this machine lacks." as "needs linux", and
/// "there is no fork"; "" if the run was made.
std::string reason_of(const Runs& runs);

/// Outcomes alone: an operating system has its own names for the causes of
/// crashes, and only Linux has proofs of the causes of hangs.
bool same_outcome(const Seen& a, const Seen& b);

/// Where a row of the matrix belongs.
enum class Kind {
  platform_decides,
  start_decides,
  alike,
  one_alone,
  never_run
};
Kind kind_of(const Results& results, const catalogue::Case& item,
             const std::vector<std::string>& platforms);

/// The failures in C++ that were tried both on linux and on another platform.
struct Comparison {
  int tried = 0;
  int same = 0;       ///< under each start method of both the same outcome
  int differ = 0;     ///< under one of them another
  int fork_only = 0;  ///< fail with fork alone, which is not there
  int lacking = 0;    ///< not run there: something else is not there
  int own = 0;        ///< not among `tried`: they need that platform
};
Comparison compare(const catalogue::Catalogue& catalogue,
                   const Results& results, std::string_view there);

/// Whether any program was started by fork there.
bool can_fork(const Results& results, std::string_view platform);

/// The sentence of a comparison, for a reader who asks whether a pool behaves
/// the same there. "" if nothing was tried on both. Markdown.
std::string comparison_text(const Comparison& comparison,
                            std::string_view there, bool there_is_fork);

}  // namespace poolbugs::report
