#include "harness/plants/look_alikes/observe.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <csignal>
#include <nlohmann/json.hpp>

#include "harness/run/pollers.hpp"

namespace poolbugs::look_alikes {
namespace {

pid_t start(char** command) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::execvp(command[0], command);
  ::_exit(127);
}

std::string in_words(const wait::Examined& seen) {
  std::string text;
  for (const wait::Thread& thread : seen.graph.threads) {
    const auto process = static_cast<std::size_t>(thread.process);
    text += seen.graph.processes[process].role + " (" +
            seen.graph.processes[process].name + ") thread " +
            std::to_string(thread.number) + ": " + thread.call + ", " +
            std::to_string(static_cast<int>(thread.motion)) + " " + thread.why;
    text += "\n";
  }
  return text;
}

void count(const wait::Examined& seen, const std::string& how, Tally& tally) {
  ++tally.pairs;
  tally.disturbed += !seen.graph.disturbed.empty();
  tally.but_pollers += seen.verdict.proof == wait::Proof::but_pollers;
  if (seen.verdict.proof == wait::Proof::none && seen.graph.disturbed.empty() &&
      !seen.verdict.stuck.empty()) {
    ++tally.partly_stuck;
    tally.last_stuck = how + "\n" + in_words(seen);
  }
  if (seen.verdict.proof < wait::Proof::conditional) return;
  std::string unless;
  for (const std::string& phrase : seen.graph.unless)
    unless += (unless.empty() ? "" : "; ") + phrase;
  if (seen.verdict.proof == wait::Proof::whole) unless.clear();
  ++tally.proofs[unless];
  tally.last_proof = how + "\n" + in_words(seen);
}

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
  return nlohmann::json{{"pairs", tally.pairs},
                        {"disturbed", tally.disturbed},
                        {"but_pollers", tally.but_pollers},
                        {"proofs", tally.proofs},
                        {"last_proof", tally.last_proof},
                        {"partly_stuck", tally.partly_stuck},
                        {"last_stuck", tally.last_stuck}}
      .dump();
}

Tally from_json(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  Tally tally;
  if (json.is_discarded()) return tally;
  tally.pairs = json["pairs"];
  tally.disturbed = json["disturbed"];
  tally.but_pollers = json["but_pollers"];
  tally.proofs = json["proofs"];
  tally.last_proof = json["last_proof"];
  tally.partly_stuck = json["partly_stuck"];
  tally.last_stuck = json["last_stuck"];
  return tally;
}

}  // namespace poolbugs::look_alikes
