// The words of an opinion: outcome, grade of a hang, verdict.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace poolbugs::catalogue {

/// In the order in which they apply: the first that fits is the outcome.
enum class Outcome {
  harness_error,  ///< our own fault; cannot be promised
  unsupported,    ///< something in `needs` is missing here; cannot be promised
  runaway,        ///< passed a limit on processes, memory, disk or output
  hang,           ///< would never end
  leak,           ///< ended, but left something behind
  crash,          ///< died by a signal, an NTSTATUS, an uncaught exception
  wrong_result,   ///< ended with 0, observed differs from expected
  silent_loss,    ///< ended with 0, observed is a strict sub-multiset
  duplicate,      ///< ended with 0, observed is a strict super-multiset
  clear_error,    ///< ended non-zero with the promised message
  error,          ///< ended non-zero without it
  ok,             ///< ended with 0 and said what it should
};

inline constexpr std::array kOutcomes{
    Outcome::harness_error, Outcome::unsupported, Outcome::runaway,
    Outcome::hang,          Outcome::leak,        Outcome::crash,
    Outcome::wrong_result,  Outcome::silent_loss, Outcome::duplicate,
    Outcome::clear_error,   Outcome::error,       Outcome::ok};

/// How sure we are that a hang would never end.
enum class Grade { proven, quiescent, spinning, timeout };

enum class Verdict { as_promised, broken_promise, unsupported };

/// The spelling in manifests, JSON and reports: "wrong-result".
std::string_view to_string(Outcome outcome);
std::string_view to_string(Grade grade);
std::string_view to_string(Verdict verdict);

std::optional<Outcome> parse_outcome(std::string_view text);
std::optional<Grade> parse_grade(std::string_view text);
std::optional<Verdict> parse_verdict(std::string_view text);

}  // namespace poolbugs::catalogue
