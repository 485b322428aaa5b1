#include "platform/examine_timers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "platform/ask_timers.hpp"

namespace poolbugs::wait {
namespace {

using Answer = AskedTimers::Answer;

/// Of each thread that was asked: ThreadFacts::switches from then on.
using Asked = std::map<long, std::uint64_t>;

/// It sleeps in the same call, and was put on a CPU no more often than that.
bool slept_on(const ThreadFacts& before, const ThreadFacts& now,
              const Asked& asked) {
  const auto own = asked.find(before.id);
  const std::uint64_t switches =
      own == asked.end() ? before.switches : own->second;
  return before.asleep && now.asleep && before.id == now.id &&
         before.call == now.call && before.arguments == now.arguments &&
         before.pc == now.pc && now.switches == switches;
}

bool slept_on(const Facts& before, const Facts& now, const Asked& asked) {
  return now.disturbed.empty() &&
         std::ranges::equal(
             before.processes, now.processes,
             [&](const ProcessFacts& first, const ProcessFacts& second) {
               return first.id == second.id &&
                      first.start_ticks == second.start_ticks &&
                      std::ranges::equal(
                          first.threads, second.threads,
                          [&](const ThreadFacts& one, const ThreadFacts& two) {
                            return slept_on(one, two, asked);
                          });
             });
}

std::string sentence(const ProcessFacts& process, const std::string& why) {
  return fmt::format("process {} ({}) {}", process.id, process.name, why);
}

}  // namespace

TimersToAsk::TimersToAsk(const Tree& tree, Facts& facts) : tree_(tree) {
  if (tree.ask == Ask::nobody) return;
  for (ProcessFacts& process : facts.processes) {
    if (!process.timers || process.threads.empty()) continue;
    process.timers = false;
    with_timers_.push_back(process.id);
  }
}

bool TimersToAsk::put_back(Facts& facts) {
  for (ProcessFacts& process : facts.processes)
    if (std::ranges::find(with_timers_, process.id) != with_timers_.end())
      process.timers = true;
  return !with_timers_.empty();
}

bool TimersToAsk::wanted(const Facts& facts) const {
  return tree_.ask != Ask::nobody && facts.disturbed.empty() &&
         (!with_timers_.empty() ||
          facts.around.alarm != Surroundings::Alarm::none);
}

std::string TimersToAsk::ask(Facts& facts) {
  put_back(facts);
  const bool everybody = facts.around.alarm != Surroundings::Alarm::none;
  const auto is_asked = [&](const ProcessFacts& process) {
    return !process.threads.empty() && (everybody || process.timers);
  };
  // Nobody is interrupted if that would not help.
  for (const ProcessFacts& process : facts.processes)
    if (is_asked(process))
      if (const std::string why = why_not_asked(process); !why.empty())
        return sentence(process, why);
  Asked asked;
  bool armed = false;
  for (ProcessFacts& process : facts.processes) {
    if (!is_asked(process)) continue;
    const AskedTimers answer = ask_timers(process);
    if (answer.alarm == Answer::disturbed) {
      facts.disturbed = "a thread ran while it was asked for its timers";
      return "";
    }
    if (answer.alarm == Answer::unknown || answer.timers == Answer::unknown)
      return sentence(process, answer.why);
    process.timers = answer.timers == Answer::armed;
    if (answer.alarm == Answer::armed) {
      process.modelled = false;
      process.why_not = "has set an alarm";
    }
    armed = armed || process.timers || answer.alarm == Answer::armed;
    asked[answer.thread] = answer.switches_after;
  }
  if (armed) return "";
  if (!slept_on(facts, read_facts(tree_), asked)) {
    facts.disturbed = "a thread ran while others were asked for their timers";
    return "";
  }
  for (ProcessFacts& process : facts.processes)
    for (ThreadFacts& thread : process.threads)
      if (const auto own = asked.find(thread.id); own != asked.end())
        thread.switches = own->second;
  facts.around.alarm = Surroundings::Alarm::none;
  return "";
}

}  // namespace poolbugs::wait
