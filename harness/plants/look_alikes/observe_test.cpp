#include "harness/plants/look_alikes/observe.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

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

void count(const wait::Examined& seen, const std::string& how, Tally& tally) {
  ++tally.pairs;
  tally.disturbed += !seen.graph.disturbed.empty();
  tally.but_pollers += seen.verdict.proof == wait::Proof::but_pollers;
  if (seen.verdict.proof == wait::Proof::none && seen.graph.disturbed.empty() &&
      !seen.verdict.stuck.empty())
    add(seen, how, tally.partly_stuck);
  if (seen.verdict.proof < wait::Proof::conditional) return;
  std::string unless;
  for (const std::string& phrase : seen.graph.unless)
    unless += (unless.empty() ? "" : "; ") + phrase;
  if (seen.verdict.proof == wait::Proof::whole) unless.clear();
  add(seen, how, tally.proofs[unless]);
}

Json to_json(const Proofs& proofs) {
  return {{"times", proofs.times}, {"first", proofs.first}};
}

Proofs from_json(const Json& json) { return {json["times"], json["first"]}; }

}  // namespace

int observe(char** command, Tally& tally) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  wait::Tree ours, theirs;
  ours.above = ::getpid();
  ours.ours = true;
  ours.handed_down = wait::own_files();
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
  Json json{{"pairs", tally.pairs},
            {"disturbed", tally.disturbed},
            {"but_pollers", tally.but_pollers},
            {"partly_stuck", to_json(tally.partly_stuck)}};
  for (const auto& [unless, proofs] : tally.proofs)
    json["proofs"][unless] = to_json(proofs);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Tally tally_from_json(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  Tally tally;
  if (json.is_discarded()) return tally;
  tally.pairs = json["pairs"];
  tally.disturbed = json["disturbed"];
  tally.but_pollers = json["but_pollers"];
  tally.partly_stuck = from_json(json["partly_stuck"]);
  if (json.contains("proofs"))
    for (const auto& [unless, proofs] : json["proofs"].items())
      tally.proofs[unless] = from_json(proofs);
  return tally;
}

}  // namespace poolbugs::look_alikes
