// What is said of the programs of program.hpp is right: looked at without a
// pause, as their watcher does it and as anybody else could.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>

#include "harness/judge/cause.hpp"
#include "harness/plants/field/judged.hpp"
#include "harness/plants/field/launch.hpp"

namespace poolbugs::field {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using wait::Examined;
using wait::Proof;
using Clock = std::chrono::steady_clock;

/// Only a failure takes so long.
constexpr std::chrono::seconds kPatience{100};
/// Looks at a tree at rest …
constexpr int kEnough = 20;
/// … after which nothing else will be said of it.
constexpr int kSettled = 200;

/// Looks again and again, in turn as its watcher and as somebody else, until
/// `enough` says so. False: it ran out of patience. Whoever is asked for
/// timers, by its watcher, sleeps on, and is woken as ever.
template <class Enough>
bool look(const Launched& program, Enough enough, bool no_signals,
          wait::Ask ask) {
  const auto deadline = Clock::now() + kPatience;
  for (int i = 0; Clock::now() < deadline; ++i) {
    const bool ours = i % 2 == 0;
    wait::Tree tree = program.tree(ours);
    tree.no_signals = no_signals;
    if (ours) tree.ask = ask;
    tree.with_parts = true;
    if (enough(wait::examine(tree), ours)) return true;
    ::poll(nullptr, 0, 2);
  }
  return false;
}

std::string joined(const std::vector<std::string>& phrases) {
  std::string all;
  for (const std::string& phrase : phrases) all += "unless " + phrase + "; ";
  return all;
}

// --- healthy ones

struct Place {
  Healthy row;
  bool terminal = false;
};

void PrintTo(const Place& place, std::ostream* out) {
  *out << place.row.program.name << (place.terminal ? "_on_a_terminal" : "");
}

std::vector<Place> places() {
  std::vector<Place> all;
  for (const Healthy& row : healthy()) {
    if (!row.only_on_a_terminal) all.push_back({row, false});
    all.push_back({row, true});
  }
  return all;
}

class Healthies : public testing::TestWithParam<Place> {
 protected:
  /// Never more than is right; what is said under a condition is true.
  static void expect_true(const Examined& seen, bool signals) {
    const Healthy& row = GetParam().row;
    const Says most = signals ? row.right : assumed(row.right);
    if (signals) {
      EXPECT_FALSE(looks_like(seen.verdict, wait::Outlook::never))
          << in_words(seen);
    }
    if (seen.verdict.proof == Proof::conditional) {
      EXPECT_TRUE(
          most >= Says::whole_by_signal ||
          (!row.unless.empty() &&
           joined(seen.graph.unless).find(row.unless) != std::string::npos))
          << "proved " << joined(seen.graph.unless) << in_words(seen);
    }
    if (says(seen) >= Says::whole_by_signal) {
      EXPECT_LE(says(seen), most) << in_words(seen);
    }
  }

