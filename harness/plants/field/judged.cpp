#include "harness/plants/field/judged.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "harness/judge/cause.hpp"
#include "harness/report/facts_json.hpp"

namespace poolbugs::field {

std::ostream& operator<<(std::ostream& out, Says says) {
  static const char* const kWords[] = {"moves", "part, but signals", "part",
                                       "whole, but signals", "whole"};
  return out << kWords[static_cast<int>(says)];
}

void PrintTo(const Hang& hang, std::ostream* out) { *out << hang.program.name; }

bool looks_like(const wait::Verdict& verdict, wait::Outlook outlook) {
  return std::find(verdict.outlook.begin(), verdict.outlook.end(), outlook) !=
         verdict.outlook.end();
}

Says says(const wait::Examined& seen) {
  using wait::Proof;
  const wait::Verdict& verdict = seen.verdict;
  if (verdict.proof == Proof::whole) return Says::whole;
  if (verdict.proof == Proof::but_signals) return Says::whole_by_signal;
  if (!seen.graph.disturbed.empty() || verdict.proof == Proof::conditional)
    return Says::moves;
  if (looks_like(verdict, wait::Outlook::never)) return Says::part;
  return looks_like(verdict, wait::Outlook::only_by_signal)
             ? Says::part_by_signal
             : Says::moves;
}

Says says_alone(const wait::Examined& seen) {
  if (seen.verdict.proof != wait::Proof::conditional) return says(seen);
  wait::Examined alone = seen;
  wait::Surroundings& around = alone.facts.around;
  around.alarm = wait::Surroundings::Alarm::none;
  around.group_events = around.sockets_hold = around.strange_sockets = false;
  around.saw_everybody = true;
  alone.graph = wait::build_graph(alone.facts, alone.pollers, alone.spinners);
  alone.verdict = wait::decide(alone.graph);
  return says(alone);
}

Says assumed(Says right) {
  return right == Says::whole_by_signal ? Says::whole : right;
}

std::string names_of(const std::vector<int>& threads,
                     const wait::Graph& graph) {
  std::vector<std::string> names;
  for (const int index : threads) {
    const auto thread = static_cast<std::size_t>(index);
    const auto process =
        static_cast<std::size_t>(graph.threads[thread].process);
    names.push_back(graph.processes[process].name);
  }
  std::sort(names.begin(), names.end());
  std::string all;
  for (const std::string& name : names) all += (all.empty() ? "" : " ") + name;
  return all;
}

std::string in_words(const wait::Examined& seen) {
  const auto cause = judge::cause_of(seen.graph, seen.verdict);
  std::string text = cause.slug + "; why not: " + seen.verdict.why_not +
                     "; disturbed: " + seen.graph.disturbed;
  for (const std::string& phrase : seen.graph.unless)
    text += "; unless " + phrase;
  text += "\n";
  for (const std::string& sentence :
       judge::explain(seen.graph, seen.verdict, cause))
    text += sentence + "\n";
  auto outlook = seen.verdict.outlook.begin();
  for (const wait::Thread& thread : seen.graph.threads) {
    const auto process = static_cast<std::size_t>(thread.process);
    text += seen.graph.processes[process].role + " (" +
            seen.graph.processes[process].name + ") thread " +
            std::to_string(thread.number) + ": " + thread.call + ", " +
            std::to_string(static_cast<int>(thread.motion)) + " " + thread.why +
            ", outlook " + std::to_string(static_cast<int>(*outlook++)) + "\n";
  }
  using Json = nlohmann::json;
  return text + report::to_json(seen.facts)
                    .dump(-1, ' ', false, Json::error_handler_t::replace);
}

int Rest::look(const wait::Facts& facts) {
  std::vector<std::tuple<long, long, std::uint64_t>> now;
  bool rests = facts.disturbed.empty() && !facts.processes.empty();
  for (const wait::ProcessFacts& process : facts.processes)
    for (const wait::ThreadFacts& thread : process.threads) {
      rests = rests && thread.asleep && !thread.elsewhere && thread.call >= 0;
      now.emplace_back(process.id, thread.id, thread.switches);
    }
  times_ = rests && now == last_ ? times_ + 1 : 0;
  last_ = std::move(now);
  return times_;
}

}  // namespace poolbugs::field
