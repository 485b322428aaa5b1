#include "harness/judge/hang.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolbugs::judge {
namespace {

using catalogue::Grade;
using run::End;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Grade grade(End end, run::Activity last) {
  run::Observation seen;
  seen.end = end;
  seen.last = last;
  return grade_hang(seen);
}

TEST(GradeHang, BelievesTheSupervisorThatNothingRan) {
  EXPECT_EQ(grade(End::quiescent, {}), Grade::quiescent);
}

TEST(GradeHang, IsSpinningIfTheOneWhoWentOnNeverSlept) {
  auto examined = std::make_shared<wait::Examined>();
  examined->graph.threads.resize(2);
  examined->graph.threads[1].motion = wait::Motion::poller;
  run::Observation seen;
  seen.end = End::quiescent;
  seen.examined = examined;
  EXPECT_EQ(grade_hang(seen), Grade::quiescent);
  examined->graph.threads[1].spins = true;
  EXPECT_EQ(grade_hang(seen), Grade::spinning);
}

TEST(GradeHang, IsSpinningWhereCpuBurnsAndNothingMoves) {
  EXPECT_EQ(grade(End::deadline, {2, 1.0, 100, 0, 0}), Grade::spinning);
  EXPECT_EQ(grade(End::deadline, {2, 3.9, 100, 0, 0}), Grade::spinning);
  EXPECT_EQ(grade(End::deadline, {2, 0.99, 100, 0, 0}), Grade::timeout);
  EXPECT_EQ(grade(End::deadline, {2, 2.0, 100, 1, 0}), Grade::timeout);
  EXPECT_EQ(grade(End::deadline, {2, 2.0, 100, 0, 1}), Grade::timeout);
}

TEST(GradeHang, IsSpinningWhereOthersHadTheCpu) {
  EXPECT_EQ(grade(End::deadline, {2, 0.2, 9, 0, 0, 0.8}), Grade::spinning);
  EXPECT_EQ(grade(End::deadline, {2, 0.2, 9, 0, 0, 0.7}), Grade::timeout);
  // Pollers wait for a CPU too, but use next to none.
  EXPECT_EQ(grade(End::deadline, {2, 0.09, 9, 0, 0, 1.9}), Grade::quiescent);
}

TEST(GradeHang, IsQuiescentAtADeadlineIfOnlyPollersCameRound) {
  EXPECT_EQ(grade(End::deadline, {2, 0.09, 100, 0, 0}), Grade::quiescent);
  EXPECT_EQ(grade(End::deadline, {2, 0.1, 100, 0, 0}), Grade::timeout);
  EXPECT_EQ(grade(End::deadline, {2, 0.0, 100, 5, 0}), Grade::timeout);
  EXPECT_EQ(grade(End::deadline, {2, 0.0, 100, 0, 1}), Grade::timeout);
}

TEST(GradeHang, IsATimeoutIfNothingWasMeasured) {
  EXPECT_EQ(grade(End::deadline, {}), Grade::timeout);
}

TEST(ExplainHang, SaysWhereEveryoneWas) {
  run::Observation seen;
  seen.threads = {{"parent", 1, 'S', "waitid"},
                  {"worker 1", 2, 'S', "futex"},
                  {"worker 2", 1, 'R', ""},
                  {"worker 3", 1, 'T', "read"}};
  EXPECT_THAT(explain_hang(seen, Grade::quiescent),
              ElementsAre(HasSubstr("nothing ran any more"),
                          "When it was ended: parent waits in waitid; worker "
                          "1, thread 2 waits in futex; worker 2 runs; worker "
                          "3 is stopped."));
  seen.threads.push_back({"worker 4", 1, 'Z', ""});
  EXPECT_THAT(explain_hang(seen, Grade::spinning),
              ElementsAre(HasSubstr("burnt CPU"), HasSubstr("; and so on.")));
}

TEST(ExplainHang, ManagesWithoutThreads) {
  EXPECT_THAT(explain_hang({}, Grade::timeout),
              ElementsAre(HasSubstr("in its time")));
}

}  // namespace
}  // namespace poolbugs::judge
