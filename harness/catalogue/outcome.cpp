#include "harness/catalogue/outcome.hpp"

namespace poolbugs::catalogue {
namespace {

/// The value of `all` that is spelt `text`.
template <class All>
auto parse(std::string_view text, const All& all)
    -> std::optional<typename All::value_type> {
  for (const auto value : all)
    if (to_string(value) == text) return value;
  return std::nullopt;
}

constexpr std::array kGrades{Grade::proven, Grade::quiescent, Grade::spinning,
                             Grade::timeout};
constexpr std::array kVerdicts{Verdict::as_promised, Verdict::broken_promise,
                               Verdict::unsupported};

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::harness_error:
      return "harness-error";
    case Outcome::unsupported:
      return "unsupported";
    case Outcome::runaway:
      return "runaway";
    case Outcome::hang:
      return "hang";
    case Outcome::leak:
      return "leak";
    case Outcome::crash:
      return "crash";
    case Outcome::wrong_result:
      return "wrong-result";
    case Outcome::silent_loss:
      return "silent-loss";
    case Outcome::duplicate:
      return "duplicate";
    case Outcome::clear_error:
      return "clear-error";
    case Outcome::error:
      return "error";
    case Outcome::ok:
      return "ok";
  }
  return "?";
}

std::string_view to_string(Grade grade) {
  switch (grade) {
    case Grade::proven:
      return "proven";
    case Grade::quiescent:
      return "quiescent";
    case Grade::spinning:
      return "spinning";
    case Grade::timeout:
      return "timeout";
  }
  return "?";
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::as_promised:
      return "as-promised";
    case Verdict::broken_promise:
      return "broken-promise";
    case Verdict::unsupported:
      return "unsupported";
  }
  return "?";
}

std::optional<Outcome> parse_outcome(std::string_view text) {
  return parse(text, kOutcomes);
}

std::optional<Grade> parse_grade(std::string_view text) {
  return parse(text, kGrades);
}

std::optional<Verdict> parse_verdict(std::string_view text) {
  return parse(text, kVerdicts);
}

}  // namespace poolbugs::catalogue
