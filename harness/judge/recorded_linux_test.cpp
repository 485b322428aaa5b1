// Trees that were really there, as `poolbugs watch --facts` wrote them: decided
// again from the facts alone, and again with one fact changed.
//
// recorded/NAME.json: what was run, what is expected of it, the facts. Without
// descriptors and outside files that nobody waits for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "harness/judge/cause.hpp"
#include "harness/report/facts_json.hpp"
#include "platform/features.hpp"

namespace poolbugs::judge {
namespace {

using testing::AllOf;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;
using testing::Not;
using testing::SizeIs;
using wait::Facts;
using wait::Motion;
using wait::Pollers;
using wait::Proof;

const std::filesystem::path kFolder =
    POOLBUGS_SOURCE_DIR "/harness/judge/recorded";

struct Recorded {
  std::string name;
  Facts facts;
  Pollers pollers;
  nlohmann::ordered_json expected;
};

void PrintTo(const Recorded& one, std::ostream* out) { *out << one.name; }

template <class Predicate>
std::vector<Recorded> load(Predicate wanted) {
  std::vector<Recorded> some;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream stream(entry.path());
    const auto all = nlohmann::ordered_json::parse(stream);
    auto facts = report::facts_from_json(all.at("facts"));
    if (!facts)
      throw std::runtime_error(entry.path().string() + ": " +
                               facts.error().text);
    Recorded one{entry.path().stem().string(), *facts,
                 all.at("pollers").get<Pollers>(), all.at("expected")};
    if (wanted(one)) some.push_back(std::move(one));
  }
  std::sort(some.begin(), some.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return some;
}

bool is_hang(const Recorded& one) { return one.expected["proof"] == "whole"; }
bool is_healthy(const Recorded& one) { return !is_hang(one); }
/// What rescues it is that somebody outside holds a file.
bool is_rescued(const Recorded& one) {
  return one.expected.value("stuck_if_alone", false);
}

std::string name_of(const testing::TestParamInfo<Recorded>& info) {
  return info.param.name;
}

Proof decide_again(const Facts& facts, const Pollers& pollers) {
  return wait::decide(wait::build_graph(facts, pollers)).proof;
}

void skip_elsewhere() {
  if (!detect_features().has("x86_64"))
    GTEST_SKIP() << "recorded with the system call numbers of x86-64";
}

/// Each file behind a descriptor, a mapping or a futex that somebody needs.
std::vector<wait::FileId> waited_for(const Facts& facts) {
  std::vector<wait::FileId> files;
  for (const wait::ProcessFacts& process : facts.processes) {
    for (const wait::Descriptor& one : process.descriptors)
      if (one.kind != wait::FileKind::epoll) files.push_back(one.file);
    for (const wait::ThreadFacts& thread : process.threads)
      for (const wait::Futex& futex : thread.futexes)
        if (futex.shared) files.push_back(futex.file);
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

// --- proved

class RecordedHangs : public testing::TestWithParam<Recorded> {
 protected:
  void SetUp() override { skip_elsewhere(); }
  const Facts facts_ = GetParam().facts;
  [[nodiscard]] Proof decided(const Facts& facts) const {
    return decide_again(facts, GetParam().pollers);
  }
  /// The proof that is left if one thread may move, but wakes nobody.
  [[nodiscard]] Proof partly() const {
    std::size_t threads = 0;
    for (const auto& process : facts_.processes)
      threads += process.threads.size();
    return threads > 1 ? Proof::but_pollers : Proof::none;
  }
  /// Changes each thread in turn.
  void each_thread(const std::function<void(wait::ThreadFacts&)>& change,
                   Proof expected) const {
    for (std::size_t p = 0; p < facts_.processes.size(); ++p)
      for (std::size_t t = 0; t < facts_.processes[p].threads.size(); ++t) {
        Facts changed = facts_;
        change(changed.processes[p].threads[t]);
        EXPECT_EQ(decided(changed), expected) << "process " << p << ", " << t;
      }
  }
  void each_process(
      const std::function<void(wait::ProcessFacts&)>& change) const {
    for (std::size_t p = 0; p < facts_.processes.size(); ++p) {
      if (facts_.processes[p].threads.empty()) continue;
      Facts changed = facts_;
      change(changed.processes[p]);
      EXPECT_EQ(decided(changed), Proof::none) << "process " << p;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Recorded, RecordedHangs,
                         testing::ValuesIn(load(is_hang)), name_of);

TEST_P(RecordedHangs, AreProvedWithTheirCause) {
  const wait::Graph graph = wait::build_graph(facts_, GetParam().pollers);
  const wait::Verdict verdict = wait::decide(graph);
  const StuckCause cause = cause_of(graph, verdict);
  EXPECT_EQ(verdict.proof, Proof::whole)
      << verdict.why_not << testing::PrintToString(graph.unless);
  EXPECT_THAT(verdict.stuck, SizeIs(graph.threads.size()));
  EXPECT_EQ(cause.slug, GetParam().expected["cause"].get<std::string>());
  EXPECT_EQ(cause.core.size(), GetParam().expected["core"].get<std::size_t>());
  EXPECT_THAT(explain(graph, verdict, cause), SizeIs(AllOf(Ge(1U), Le(6U))));
  EXPECT_THAT(mermaid(graph, verdict, cause), Not(IsEmpty()));
}

TEST_P(RecordedHangs, NobodyMayRun) {
  each_thread([](auto& thread) { thread.asleep = false; }, Proof::none);
}
TEST_P(RecordedHangs, NobodyMaySleepElsewhere) {
  each_thread([](auto& thread) { thread.elsewhere = true; }, Proof::none);
}
TEST_P(RecordedHangs, NobodyMayBeOutsideOfACall) {
  each_thread([](auto& thread) { thread.call = -1; }, Proof::none);
}
TEST_P(RecordedHangs, NobodyMaySleepInAnyOtherCall) {
  constexpr long kNanosleep = 35, kUnheardOf = 9999;
  each_thread([](auto& thread) { thread.call = kNanosleep; }, Proof::none);
  each_thread([](auto& thread) { thread.call = kUnheardOf; }, Proof::none);
}
TEST_P(RecordedHangs, NobodyMayBeTracedOrStopped) {
  each_thread([](auto& thread) { thread.state = 't'; }, Proof::none);
  each_thread([](auto& thread) { thread.state = 'T'; }, partly());
}
TEST_P(RecordedHangs, EverybodyMustBeSeen) {
  each_process([](auto& process) { process.readable = false; });
  each_process([](auto& process) { process.modelled = false; });
  each_process([](auto& process) { process.threads.clear(); });
}
TEST_P(RecordedHangs, NoProcessMayHaveTimersOrSignalsOfDescriptors) {
  each_process([](auto& process) { process.timers = true; });
  each_process(
      [](auto& process) { process.descriptors.emplace_back().signals = true; });
  each_process([](auto& process) {
    process.descriptors.emplace_back().kind = wait::FileKind::io_uring;
  });
}

TEST_P(RecordedHangs, OneMoreThreadThatMovesBelowAnyProcessIsNoProof) {
  for (const wait::ProcessFacts& parent : facts_.processes) {
    Facts changed = facts_;
    wait::ProcessFacts child;
    child.id = 3'999'999;
    child.parent = parent.id;
    child.timers = false;
    child.threads.emplace_back().id = child.id;
    changed.processes.push_back(child);
    EXPECT_EQ(decided(changed), Proof::none) << parent.id;
  }
}

/// Somebody outside holds all there is: whoever waits for any of it may move.
TEST_P(RecordedHangs, AnyFileThatTheyWaitForMayNotBeHeldOutside) {
  const wait::Graph graph = wait::build_graph(facts_, GetParam().pollers);
  const auto between_processes = [&](const wait::Thread& thread) {
    return std::any_of(
        thread.waits.begin(), thread.waits.end(), [&](const auto& wait) {
          const auto& object =
              graph.objects[static_cast<std::size_t>(wait.object)];
          using wait::ObjectKind;
          return object.shared || object.kind == ObjectKind::pipe ||
                 object.kind == ObjectKind::socket ||
                 object.kind == ObjectKind::file_lock;
        });
  };
  if (std::none_of(graph.threads.begin(), graph.threads.end(),
                   between_processes))
    return;
  Facts changed = facts_;
  changed.around.held_outside = waited_for(facts_);
  EXPECT_EQ(decided(changed), Proof::none);
}

TEST_P(RecordedHangs, TheWorldMustBeClosed) {
  const auto around = [&](auto change) {
    Facts changed = facts_;
    change(changed.around);
    return decided(changed);
  };
  using Alarm = wait::Surroundings::Alarm;
  EXPECT_NE(around([](auto& it) { it.alarm = Alarm::unknown; }), Proof::whole);
  EXPECT_NE(around([](auto& it) { it.alarm = Alarm::pending_somewhere; }),
            Proof::whole);
  EXPECT_NE(around([](auto& it) {
              it.saw_everybody = false;
              it.strange_sockets = true;
            }),
            Proof::whole);
  EXPECT_NE(around([](auto& it) { it.sockets_hold = true; }), Proof::whole);
  EXPECT_EQ(around([](auto& it) { it.traces_outside = true; }), Proof::none);
  Facts disturbed = facts_;
  disturbed.disturbed = "the tree changed";
  EXPECT_EQ(decided(disturbed), Proof::none);
}

TEST_P(RecordedHangs, APollerIsNoWholeProof) {
  for (const wait::ProcessFacts& process : facts_.processes)
    for (const wait::ThreadFacts& thread : process.threads)
      EXPECT_EQ(decide_again(facts_, {{process.id, thread.id}}), partly());
}

// --- healthy

class RecordedHealthy : public testing::TestWithParam<Recorded> {
  void SetUp() override { skip_elsewhere(); }
};
INSTANTIATE_TEST_SUITE_P(Recorded, RecordedHealthy,
                         testing::ValuesIn(load(is_healthy)), name_of);

TEST_P(RecordedHealthy, AreNotProved) {
  const Recorded& one = GetParam();
  const wait::Verdict verdict =
      wait::decide(wait::build_graph(one.facts, one.pollers));
  // One that rests until a signal comes is not free, but not proved either.
  if (one.expected["proof"] == "but_signals")
    EXPECT_EQ(verdict.outlook[0], wait::Outlook::only_by_signal);
  else
    EXPECT_EQ(verdict.proof, Proof::none);
  EXPECT_NE(verdict.proof, Proof::whole);
  EXPECT_EQ(verdict.why_not, one.expected["why_not"].get<std::string>());
}

class RecordedRescued : public testing::TestWithParam<Recorded> {
  void SetUp() override { skip_elsewhere(); }
};
INSTANTIATE_TEST_SUITE_P(Recorded, RecordedRescued,
                         testing::ValuesIn(load(is_rescued)), name_of);

/// Without the others outside they would be stuck: it is that what decides.
TEST_P(RecordedRescued, WouldBeStuckIfTheyWereAlone) {
  Facts alone = GetParam().facts;
  alone.around.held_outside.clear();
  alone.around.eventfds_outside.clear();
  EXPECT_NE(decide_again(alone, GetParam().pollers), Proof::none);
}

TEST(RecordedFiles, AreManyOfBothKinds) {
  EXPECT_THAT(load(is_hang), SizeIs(Ge(15U)));
  EXPECT_THAT(load(is_healthy), SizeIs(Ge(10U)));
  EXPECT_THAT(load(is_rescued), SizeIs(Ge(5U)));
}

}  // namespace
}  // namespace poolbugs::judge
