// The order: why it is stuck, who waits for that, on what terms it is proved.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <tuple>

#include "harness/judge/cause.hpp"
#include "harness/judge/lock_left_behind.hpp"
#include "harness/judge/wait_deeds.hpp"
#include "harness/judge/wait_edges.hpp"
#include "harness/judge/wait_words.hpp"

namespace poolbugs::judge {
namespace {

using wait::Event;
using wait::Graph;
using wait::Motion;
using wait::Object;
using wait::ObjectKind;
using wait::Owner;
using wait::Proof;
using wait::Thread;
using wait::Verdict;
using wait::Wait;

constexpr std::size_t kMaxSentences = 6;
constexpr std::size_t kMaxClauses = 6;  ///< of one cycle

using Sentences = std::vector<std::string>;

class Explainer {
 public:
  Explainer(const Graph& graph, const Verdict& verdict, const StuckCause& cause)
      : graph_(graph), verdict_(verdict), cause_(cause), speaker_(graph) {}

  Sentences explain() {
    if (verdict_.proof == Proof::none) say(why_not());
    Speaker unheard(graph_);
    const std::size_t last = terms(unheard).size();
    if (!cause_.core.empty()) {
      say_core();
      say_others(kMaxSentences - last);
    } else if (!verdict_.stuck.empty()) {
      say(fmt::format("{} for ever, and why is not to be seen",
                      with_verb(verdict_.stuck, "waits")));
    }
    say_all(terms(speaker_));
    return sentences_;
  }

 private:
  void say(std::string sentence) {
    if (sentence.empty()) return;
    sentences_.push_back(capitalised(std::move(sentence)) + ".");
    speaker_.begin_sentence();
  }

  void say_all(const Sentences& phrases) {
    for (const std::string& phrase : phrases) say(phrase);
  }

  const Thread& at(int thread) const { return thread_at(graph_, thread); }

  /// "worker 1 waits", "workers 1 and 2 wait".
  std::string with_verb(const std::vector<int>& threads,
                        std::string predicate) {
    return fmt::format(
        "{} {}", speaker_.threads(threads),
        threads.size() == 1 ? predicate : in_plural(std::move(predicate)));
  }

  void say_core();
  void say_cycle();
  void say_starved();
  void say_unwoken(int thread);
  void say_others(std::size_t until);
  std::vector<int> movers_for(const Wait& wait) const;
  std::string terms_of_proof() const;
  Sentences terms(Speaker& speaker) const;
  std::string why_not();

