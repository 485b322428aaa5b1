// The parts of the soak of generated programs that can be wrong without anybody
// noticing: what is a program, what is held against what was said of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "harness/plants/generated/generate.hpp"
#include "harness/plants/generated/stage.hpp"

namespace poolbugs::generated {
namespace {

constexpr std::uint64_t kSeeds = 300;

TEST(Generated, TextIsTheProgram) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Program program = generate(seed);
    const auto again = parse(to_text(program));
    ASSERT_TRUE(again) << to_text(program);
    EXPECT_EQ(*again, program) << to_text(program);
  }
}

TEST(Generated, WhatIsNoProgramIsNotParsed) {
  EXPECT_FALSE(parse(""));
  EXPECT_FALSE(parse("process 0 -1\n thread 0\n  sing\n"));
  EXPECT_FALSE(parse("process 0 -1\n thread 0\n  read o99.a\n"));
  EXPECT_FALSE(parse("thread 0\n  rest 1\n"));
  EXPECT_FALSE(parse("object 0 trumpet\nprocess 0 -1\n thread 0\n"));
}

TEST(Generated, SeedIsAlwaysTheSameProgramAndAnotherOneIsNot) {
  std::set<std::string> texts;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    EXPECT_EQ(generate(seed), generate(seed));
    texts.insert(to_text(generate(seed)));
  }
  EXPECT_GT(texts.size(), kSeeds * 9 / 10);
}

TEST(Generated, EveryActAndObjectOccurs) {
  std::set<Act> acts;
  std::set<ObjectKind> objects;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    const Program program = generate(seed);
    for (int i = 0; i < static_cast<int>(Act::kCount); ++i)
      if (program.has(static_cast<Act>(i))) acts.insert(static_cast<Act>(i));
    for (const Object& one : program.objects) objects.insert(one.kind);
  }
  for (const Act only_elsewhere : {Act::unblock, Act::exit})
    acts.insert(only_elsewhere);
  for (int i = 0; i < static_cast<int>(Act::kCount); ++i)
    EXPECT_TRUE(acts.contains(static_cast<Act>(i)))
        << name_of(static_cast<Act>(i));
  EXPECT_EQ(objects.size(), static_cast<std::size_t>(ObjectKind::kCount));
}

TEST(Generated, FeatureIsLeftOut) {
  const Taste taste{{Feature::signals, Feature::stops, Feature::outside}};
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Program program = generate(seed, taste);
    EXPECT_FALSE(program.has(Act::handle)) << to_text(program);
    EXPECT_FALSE(program.has(Act::stop)) << to_text(program);
    EXPECT_TRUE(program.outside.empty()) << to_text(program);
  }
}

void expect_known(const Target& target, const Program& program,
                  const Process* in) {
  switch (target.kind) {
    case Target::object:
      EXPECT_LT(target.index, static_cast<int>(program.objects.size()));
      break;
    case Target::process:
      EXPECT_LT(target.index, static_cast<int>(program.processes.size()));
      break;
    case Target::thread:
      ASSERT_NE(in, nullptr);
      EXPECT_LT(target.index, static_cast<int>(in->threads.size()));
      break;
    case Target::none:
      break;
  }
}

TEST(Generated, WhatIsSmallerStillFitsTogether) {
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    for (const Program& program : smaller(generate(seed))) {
      ASSERT_EQ(parse(to_text(program)), program);
      for (const Process& process : program.processes)
        for (const Script& script : process.threads)
          for (const Op& op : script) {
            expect_known(op.target, program, &process);
            expect_known(op.other, program, &process);
            for (const Target& one : op.set)
              expect_known(one, program, &process);
          }
      for (const OutsideOp& one : program.outside)
        expect_known(one.op.target, program, nullptr);
    }
}

TEST(Generated, WhatIsSmallerComesToAnEnd) {
  Program program = generate(8);
  while (true) {
    const auto candidates = smaller(program);
    if (candidates.empty()) break;
    ASSERT_LT(to_text(candidates.front()).size(), to_text(program).size());
    program = candidates.front();
  }
  EXPECT_EQ(program.processes.size(), 1U);
  EXPECT_TRUE(program.objects.empty());
}

/// A program of two threads, and what is said of them.
class GeneratedJudge : public testing::Test {
 protected:
  static constexpr int kFirst = 0, kSecond = 1;

