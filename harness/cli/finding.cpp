#include "harness/cli/finding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "harness/judge/cause.hpp"
#include "harness/judge/outlook.hpp"
#include "harness/report/facts_json.hpp"

namespace poolbugs::cli {
namespace {

using catalogue::Case;
using catalogue::Outcome;
using catalogue::Promise;

std::string where(const wait::Thread& thread) {
  switch (thread.motion) {
    case wait::Motion::stopped:
      return "is stopped";
    case wait::Motion::poller:
      return fmt::format("comes round in {} again and again", thread.call);
    case wait::Motion::free:
    case wait::Motion::blocked:
      break;
  }
  const std::string call = thread.call.empty() ? "" : "waits in " + thread.call;
  if (thread.motion == wait::Motion::blocked || thread.why.empty())
    return call.empty() ? "runs" : call;
  return call.empty() ? thread.why : call + ": " + thread.why;
}

Result<void> write(const std::filesystem::path& file, const std::string& text) {
  if (file == "-") {
    std::cout << text << std::flush;
    return {};
  }
  errno = 0;
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text << std::flush;
  if (!stream) return errno_error("write " + file.string(), errno);
  return {};
}

const char* word(wait::Proof proof) {
  switch (proof) {
    case wait::Proof::none:
      return "none";
    case wait::Proof::but_pollers:
      return "but_pollers";
    case wait::Proof::conditional:
      return "conditional";
    case wait::Proof::but_signals:
      return "but_signals";
    case wait::Proof::whole:
      break;
  }
  return "whole";
}

std::vector<ThreadRow> rows(const wait::Examined& examined) {
  const wait::Graph& graph = examined.graph;
  std::vector<ThreadRow> all;
  for (std::size_t i = 0; i < graph.threads.size(); ++i) {
    const wait::Thread& thread = graph.threads[i];
    const auto& process =
        graph.processes[static_cast<std::size_t>(thread.process)];
    all.push_back({process.role, process.name, process.id, thread.number,
                   thread.id, where(thread),
                   stacks::symbol_at(process.id, thread.pc),
                   examined.verdict.outlook[i]});
  }
  for (const wait::Process& process : graph.processes)
    if (process.zombie)
      all.push_back({process.role, process.name, process.id, 1, process.id,
                     "is dead, nobody has waited for it", "",
                     wait::Outlook::never});
  return all;
}

/// What the facts do not cover, by name; nothing of it matters to a proof.
std::vector<std::string> unseen(const wait::Facts& facts, wait::Proof proof,
                                const std::string& not_asked) {
  std::vector<std::string> sentences;
  if (proof == wait::Proof::whole) return sentences;
  for (const wait::ProcessFacts& process : facts.processes)
    if (!process.readable || !process.modelled)
      sentences.push_back(
          fmt::format("Process {} ({}) counts as able to do anything: it {}.",
                      process.id, process.name, process.why_not));
  const wait::Surroundings& around = facts.around;
  if (proof == wait::Proof::none) return sentences;
  if (around.unreadable > 0)
    sentences.push_back(fmt::format(
        "{} outside of the tree may not be read (other users, or no ptrace "
        "rights): what they hold is not known.",
        around.unreadable == 1
            ? "1 process"
            : fmt::format("{} processes", around.unreadable)));
  else if (!around.saw_everybody)
    sentences.emplace_back(
        "Not every process of the machine could be seen (another pid "
        "namespace, or a restricted /proc).");
  using Alarm = wait::Surroundings::Alarm;
  if (around.alarm == Alarm::unknown)
    sentences.emplace_back(
        "Whether an alarm(2) is pending cannot be seen here: that takes "
        "root and a readable /proc/timer_list.");
  if (around.alarm == Alarm::pending_somewhere)
    sentences.emplace_back("Somebody on this machine has set an alarm(2).");
  if (!not_asked.empty())
    sentences.push_back(
        fmt::format("Its timers could not be asked for: {}.", not_asked));
  return sentences;
}

}  // namespace

void describe(const wait::Examined& examined, Finding& finding) {
  const wait::Graph& graph = examined.graph;
  const wait::Verdict& verdict = examined.verdict;
  const judge::StuckCause cause = judge::cause_of(graph, verdict);
  finding.cause = cause.slug;
  finding.explanation = judge::explain(graph, verdict, cause);
  for (std::string& sentence : judge::signal_terms(graph, verdict))
    finding.explanation.push_back(std::move(sentence));
  finding.rests_until_signal = verdict.proof == wait::Proof::but_signals;
  finding.unless = graph.unless;
  finding.unseen = unseen(examined.facts, verdict.proof, examined.not_asked);
  finding.mermaid = judge::mermaid(graph, verdict, cause);
  finding.threads = rows(examined);
}

Result<void> can_write(const std::filesystem::path& file) {
  if (file.empty() || file == "-") return {};
  errno = 0;
  std::ofstream stream(file, std::ios::binary | std::ios::app);
  if (!stream) return errno_error("write " + file.string(), errno);
  return {};
}

Result<void> write_finding(const Finding& finding,
                           const std::filesystem::path& json,
                           const std::filesystem::path& markdown) {
  if (!json.empty())
    if (auto wrote = write(json, to_json(finding).dump() + "\n"); !wrote)
      return wrote;
  return markdown.empty() ? Result<void>{}
                          : write(markdown, to_markdown(finding));
}

Result<void> write_facts(const wait::Examined& examined,
                         const std::filesystem::path& file) {
  if (file.empty()) return {};
  const wait::Graph& graph = examined.graph;
  const judge::StuckCause cause = judge::cause_of(graph, examined.verdict);
  nlohmann::ordered_json pollers = nlohmann::ordered_json::array();
  for (const wait::Thread& thread : graph.threads)
    if (thread.motion == wait::Motion::poller) pollers.push_back(thread.id);
  const nlohmann::ordered_json all{{"found",
                                    {{"proof", word(examined.verdict.proof)},
                                     {"why_not", examined.verdict.why_not},
                                     {"unless", graph.unless},
                                     {"cause", cause.slug},
                                     {"core", cause.core.size()}}},
                                   {"pollers", std::move(pollers)},
                                   {"facts", report::to_json(examined.facts)}};
  using Dump = nlohmann::ordered_json::error_handler_t;
  return write(file, all.dump(1, ' ', false, Dump::replace) + "\n");
}

}  // namespace poolbugs::cli
