// The decision of random graphs: against a second opinion, and under random
// changes. One seed each, so that a failure names its graph.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "platform/wait_graph_by_hand_test_support.hpp"

namespace poolbugs::wait {
namespace {

using namespace testing_support;

constexpr unsigned kGraphs = 5000;

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int below(int limit) {
    return std::uniform_int_distribution<int>(0, limit - 1)(engine_);
  }
  bool one_in(int chances) { return below(chances) == 0; }

 private:
  std::mt19937 engine_;
};

Wait random_wait(Random& random, const Graph& graph, int threads) {
  Wait wait{0, Event::woken, {}, {}, random.one_in(2)};
  for (int i = random.below(3); i > 0; --i)
    wait.processes.push_back(
        random.below(static_cast<int>(graph.processes.size())));
  for (int i = random.below(3); i > 0; --i)
    wait.threads.push_back(random.below(threads));
  return wait;
}

void random_signals(Random& random, const Graph& graph, Signals& signals) {
  if (random.one_in(8)) signals.outside = 1 << 14;
  if (random.one_in(8)) signals.members = 1 << 5;
  signals.stop = random.one_in(12);
  if (random.one_in(12))
    signals.senders.push_back(
        random.below(static_cast<int>(graph.processes.size())));
}

Graph random_graph(Random& random) {
  Graph graph = graph_of(1 + random.below(5), {});
  const int threads = 1 + random.below(12);
  const int free_in = 2 + random.below(40);
  for (int i = 0; i < threads; ++i) {
    Thread thread;
    thread.process = random.below(static_cast<int>(graph.processes.size()));
    thread.motion = Motion::blocked;
    if (random.one_in(free_in)) thread.motion = Motion::free;
    if (random.one_in(30)) thread.motion = Motion::poller;
    if (random.one_in(50)) thread.motion = Motion::stopped;
    thread.why = thread.motion == Motion::free ? "runs" : "";
    if (thread.motion == Motion::blocked)
      for (int k = random.below(4); k > 0; --k)
        thread.waits.push_back(random_wait(random, graph, threads));
    random_signals(random, graph, thread.signals);
    graph.threads.push_back(thread);
  }
  graph.no_signals = random.one_in(4);
  if (random.one_in(4)) graph.unless.emplace_back("an alarm is pending");
  graph.unseen = random.one_in(20);
  return graph;
}

/// All subsets: the largest set of blocked threads none of which anybody
/// outside of it could wake is what can never move.
std::vector<int> stuck_by_force(const Graph& graph) {
  const std::size_t size = graph.threads.size();
  const bool any_free =
      std::any_of(graph.threads.begin(), graph.threads.end(),
                  [](const Thread& one) { return one.motion == Motion::free; });
  const auto moves = [&](unsigned set, std::size_t i) {
    const Motion motion = graph.threads[i].motion;
    return (set >> i & 1U) == 0 && (any_free || (motion != Motion::poller &&
                                                 motion != Motion::stopped));
  };
  const auto closed = [&](unsigned set) {
    for (std::size_t i = 0; i < size; ++i) {
      if ((set >> i & 1U) == 0) continue;
      if (graph.threads[i].motion != Motion::blocked) return false;
      for (std::size_t k = 0; k < size; ++k) {
        if (!moves(set, k)) continue;
        if (graph.unseen && graph.threads[k].motion == Motion::free)
          return false;
        const auto& senders = graph.threads[i].signals.senders;
        if (std::count(senders.begin(), senders.end(),
                       graph.threads[k].process) > 0)
          return false;
        for (const Wait& wait : graph.threads[i].waits)
          if (std::count(wait.threads.begin(), wait.threads.end(), k) > 0 ||
              std::count(wait.processes.begin(), wait.processes.end(),
                         graph.threads[k].process) > 0)
            return false;
      }
    }
    return true;
  };
  unsigned best = 0;
  for (unsigned set = 0; set < 1U << size; ++set)
    if (closed(set)) best |= set;  // closed sets are closed under union
  std::vector<int> stuck;
  for (std::size_t i = 0; i < size; ++i)
    if ((best >> i & 1U) != 0) stuck.push_back(static_cast<int>(i));
  return stuck;
}

TEST(DecideRandom, AgreesWithTheSecondOpinion) {
  unsigned proofs = 0;
  for (unsigned seed = 0; seed < kGraphs; ++seed) {
    Random random(seed);
    const Graph graph = random_graph(random);
    const Verdict verdict = decide(graph);
    ASSERT_EQ(verdict.stuck, stuck_by_force(graph)) << "seed " << seed;
    const bool free = std::any_of(
        graph.threads.begin(), graph.threads.end(),
        [](const Thread& one) { return one.motion == Motion::free; });
    ASSERT_EQ(verdict.proof != Proof::none, !free && !verdict.stuck.empty());
    for (std::size_t i = 0; i < graph.threads.size(); ++i)
      ASSERT_TRUE(graph.threads[i].motion != Motion::free ||
                  verdict.outlook[i] == Outlook::may_move);
    proofs += verdict.proof == Proof::none ? 0 : 1;
  }
  // Otherwise the graphs would test one answer only.
  EXPECT_GT(proofs, kGraphs / 10);
  EXPECT_LT(proofs, kGraphs - kGraphs / 10);
}

/// What `after` says is no more than what `before` did.
void expect_weaker(const Verdict& before, const Verdict& after, unsigned seed) {
  ASSERT_LE(after.proof, before.proof) << "seed " << seed;
  for (std::size_t i = 0; i < before.outlook.size(); ++i)
    ASSERT_LE(before.outlook[i], after.outlook[i]) << "seed " << seed;
  ASSERT_TRUE(std::includes(before.stuck.begin(), before.stuck.end(),
                            after.stuck.begin(), after.stuck.end()))
      << "seed " << seed;
}

TEST(DecideRandom, FreeThreadNeverMakesAProof) {
  for (unsigned seed = 0; seed < kGraphs; ++seed) {
    Random random(seed);
    Graph graph = random_graph(random);
    const Verdict before = decide(graph);
    graph.threads.push_back(moving(
        random.below(static_cast<int>(graph.processes.size())), Motion::free));
    const Verdict after = decide(graph);
    ASSERT_EQ(after.proof, Proof::none) << "seed " << seed;
    expect_weaker(before, after, seed);
  }
}

TEST(DecideRandom, WakerNeverMakesAProof) {
  for (unsigned seed = 0; seed < kGraphs; ++seed) {
    Random random(seed);
    Graph graph = random_graph(random);
    const Verdict before = decide(graph);
    const int size = static_cast<int>(graph.threads.size());
    Thread& thread =
        graph.threads[static_cast<std::size_t>(random.below(size))];
    if (thread.motion != Motion::blocked) continue;
    if (thread.waits.empty() || random.one_in(2))
      thread.waits.push_back(random_wait(random, graph, size));
    else if (random.one_in(2))
      thread.waits[0].threads.push_back(random.below(size));
    else
      thread.waits[0].processes.push_back(
          random.below(static_cast<int>(graph.processes.size())));
    expect_weaker(before, decide(graph), seed);
  }
}

TEST(DecideRandom, SignalNeverMakesAProof) {
  for (unsigned seed = 0; seed < kGraphs; ++seed) {
    Random random(seed);
    Graph graph = random_graph(random);
    const Verdict before = decide(graph);
    const int size = static_cast<int>(graph.threads.size());
    Signals& signals =
        graph.threads[static_cast<std::size_t>(random.below(size))].signals;
    switch (random.below(5)) {
      case 0:
        signals.outside |= 2;
        break;
      case 1:
        signals.members |= 4;
        break;
      case 2:
        signals.stop = true;
        break;
      case 3:
        signals.senders.push_back(
            random.below(static_cast<int>(graph.processes.size())));
        break;
      default:
        graph.no_signals = false;
    }
    const Verdict after = decide(graph);
    expect_weaker(before, after, seed);
    // What moves by itself does so without signals, but for a child's.
    if (signals.senders.empty()) {
      ASSERT_EQ(after.stuck, before.stuck) << "seed " << seed;
    }
  }
}

/// A second opinion: with every handler a thread that is free, who is stuck?
TEST(DecideRandom, NeverMeansStuckThoughEveryHandlerRuns) {
  unsigned some = 0;
  for (unsigned seed = 0; seed < kGraphs; ++seed) {
    Random random(seed);
    Graph graph = random_graph(random);
    const Verdict verdict = decide(graph);
    const bool moves =
        std::count(verdict.outlook.begin(), verdict.outlook.end(),
                   Outlook::may_move) > 0 &&
        std::any_of(
            graph.threads.begin(), graph.threads.end(),
            [](const Thread& one) { return one.motion == Motion::free; });
    Graph handled = graph;
    for (Thread& thread : handled.threads) {
      const Signals& signals = thread.signals;
      const bool sent = signals.outside != 0 || signals.stop;
      if ((sent && (moves || !graph.no_signals)) ||
          (signals.members != 0 && moves) ||
          (thread.motion == Motion::stopped && !graph.no_signals))
        thread.motion = Motion::free;
    }
    std::vector<int> never;
    for (std::size_t i = 0; i < verdict.outlook.size(); ++i)
      if (verdict.outlook[i] == Outlook::never)
        never.push_back(static_cast<int>(i));
    ASSERT_EQ(never, stuck_by_force(handled)) << "seed " << seed;
    some += never.size() != verdict.stuck.size() ? 1 : 0;
  }
  EXPECT_GT(some, kGraphs / 20);
}

TEST(DecideRandom, ThreadThatTurnsFreeOrPollingNeverMakesAProof) {
  for (unsigned seed = 0; seed < kGraphs; ++seed) {
    Random random(seed);
    Graph graph = random_graph(random);
    const Verdict before = decide(graph);
    Thread& thread = graph.threads[static_cast<std::size_t>(
        random.below(static_cast<int>(graph.threads.size())))];
    if (thread.motion != Motion::blocked) continue;
    thread.motion = random.one_in(2) ? Motion::free : Motion::poller;
    expect_weaker(before, decide(graph), seed);
  }
}

TEST(DecideRandom, AssumptionNeverStrengthensAProof) {
  for (unsigned seed = 0; seed < kGraphs; ++seed) {
    Random random(seed);
    Graph graph = random_graph(random);
    const Verdict before = decide(graph);
    graph.unless.emplace_back("somebody opens it");
    const Verdict after = decide(graph);
    expect_weaker(before, after, seed);
    ASSERT_NE(after.proof, Proof::whole);
    graph.unless.clear();
    const Verdict without = decide(graph);
    expect_weaker(without, before, seed);
    // It is about the proof's strength, not about who is stuck.
    ASSERT_EQ(without.stuck, before.stuck);
  }
}

TEST(DecideRandom, DisturbanceNeverMakesAProof) {
  for (unsigned seed = 0; seed < kGraphs / 10; ++seed) {
    Random random(seed);
    Graph graph = random_graph(random);
    graph.disturbed = "it moved";
    ASSERT_EQ(decide(graph).proof, Proof::none);
    ASSERT_TRUE(decide(graph).stuck.empty());
  }
}

}  // namespace
}  // namespace poolbugs::wait
