#include "harness/plants/look_alikes/observe.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>

#include "harness/judge/cause.hpp"
#include "harness/report/facts_json.hpp"
#include "harness/run/pollers.hpp"

namespace poolbugs::look_alikes {
namespace {

using Json = nlohmann::json;

pid_t start(char** command) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::execvp(command[0], command);
  ::_exit(127);
}

/// All that is needed to see why, and to make a test of it.
std::string in_words(const wait::Examined& seen) {
  std::string text = report::to_json(seen.facts)
                         .dump(1, ' ', false, Json::error_handler_t::replace);
  text += "\n";
  for (const wait::Thread& thread : seen.graph.threads) {
    const auto process = static_cast<std::size_t>(thread.process);
    text += seen.graph.processes[process].role + " (" +
            seen.graph.processes[process].name + ") thread " +
            std::to_string(thread.number) + ": " + thread.call + ", " +
            std::to_string(static_cast<int>(thread.motion)) + " " + thread.why;
    text += "\n";
  }
  const auto cause = judge::cause_of(seen.graph, seen.verdict);
  return text + judge::mermaid(seen.graph, seen.verdict, cause);
}

void add(const wait::Examined& seen, const std::string& how, Proofs& proofs) {
  if (proofs.times++ == 0) proofs.first = how + "\n" + in_words(seen);
}

/// Every thread can never run again, or waits for the end of those.
bool says_never(const wait::Verdict& verdict) {
  const auto dead = std::count(verdict.outlook.begin(), verdict.outlook.end(),
                               wait::Outlook::never);
  return dead > 0 && static_cast<std::size_t>(dead) + verdict.wrappers.size() ==
                         verdict.outlook.size();
}

bool says_of_some(const wait::Verdict& verdict, wait::Outlook outlook) {
  return std::find(verdict.outlook.begin(), verdict.outlook.end(), outlook) !=
         verdict.outlook.end();
}

std::string conditions_of(const wait::Graph& graph) {
  std::string unless;
  for (const std::string& phrase : graph.unless)
    unless += (unless.empty() ? "" : "; ") + phrase;
  return unless;
}

bool is_proved(const wait::Verdict& verdict) {
  return verdict.proof >= wait::Proof::conditional;
}

/// As if it were known that nobody sends the tree signals.
wait::Examined without_signals(wait::Examined seen) {
  const wait::Surroundings around = seen.facts.around;
  seen.facts.around = seen.assumed;
  seen.facts.around.no_signals = true;
  seen.graph = wait::build_graph(seen.facts, seen.pollers, seen.spinners);
  seen.verdict = wait::decide(seen.graph);
  seen.facts.around = around;
  return seen;
}

void count(const wait::Examined& seen, const std::string& how, Tally& tally) {
  ++tally.pairs;
  tally.disturbed += !seen.graph.disturbed.empty();
  const wait::Verdict& verdict = seen.verdict;
  tally.but_pollers += verdict.proof == wait::Proof::but_pollers;
  if (verdict.proof == wait::Proof::none && seen.graph.disturbed.empty()) {
    if (says_of_some(verdict, wait::Outlook::never))
      add(seen, how, tally.partly_stuck);
    if (says_of_some(verdict, wait::Outlook::only_by_signal))
      add(seen, how, tally.partly_resting);
  }
  if (!is_proved(verdict)) return;
  ByCondition& claims = says_never(verdict) ? tally.proofs : tally.resting;
  add(seen, how, claims[conditions_of(seen.graph)]);
  const wait::Examined assuming = without_signals(seen);
  if (is_proved(assuming.verdict))
    add(assuming, how, tally.assuming[conditions_of(assuming.graph)]);
  tally.unproved += verdict.proof == wait::Proof::but_signals &&
                    assuming.verdict.proof != wait::Proof::whole;
}

Json to_json(const Proofs& proofs) {
  return {{"times", proofs.times}, {"first", proofs.first}};
}

Proofs from_json(const Json& json) { return {json["times"], json["first"]}; }

Json to_json(const ByCondition& claims) {
  Json json = Json::object();
  for (const auto& [unless, proofs] : claims) json[unless] = to_json(proofs);
  return json;
}

ByCondition claims_from_json(const Json& json) {
  ByCondition claims;
  for (const auto& [unless, proofs] : json.items())
    claims[unless] = from_json(proofs);
  return claims;
}

}  // namespace

int observe(char** command, Tally& tally) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  wait::Tree ours, theirs;
  ours.above = ::getpid();
  ours.ours = true;
  ours.handed_down = wait::own_files();
  ours.alarms_before = wait::listed_alarms();
  ours.ask = wait::Ask::to_say_more;
  ours.with_parts = theirs.with_parts = true;
  theirs.above = start(command);
  theirs.with_above = true;
  // What an outside party handed down must not be held by us, too.
  ::syscall(SYS_close_range, 3, ~0U, 0);
  run::PollerTracker pollers;
  siginfo_t ended{};
  for (int i = 0; ended.si_pid == 0; ++i) {
    const bool all = i % 2 == 0, but_pollers = i % 4 >= 2;
    const auto now = std::chrono::steady_clock::now();
    if (but_pollers) pollers.see(run::sights(sample_tree(::getpid())), now);
    count(wait::examine(all ? ours : theirs,
                        but_pollers ? pollers.pollers() : wait::Pollers{}),
          std::string(all ? "as our own" : "as somebody's") +
              (but_pollers ? ", pollers known" : ""),
          tally);
    ::waitid(P_PID, static_cast<id_t>(theirs.above), &ended,
             WEXITED | WNOHANG | WNOWAIT);
  }
  return ended.si_code == CLD_EXITED ? ended.si_status : 128 + ended.si_status;
}

std::string to_json(const Tally& tally) {
  const Json json{{"pairs", tally.pairs},
                  {"disturbed", tally.disturbed},
                  {"but_pollers", tally.but_pollers},
                  {"proofs", to_json(tally.proofs)},
                  {"resting", to_json(tally.resting)},
                  {"assuming", to_json(tally.assuming)},
                  {"partly_stuck", to_json(tally.partly_stuck)},
                  {"partly_resting", to_json(tally.partly_resting)},
                  {"unproved", tally.unproved}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Tally tally_from_json(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  Tally tally;
  if (json.is_discarded()) return tally;
  tally.pairs = json["pairs"];
  tally.disturbed = json["disturbed"];
  tally.but_pollers = json["but_pollers"];
  tally.proofs = claims_from_json(json["proofs"]);
  tally.resting = claims_from_json(json["resting"]);
  tally.assuming = claims_from_json(json["assuming"]);
  tally.partly_stuck = from_json(json["partly_stuck"]);
  tally.partly_resting = from_json(json["partly_resting"]);
  tally.unproved = json["unproved"];
  return tally;
}

}  // namespace poolbugs::look_alikes