  GeneratedJudge() {
    for (const int slot : {kFirst, kSecond}) {
      table_.slots[slot].thread = 100 + slot;
      table_.slots[slot].progress = 5;
      wait::Thread thread;
      thread.id = 100 + slot;
      thread.motion = wait::Motion::blocked;
      seen_.graph.threads.push_back(thread);
    }
    seen_.verdict.proof = wait::Proof::whole;
    seen_.verdict.outlook = {wait::Outlook::never, wait::Outlook::never};
  }

  void hear() { hear(Progress(table_)); }
  void hear(const Progress& before) {
    judge_.hear(std::make_shared<wait::Examined>(seen_), "by a test", before,
                Progress(table_));
  }
  void send_signals() {
    const int epoch = table_.epoch;
    for (int i = 0; i < kSlots; ++i)
      table_.before[epoch][i] = table_.slots[i].progress;
    table_.epoch = epoch + 1;
  }
  std::size_t found() {
    judge_.check();
    return judge_.found().size();
  }

  Program program_;
  Table table_{};
  Judge judge_{program_, table_};
  wait::Examined seen_;
};

TEST_F(GeneratedJudge, WhoStaysIsNotFound) {
  hear();
  EXPECT_EQ(judge_.claimed(), 2);
  EXPECT_EQ(found(), 0U);
}

TEST_F(GeneratedJudge, WhoGoesOnIsFoundOnce) {
  hear();
  hear();
  table_.slots[kSecond].progress = 6;
  ASSERT_EQ(found(), 1U);
  EXPECT_EQ(found(), 1U);
  EXPECT_EQ(judge_.found().front().slot, kSecond);
  EXPECT_EQ(judge_.found().front().from, 5U);
  EXPECT_EQ(judge_.found().front().to, 6U);
}

TEST_F(GeneratedJudge, WhoMovesWhileThePictureIsTakenIsNotHeldToIt) {
  const Progress before(table_);
  table_.slots[kFirst].progress = 6;
  hear(before);
  EXPECT_EQ(judge_.claimed(), 1);
  table_.slots[kFirst].progress = 7;
  EXPECT_EQ(found(), 0U);
}

TEST_F(GeneratedJudge, PictureWhileSignalsComeIsNone) {
  const Progress before(table_);
  send_signals();
  hear(before);
  EXPECT_EQ(judge_.claimed(), 0);
}

TEST_F(GeneratedJudge, DisturbedPictureSaysNothing) {
  seen_.graph.disturbed = "a thread ran meanwhile";
  hear();
  EXPECT_EQ(judge_.claimed(), 0);
}

TEST_F(GeneratedJudge, AfterSignalsOnlyNeverIsHeldAgainstIt) {
  seen_.verdict.outlook[kSecond] = wait::Outlook::only_by_signal;
  hear();
  send_signals();
  table_.slots[kFirst].progress = table_.slots[kSecond].progress = 6;
  ASSERT_EQ(found(), 1U);
  EXPECT_EQ(judge_.found().front().slot, kFirst);
}

TEST_F(GeneratedJudge, WhatMovedBeforeTheSignalsIsFoundAfterThem) {
  seen_.verdict.outlook[kSecond] = wait::Outlook::only_by_signal;
  hear();
  table_.slots[kSecond].progress = 6;
  send_signals();
  ASSERT_EQ(found(), 1U);
  EXPECT_EQ(judge_.found().front().slot, kSecond);
}

TEST_F(GeneratedJudge, NeverIfNobodySendsSignalsAllowsForThem) {
  seen_.graph.no_signals = true;
  hear();
  send_signals();
  table_.slots[kFirst].progress = 6;
  EXPECT_EQ(found(), 0U);
}

TEST_F(GeneratedJudge, InAPartMembersMaySendSignals) {
  seen_.verdict.proof = wait::Proof::none;
  seen_.verdict.outlook[kSecond] = wait::Outlook::only_by_signal;
  program_ = *parse("process 0 -1\n thread 0\n  kill p0 15\n");
  hear();
  EXPECT_EQ(judge_.claimed(), 1);
}

TEST_F(GeneratedJudge, TrueConditionExcuses) {
  seen_.graph.unless = {"an alarm is pending"};
  program_ = *parse("process 0 -1\n thread 0\n  alarm 100\n");
  hear();
  EXPECT_EQ(judge_.claimed(), 0);
}

TEST_F(GeneratedJudge, ConditionThatNobodyBringsAboutDoesNot) {
  seen_.graph.unless = {"an alarm is pending",
                        "a process that may not be looked into takes part"};
  hear();
  table_.slots[kFirst].progress = 6;
  EXPECT_EQ(found(), 1U);
}

}  // namespace
}  // namespace poolbugs::generated
