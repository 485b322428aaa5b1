// One result as it is written to JSON and read back: the only thing that the
// report formats know of a run.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/catalogue/outcome.hpp"
#include "harness/judge/judge.hpp"
#include "harness/plan/plan.hpp"
#include "harness/run/observation.hpp"
#include "platform/result.hpp"
#include "platform/start_method.hpp"

namespace poolbugs::report {

struct Record {
  std::string case_name;  ///< JSON key `case`: "fork/held-mutex"
  std::string id;
  std::string program;
  std::string runtime = std::string(plan::kNative);
  std::optional<StartMethod> start_method;
  std::string platform;
  int repetition = 1;
  catalogue::Outcome outcome = catalogue::Outcome::harness_error;
  std::optional<catalogue::Grade> grade;
  std::string cause;
  catalogue::Verdict verdict = catalogue::Verdict::broken_promise;
  std::vector<std::string> promised;  ///< as in the manifest, typical first
  /// Wall time; absent in a normalised record.
  std::optional<double> seconds;
  std::vector<std::string> explanation;

  std::string graph;  ///< of a hang: Mermaid, or ""

  // Evidence.
  std::string ended;  ///< "exit 0", "SIGSEGV", "ended by poolbugs: …"
  std::string out, err;
  bool truncated = false;
  std::vector<std::string> limits;   ///< "processes"
  std::vector<std::string> left;     ///< "semaphore /dev/shm/sem.x"
  std::vector<std::string> threads;  ///< "worker 1, thread 2: S in futex"
  /// "worker 1, thread 1: futex_wait ← work (broken.cpp:16) ← main …"
  std::vector<std::string> stacks;
  /// New names in /dev/shm that may be anybody's; absent when normalised.
  std::vector<std::string> strangers;
};

Record make_record(const plan::PlannedRun& planned,
                   const run::Observation& seen,
                   const judge::Judgement& judgement,
                   const std::string& platform);

/// Keys in a fixed order; strings are made valid UTF-8 (text.hpp).
nlohmann::ordered_json to_json(const Record& record);
/// An Error names the key that is missing or wrong. Unknown keys are ignored:
/// a newer poolbugs may have written them.
Result<Record> from_json(const nlohmann::ordered_json& object);

/// Without what changes from run to run: pids, addresses, times, random names
/// (design: the normalised observation; the rules are in normalise.hpp).
/// Idempotent.
Record normalise(Record record);

/// The order of records in files and on pages: case, program (broken first),
/// runtime (native first, 3.9 before 3.13), start method, platform, repetition.
bool comes_before(const Record& a, const Record& b);

/// The command that repeats this run: "poolbugs run fork/held-mutex --program
/// broken --start-method fork".
std::string command_of(const Record& record);

/// The explanation without the sentence that says again what was promised,
/// for places that say it themselves.
std::vector<std::string> reasons_of(const Record& record);

/// "hang, quiescent: orphaned-lock", "crash: SIGSEGV", "ok".
std::string outcome_text(const Record& record);

}  // namespace poolbugs::report
