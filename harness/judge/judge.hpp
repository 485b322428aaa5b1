// From facts to an opinion: outcome, cause and verdict.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/catalogue/outcome.hpp"
#include "harness/plan/plan.hpp"
#include "harness/run/observation.hpp"

namespace poolbugs::judge {

struct Judgement {
  catalogue::Outcome outcome;
  std::optional<catalogue::Grade> grade;  ///< of a hang
  std::string cause;                      ///< may be empty
  catalogue::Verdict verdict;
  std::vector<std::string> explanation;  ///< sentences
  std::string graph = {};                ///< of a hang: Mermaid, or ""
};

/// Holds the observation against what the run promises. Of a run that is
/// unsupported the observation is not looked at. Sentences of the explanation
/// hold nothing that changes from run to run.
Judgement judge(const run::Observation& seen, const plan::PlannedRun& planned);

/// Items of the `expected:` / `observed:` lines of a program's stdout.
struct Said {
  std::vector<std::string> expected;
  std::vector<std::string> observed;
};
Said what_it_said(const std::string& out);

}  // namespace poolbugs::judge