  const Graph& graph_;
  const Verdict& verdict_;
  const StuckCause& cause_;
  Speaker speaker_;
  Sentences sentences_;
};

void Explainer::say_core() {
  const int first = cause_.core.front();
  const bool held_itself =
      cause_.slug == "self-deadlock" &&
      object_of(graph_, at(first).waits.front()).owner != Owner::thread &&
      object_of(graph_, at(first).waits.front()).owner != Owner::process;
  if (cause_.slug == "orphaned-lock" || cause_.slug == "dead-owner" ||
      held_itself)
    return say_all(lock_left_behind(graph_, speaker_, cause_, first));
  if (cause_.slug == "eof-never-comes") return say_starved();
  if (cause_.slug == "lost-wakeup") return say_unwoken(first);
  say_cycle();
}

/// One clause for each thread: what it wants of the next.
void Explainer::say_cycle() {
  const auto& core = cause_.core;
  std::vector<std::string> clauses;
  for (std::size_t i = 0; i < core.size() && i < kMaxClauses; ++i) {
    const int next = core[(i + 1) % core.size()];
    // "thread 2 of the parent waits for a lock that thread 3 holds": in order.
    std::string clause = speaker_.thread(core[i]);
    clause += ' ' + wants_of(graph_, speaker_, core[i], next);
    clauses.push_back(std::move(clause));
  }
  const std::size_t left = core.size() - clauses.size();
  if (left > 0)
    clauses.push_back(fmt::format("and so on through {} more, round to {}",
                                  left, speaker_.thread(core.front())));
  say(fmt::format("{}", fmt::join(clauses, "; ")));
  if (cause_.slug.empty()) return;
  const bool lock =
      cause_.slug == "lock-cycle" || cause_.slug == "self-deadlock";
  if (core.size() == 1)
    say(lock ? "so it can never come to release it" : "so it can never go on");
  else
    say(core.size() == 2 ? "so neither can ever go on"
                         : "so none of them can ever go on");
}

void Explainer::say_starved() {
  const auto& core = cause_.core;
  const auto readable = [&](int thread) {
    return std::find_if(
        at(thread).waits.begin(), at(thread).waits.end(),
        [](const Wait& wait) { return wait.event == Event::readable; });
  };
  const auto reader = std::find_if(core.begin(), core.end(), [&](int thread) {
    return readable(thread) != at(thread).waits.end();
  });
  if (reader == core.end()) return say_cycle();
  const Object& object = object_of(graph_, *readable(*reader));
  const int self = at(*reader).process;
  std::vector<int> others = object.writers;
  std::erase(others, self);
  const bool own = others.size() < object.writers.size();
  std::string sentence =
      speaker_.thread(*reader) + ' ' + reads(at(*reader), object.kind) +
      " whose " + (object.kind == ObjectKind::socket ? "other" : "write") +
      " end ";
  if (own) sentence += "it still holds itself";
  if (own && !others.empty()) sentence += ", as ";
  if (!others.empty()) {
    sentence += speaker_.processes(others);
    if (own)
      sentence += others.size() == 1 ? " does" : " do";
    else
      sentence += others.size() == 1 ? " still holds" : " still hold";
  }
  say(sentence + ", so the end of file never comes");
  if (core.size() == 1) return;
  // The rest of the way round.
  std::vector<std::string> clauses;
  const auto start = static_cast<std::size_t>(reader - core.begin());
  for (std::size_t i = 1; i < core.size() && i < kMaxClauses; ++i) {
    const int one = core[(start + i) % core.size()];
    const int next = core[(start + i + 1) % core.size()];
    std::string clause = speaker_.thread(one);
    clause += ' ' + wants_of(graph_, speaker_, one, next);
    clauses.push_back(std::move(clause));
  }
  if (core.size() > kMaxClauses) clauses.emplace_back("and so on");
  say(fmt::format("{}", fmt::join(clauses, "; ")));
}

/// Pollers and stopped threads that could end this wait.
std::vector<int> Explainer::movers_for(const Wait& wait) const {
  std::vector<int> movers;
  for (int i = 0; i < static_cast<int>(graph_.threads.size()); ++i)
    if (at(i).motion != Motion::blocked &&
        (contains(wait.processes, at(i).process) || contains(wait.threads, i)))
      movers.push_back(i);
  return movers;
}

void Explainer::say_unwoken(int thread) {
  const Thread& waiter = at(thread);
  const std::string who = speaker_.thread(thread);
  const Wait& wait = waiter.waits.front();
  const bool alone = threads_of(graph_, waiter.process).size() == 1;
  const Object& object = object_of(graph_, wait);
  const bool own_memory = is_word(object.kind) && !object.shared;
  if (own_memory && alone && waiter.waits.size() == 1)
    return say(fmt::format("{} {}, and has no other thread that could do it{}",
                           who, wants_bare(graph_, waiter),
                           process_of(graph_, waiter).forked
                               ? ": it holds that itself, or it was held when "
                                 "it was forked"
                               : ""));
  say(fmt::format("{} {}", who, wants_bare(graph_, waiter)));
  if (verdict_.proof == Proof::none) return;
  const std::vector<int> movers = movers_for(wait);
  say("everybody who could do that waits for ever as well" +
      (movers.empty() ? "" : ", except " + speaker_.threads(movers)));
}

/// What non-core threads wait for; those with the same words go together.
struct Deed {
  int distance = 0;
  bool same = false;  ///< as a thread of the core does
  ObjectKind kind = ObjectKind::futex;
  Event event = Event::woken;
  bool polls = false;
  bool several = false;
  std::vector<int> owing;
  int owner = -1;
  // By name: not every library can compare vectors three ways.
  std::strong_ordering operator<=>(const Deed&) const = default;
};

void Explainer::say_others(std::size_t until) {
  const Edges edges(graph_, verdict_.stuck);
  const std::vector<int> distance = distances(graph_, edges, cause_.core);
  std::set<int> core_objects;
  for (const int one : cause_.core)
    for (const Wait& wait : at(one).waits) core_objects.insert(wait.object);
  std::map<Deed, std::vector<int>> groups;
  for (const int one : verdict_.stuck) {
    if (contains(cause_.core, one) || at(one).waits.empty()) continue;
    const Thread& thread = at(one);
    const Wait& wait = thread.waits.front();
    const Object& object = object_of(graph_, wait);
    const bool same =
        core_objects.contains(wait.object) && object.kind != ObjectKind::child;
    Deed deed{same ? 1 : distance[static_cast<std::size_t>(one)],
              same,
              object.kind,
              wait.event,
              polls(thread),
              waits_for_several(graph_, thread),
              {},
              -1};
    if (!deed.same && deed.kind == ObjectKind::child)
      deed.owing = children_waited_for(graph_, thread);
    else if (!deed.same)
      deed.owing = owing(object, wait);
    if (!deed.same && object.owner == Owner::thread)
      deed.owner = object.owner_thread;
    groups[deed].push_back(one);
  }
  std::vector<std::pair<const Deed*, const std::vector<int>*>> order;
  for (const auto& [deed, who] : groups) order.emplace_back(&deed, &who);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first->distance, a.second->front()) <
           std::tie(b.first->distance, b.second->front());
  });
  std::size_t said = 0;
  for (; said < order.size(); ++said) {
    if (sentences_.size() + 1 >= until && said + 1 < order.size()) break;
    const auto& [deed, who] = order[said];
    const std::string subject = speaker_.threads(*who);
    const std::string predicate = deed->same
                                      ? wants_same(graph_, at(who->front()))
                                      : wants(graph_, speaker_, who->front());
    say(fmt::format("{} {}", subject,
                    who->size() == 1 ? predicate : in_plural(predicate)));
  }
  std::size_t left = 0;
  for (; said < order.size(); ++said) left += order[said].second->size();
  if (left > 0)
    say(fmt::format("{} more {} in turn for others that are stuck",
                    left == 1 ? "one" : std::to_string(left),
                    left == 1 ? "waits" : "wait"));
}

