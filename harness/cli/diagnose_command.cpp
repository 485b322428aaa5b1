#include "harness/cli/diagnose_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <thread>

#include "harness/cli/finding.hpp"
#include "harness/run/pollers.hpp"
#include "harness/run/watch.hpp"

namespace poolbugs::cli {
namespace {

using catalogue::Grade;
using catalogue::Outcome;
using run::Clock;
using std::chrono::milliseconds;

constexpr int kNoSuch = 2, kFailed = 125, kProven = 120, kQuiescent = 122;
constexpr milliseconds kOften{120}, kLong{1300};

struct Seen {
  wait::Examined examined;
  run::Activity activity;
};

/// Until it is proved, or pollers had the time to be recognised.
Seen look(const DiagnoseOptions& options) {
  wait::Tree tree;
  tree.above = options.process;
  tree.with_above = true;
  // Taking stacks interrupts it, too.
  if (options.stacks) tree.ask = wait::Ask::to_say_more;
  Seen seen{wait::examine(tree), {}};
  if (seen.examined.verdict.proof == wait::Proof::whole) return seen;
  const auto start = Clock::now();
  run::PollerTracker pollers;
  run::WatchSettings settings;
  settings.deadline = kLong;
  run::Watch activity(settings, start);
  while (true) {
    const TreeSample sample = sample_tree(options.process, 4096, true);
    activity.look({sample, 0, 0}, [] { return true; });
    pollers.see(run::sights(sample), sample.at);
    if (sample.at >= start + kLong) break;
    std::this_thread::sleep_for(kOften);  // time is what we measure
  }
  seen.examined = wait::examine(tree, pollers.pollers());
  seen.activity = activity.last_stretch();
  return seen;
}

bool is_readable(const wait::Facts& facts, long process) {
  return std::any_of(
      facts.processes.begin(), facts.processes.end(),
      [&](const auto& one) { return one.id == process && one.readable; });
}

void judge(const Seen& seen, Finding& finding) {
  const wait::Verdict& verdict = seen.examined.verdict;
  describe(seen.examined, finding);
  if (verdict.proof == wait::Proof::none) {
    finding.explanation.insert(
        finding.explanation.begin(),
        fmt::format("It may move: {}.", verdict.why_not));
    if (seen.activity.seconds > 0)
      finding.explanation.push_back(fmt::format(
          "In the last {:.1f} s it used {:.0f} % of a CPU, moved {} bytes and "
          "started {} processes and threads.",
          seen.activity.seconds,
          100 * seen.activity.cpu_seconds / seen.activity.seconds,
          seen.activity.bytes_moved, seen.activity.births));
    return;
  }
  finding.outcome = Outcome::hang;
  const bool proven = verdict.proof == wait::Proof::whole;
  finding.grade = proven ? Grade::proven : Grade::quiescent;
  finding.status = proven ? kProven : kQuiescent;
}

}  // namespace

int diagnose_command(const DiagnoseOptions& options, std::ostream& out,
                     std::ostream& err) {
  const auto fail = [&](const std::string& text, int status) {
    err << "poolbugs: " << text << "\n";
    return status;
  };
  for (const auto& file : {options.json, options.markdown, options.facts})
    if (const auto can = can_write(file); !can)
      return fail(can.error().text, kFailed);
  if (sample_tree(options.process, 4096, true)
          .processes.front()
          .threads.empty())
    return fail(fmt::format("there is no process {}", options.process),
                kNoSuch);
  if (const auto can = wait::can_read_trees(); !can)
    return fail(can.error().text, kFailed);
  const auto start = Clock::now();
  const Seen seen = look(options);
  if (seen.examined.facts.processes.empty())
    return fail(fmt::format("process {} ended meanwhile", options.process),
                kNoSuch);
  if (!is_readable(seen.examined.facts, options.process))
    return fail(
        fmt::format("process {} may not be looked into: it takes its user and "
                    "the rights of ptrace(2); try as root",
                    options.process),
        kFailed);
  Finding finding;
  finding.process = options.process;
  judge(seen, finding);
  if (options.stacks) {
    err << "poolbugs: taking stacks; system calls of the tree are "
           "interrupted\n";
    std::vector<long> processes;
    for (const wait::Process& process : seen.examined.graph.processes)
      if (!process.zombie) processes.push_back(process.id);
    finding.stacks = stacks::take_stacks(processes);
  }
  finding.cases = related_cases(options.corpus, finding.cause, finding.stacks);
  finding.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  if (options.json != "-" && options.markdown != "-" && options.facts != "-")
    out << fmt::format("process {}: {}\n", options.process, headline(finding))
        << story(finding) << "\n"
        << thread_table(finding) << std::flush;
  if (const auto wrote = write_finding(finding, options.json, options.markdown);
      !wrote)
    return fail(wrote.error().text, kFailed);
  if (const auto wrote = write_facts(seen.examined, options.facts); !wrote)
    return fail(wrote.error().text, kFailed);
  return finding.status;
}

}  // namespace poolbugs::cli