  static bool is_ready(Launched& program) {
    return program.output().find("ready") != std::string::npos;
  }
};

INSTANTIATE_TEST_SUITE_P(, Healthies, testing::ValuesIn(places()),
                         [](const auto& one) {
                           return testing::PrintToString(one.param);
                         });

TEST_P(Healthies, AreNeverProvedAndGoOn) {
  const Healthy& row = GetParam().row;
  if (const std::string why = lacks(row.program); !why.empty())
    GTEST_SKIP() << why;
  Launched program(row.program, GetParam().terminal);
  Rest rest;
  Examined last;
  ASSERT_TRUE(look(
      program,
      [&](const Examined& seen, bool ours) {
        expect_true(seen, true);
        if (!ours) return HasFailure();
        last = seen;
        return HasFailure() ||
               (rest.look(seen.facts) >= kEnough && is_ready(program));
      },
      false, wait::Ask::nobody))
      << "it does not come to rest: " << in_words(last) << program.output();
  const Says without_signals = assumed(row.right);
  look(
      program,
      [&, looks = 0](const Examined& seen, bool ours) mutable {
        expect_true(seen, false);
        if (ours) last = seen;
        return HasFailure() ||
               ++looks >=
                   (without_signals == says_alone(last) ? kEnough : kSettled);
      },
      true, wait::Ask::to_say_more);
  EXPECT_EQ(says_alone(last), without_signals) << in_words(last);
  ASSERT_FALSE(program.ended());
  program.wake(row.wake, program.id());
  const auto deadline = Clock::now() + kPatience;
  while (!program.ended() && Clock::now() < deadline) ::poll(nullptr, 0, 2);
  EXPECT_EQ(program.ended(), 0) << "it did not go on";
  EXPECT_THAT(program.output(), HasSubstr(row.says));
}

// --- hangs

void provoke(Launched& program, const Hang& row) {
  if (row.request_to.empty()) return;
  const auto deadline = Clock::now() + kPatience;
  while (!std::filesystem::exists(program.folder() / row.request_to))
    if (Clock::now() > deadline)
      FAIL() << "there is no socket: " << program.output();
    else
      ::poll(nullptr, 0, 2);
  program.request(row.request_to);
}

bool has_stuck(const Examined& seen, const std::string& name) {
  return std::any_of(
      seen.verdict.stuck.begin(), seen.verdict.stuck.end(),
      [&](int thread) { return names_of({thread}, seen.graph) == name; });
}

/// Until it is said as its watcher sees it, or, if there is nothing to be
/// said, until it has been at rest for long.
void expect_said(const Launched& program, const Hang& row, bool no_signals) {
  const Says right = no_signals ? assumed(row.right) : row.right;
  const bool is_part = right == Says::part || right == Says::part_by_signal;
  Rest rest;
  int looks = 0;  // for those that come round by themselves
  Examined last;
  bool said = false;
  look(
      program,
      [&](const Examined& seen, bool ours) {
        if (says(seen) >= Says::whole_by_signal) {
          EXPECT_LE(says(seen), right) << in_words(seen);
        }
        if (testing::Test::HasFailure()) return true;
        if (!ours) return false;
        last = seen;
        const int rests = rest.look(seen.facts);
        if (right == Says::moves)
          return rests >= kEnough ||
                 (looks += seen.graph.disturbed.empty()) >= 3 * kEnough;
        said = says_alone(seen) == right &&
               (!is_part || has_stuck(seen, row.core));
        return said || rests >= kSettled;
      },
      no_signals, wait::Ask::to_say_more);
  if (right == Says::moves || testing::Test::HasFailure()) return;
  ASSERT_TRUE(said) << "said: " << says(last) << ", right: " << right << "; "
                    << in_words(last);
  if (row.cause.empty()) return;
  const judge::StuckCause cause = judge::cause_of(last.graph, last.verdict);
  EXPECT_EQ(cause.slug, row.cause) << in_words(last);
  if (is_part || row.core.empty()) return;
  EXPECT_EQ(names_of(cause.core, last.graph), row.core) << in_words(last);
}

class Hangs : public testing::TestWithParam<Hang> {};

std::string name_of(const testing::TestParamInfo<Hang>& info) {
  return info.param.program.name;
}

INSTANTIATE_TEST_SUITE_P(Reported, Hangs, testing::ValuesIn(hangs()), name_of);
INSTANTIATE_TEST_SUITE_P(Ordinary, Hangs, testing::ValuesIn(ordinary()),
                         name_of);

TEST_P(Hangs, AreToldAsTheyAre) {
  const Hang& row = GetParam();
  if (const std::string why = lacks(row.program); !why.empty())
    GTEST_SKIP() << why;
  Launched program(row.program, false);
  ASSERT_NO_FATAL_FAILURE(provoke(program, row));
  expect_said(program, row, false);
  if (!HasFailure() && assumed(row.right) != row.right)
    expect_said(program, row, true);
  if (HasFailure()) std::cerr << program.output();
}

}  // namespace
}  // namespace poolbugs::field