std::string Explainer::terms_of_proof() const {
  return fmt::format("{}", fmt::join(graph_.unless, ", or "));
}

Sentences Explainer::terms(Speaker& speaker) const {
  std::vector<int> pollers, spinners, stopped;
  for (std::size_t i = 0; i < graph_.threads.size(); ++i) {
    const Thread& thread = graph_.threads[i];
    if (thread.motion == Motion::poller)
      (thread.spins ? spinners : pollers).push_back(static_cast<int>(i));
    if (thread.motion == Motion::stopped)
      stopped.push_back(static_cast<int>(i));
  }
  const auto clause = [&](const std::vector<int>& who, const char* one,
                          const char* several) {
    return fmt::format("{} {}", speaker.threads(who),
                       who.size() == 1 ? one : several);
  };
  Sentences last;
  if (!pollers.empty())
    last.push_back(clause(pollers, "comes round again and again",
                          "come round again and again"));
  if (!spinners.empty())
    last.push_back(clause(spinners,
                          "burns CPU time in a loop that moves nothing",
                          "burn CPU time in loops that move nothing"));
  if (!stopped.empty())
    last.push_back(
        clause(stopped, "is stopped by a signal", "are stopped by a signal"));
  if (last.size() > 1) last = {fmt::format("{}", fmt::join(last, ", and "))};
  if (verdict_.proof == Proof::none) {
    if (!verdict_.stuck.empty())
      last.emplace_back(
          "a signal from those who may move, or their end, may still change "
          "that");
    return last;
  }
  if (verdict_.proof == Proof::but_pollers) {
    const std::size_t movers =
        pollers.size() + spinners.size() + stopped.size();
    std::string terms = fmt::format("all this is proved only if {} nobody",
                                    movers == 1 ? "it wakes" : "they wake");
    if (!graph_.unless.empty()) terms += ", and unless " + terms_of_proof();
    last.push_back(terms);
  } else if (verdict_.proof == Proof::conditional) {
    last.push_back("this is proved unless " + terms_of_proof());
  }
  return last;
}

std::string Explainer::why_not() {
  if (!graph_.disturbed.empty())
    return "nothing can be proved: " + graph_.disturbed;
  if (graph_.threads.empty()) return "nothing can be said: no thread was seen";
  std::vector<int> free;
  for (std::size_t i = 0; i < graph_.threads.size(); ++i)
    if (graph_.threads[i].motion == Motion::free)
      free.push_back(static_cast<int>(i));
  if (free.empty()) return "not stuck: " + verdict_.why_not;
  const Thread& first = at(free.front());
  const std::vector<int> siblings = threads_of(graph_, first.process);
  const bool whole =
      std::all_of(siblings.begin(), siblings.end(), [&](int one) {
        return at(one).motion == Motion::free && at(one).why == first.why;
      });
  std::string text = "not stuck: ";
  text +=
      whole ? speaker_.process(first.process) : speaker_.thread(free.front());
  text += ' ' + first.why;
  const std::size_t more = free.size() - (whole ? siblings.size() : 1);
  if (more > 0)
    text += fmt::format(", and {} more {} may move too", more,
                        more == 1 ? "thread" : "threads");
  return text;
}

}  // namespace

std::vector<std::string> explain(const Graph& graph, const Verdict& verdict,
                                 const StuckCause& cause) {
  return Explainer(graph, verdict, cause).explain();
}

}  // namespace poolbugs::judge
