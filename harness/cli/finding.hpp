// What `watch` and `diagnose` found out of a process tree, and how it is told:
// on a terminal, as JSON, as a page.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/catalogue/outcome.hpp"
#include "harness/cli/paths.hpp"
#include "harness/cli/related.hpp"
#include "platform/examine.hpp"
#include "platform/result.hpp"
#include "platform/stacks.hpp"

namespace poolbugs::cli {

/// One thread as it was seen.
struct ThreadRow {
  std::string role;     ///< of its process: "parent", "worker 1"
  std::string program;  ///< comm of its process
  long process = 0;
  int number = 1;  ///< in its process
  long thread = 0;
  std::string where;   ///< "waits in futex", "runs"
  std::string symbol;  ///< function at the program counter; may be ""
  wait::Outlook outlook = wait::Outlook::may_move;
};

struct Finding {
  std::vector<std::string> command;  ///< of watch
  std::optional<long> process;       ///< of diagnose
  catalogue::Outcome outcome = catalogue::Outcome::ok;
  std::optional<catalogue::Grade> grade;  ///< of a hang
  /// Of a hang that is not proved: only a signal could change it.
  bool rests_until_signal = false;
  std::string cause;
  double seconds = 0;
  int examinations = 0;                  ///< by watch, in which nobody ran
  std::vector<std::string> explanation;  ///< sentences
  std::vector<std::string> unless;       ///< phrases, if it is not proved
  std::vector<std::string> unseen;       ///< what we may not see, sentences
  std::string mermaid;                   ///< "" without a graph
  /// Of watch: what was told of a part of it that was stuck, sentences.
  std::vector<std::string> part;
  std::vector<ThreadRow> threads;
  RelatedCases cases;
  std::vector<stacks::ProcessStacks> stacks;
  /// Of the command, if it ended by itself.
  std::optional<std::int64_t> exit_code;
  std::string signal;  ///< that it died of, by name
  int status = 0;      ///< what poolbugs returns
};

/// Fills in cause, explanation, unless, unseen, mermaid, threads.
void describe(const wait::Examined& examined, Finding& finding);

/// "proved: it can never end (orphaned-lock)".
std::string headline(const Finding& finding);
/// The same of a part of it, while the others move.
std::string part_headline(const Finding& finding);
/// Lines for a person at a terminal, without what finding.outcome says.
std::string story(const Finding& finding);
/// The table of threads, for a terminal.
std::string thread_table(const Finding& finding);
nlohmann::ordered_json to_json(const Finding& finding);
std::string to_markdown(const Finding& finding);

/// Whether something can be written there: creates the file.
Result<void> can_write(const std::filesystem::path& file);
/// Both files, where a path is given; "-" is stdout.
Result<void> write_finding(const Finding& finding,
                           const std::filesystem::path& json,
                           const std::filesystem::path& markdown);
/// The facts behind the verdict and what was made of them, if a path is given:
/// from these alone the verdict can be looked into somewhere else.
Result<void> write_facts(const wait::Examined& examined,
                         const std::filesystem::path& file);

}  // namespace poolbugs::cli
