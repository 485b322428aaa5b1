#include "harness/judge/outlook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "harness/judge/wait_edges.hpp"
#include "harness/judge/wait_words.hpp"
#include "platform/signal_name.hpp"

namespace poolbugs::judge {
namespace {

using wait::Graph;
using wait::Outlook;
using wait::Proof;
using wait::Thread;
using wait::Verdict;

/// The first of those that somebody would send.
constexpr const char* kUsual[] = {"SIGTERM", "SIGINT", "SIGHUP"};

class Terms {
 public:
  Terms(const Graph& graph, const Verdict& verdict)
      : graph_(graph), verdict_(verdict), speaker_(graph) {}

  std::vector<std::string> say_all() {
    const bool whole = verdict_.proof == Proof::whole;
    if (!whole) say_interrupted(false);
    if (whole && verdict_.rests_on_no_signals) say_interrupted(true);
    say_exempt();
    if (whole) say_cut();
    if (whole) say_wrappers();
    if (verdict_.proof != Proof::none && living_processes() > 1)
      say("that somebody outside ends one of its processes is not thought of");
    return sentences_;
  }

 private:
  void say(std::string sentence) {
    sentences_.push_back(capitalised(std::move(sentence)) + ".");
    speaker_.begin_sentence();
  }

  std::size_t living_processes() const {
    return static_cast<std::size_t>(std::count_if(
        graph_.processes.begin(), graph_.processes.end(),
        [](const wait::Process& process) { return !process.zombie; }));
  }

  /// Threads by what would interrupt them: signals, and whether a stop does.
  std::map<std::pair<std::uint64_t, bool>, std::vector<int>> groups(
      bool assumed) const {
    std::map<std::pair<std::uint64_t, bool>, std::vector<int>> found;
    for (const int one : verdict_.stuck) {
      const Thread& thread = thread_at(graph_, one);
      const Outlook outlook = verdict_.outlook[static_cast<std::size_t>(one)];
      const bool counts = thread.signals.outside != 0 || thread.signals.stop;
      if (counts && (assumed || outlook == Outlook::only_by_signal) &&
          !contains(verdict_.wrappers, one))
        found[{thread.signals.outside, thread.signals.stop}].push_back(one);
    }
    return found;
  }

  void say_interrupted(bool assumed) {
    for (const auto& [signals, threads] : groups(assumed)) {
      std::string by;
      if (signals.first != 0)
        by = fmt::format("a signal that {} ({})",
                         threads.size() == 1 ? "it handles" : "they handle",
                         signal_names(signals.first));
      if (signals.second)
        by += fmt::format("{}a stop and going on", by.empty() ? "" : " or ");
      const std::string who = speaker_.threads(threads);
      const char* it = threads.size() == 1 ? "it" : "them";
      if (assumed)
        say(fmt::format("it is assumed that nobody interrupts {} by {}", who,
                        by));
      else
        say(fmt::format("{} never {} on by {}; only {} would interrupt {}", who,
                        threads.size() == 1 ? "goes" : "go",
                        threads.size() == 1 ? "itself" : "themselves", by, it));
    }
  }

  void say_exempt() {
    std::vector<int> exempt;
    for (std::size_t i = 0; i < verdict_.outlook.size(); ++i)
      if (verdict_.outlook[i] == Outlook::never &&
          graph_.threads[i].signals.interrupt_exempt)
        exempt.push_back(static_cast<int>(i));
    if (!exempt.empty())
      say(fmt::format(
          "all this unless {} {} sent SIGINT, by hand: no process "
          "has a terminal",
          speaker_.threads(exempt), exempt.size() == 1 ? "is" : "are"));
  }

  void say_cut() {
    std::vector<int> writers;
    for (const int one : verdict_.stuck)
      if (thread_at(graph_, one).signals.cut) writers.push_back(one);
    if (!writers.empty())
      say(fmt::format(
          "that a stop and going on cuts short what {} {} is not "
          "thought of",
          speaker_.threads(writers), writers.size() == 1 ? "writes" : "write"));
  }

  void say_wrappers() {
    std::vector<int> handling;
    for (const int one : verdict_.wrappers) {
      const auto& signals = thread_at(graph_, one).signals;
      if (signals.outside != 0 || signals.stop) handling.push_back(one);
    }
    if (handling.empty()) return;
    const bool one = handling.size() == 1;
    say(
        fmt::format("{} {} signals, but only {} for processes that never go "
                    "on: a handler that does work of its own is not thought of",
                    speaker_.threads(handling), one ? "handles" : "handle",
                    one ? "waits" : "wait"));
  }

  const Graph& graph_;
  const Verdict& verdict_;
  Speaker speaker_;
  std::vector<std::string> sentences_;
};

}  // namespace

std::string signal_names(std::uint64_t signals) {
  if (signals == ~std::uint64_t{0}) return "any";
  std::vector<std::string> names;
  for (int number = 1; number <= 64; ++number)
    if ((signals >> (number - 1) & 1) != 0)
      names.push_back(signal_name(number));
  std::stable_partition(names.begin(), names.end(), [](const auto& name) {
    return std::find(std::begin(kUsual), std::end(kUsual), name) !=
           std::end(kUsual);
  });
  return listed(names);
}

std::vector<std::string> signal_terms(const Graph& graph,
                                      const Verdict& verdict) {
  return Terms(graph, verdict).say_all();
}

}  // namespace poolbugs::judge
