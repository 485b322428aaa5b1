#include "harness/catalogue/condition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolbugs::catalogue {
namespace {

using ::testing::HasSubstr;

bool holds(std::string_view text,
           std::optional<StartMethod> start = StartMethod::fork) {
  RunContext context;
  context.features.words = {"linux", "glibc", "x86_64"};
  context.features.versions = {{"boost", {1, 81, 0}}, {"glibc", {2, 36}}};
  context.start = start;
  const Result<Condition> condition = Condition::parse(text);
  if (!condition) ADD_FAILURE() << condition.error().text;
  return condition && condition->holds(context);
}

std::string fault_of(std::string_view text) {
  const Result<Condition> condition = Condition::parse(text);
  return condition ? "" : condition.error().text;
}

TEST(Condition, HoldsForFeatures) {
  EXPECT_TRUE(holds("true"));
  EXPECT_TRUE(holds("linux"));
  EXPECT_FALSE(holds("windows"));
  EXPECT_TRUE(holds("not windows"));
  EXPECT_FALSE(holds("not not windows"));
}

TEST(Condition, KnowsTheStartMethodOfThisRunOnly) {
  EXPECT_TRUE(holds("fork"));
  EXPECT_FALSE(holds("spawn"));
  EXPECT_TRUE(holds("spawn", StartMethod::spawn));
  EXPECT_FALSE(holds("forkserver"));
  EXPECT_FALSE(holds("fork or spawn or forkserver", std::nullopt));
}

TEST(Condition, BindsNotBeforeAndBeforeOr) {
  EXPECT_TRUE(holds("linux or windows and macos"));
  EXPECT_FALSE(holds("(linux or windows) and macos"));
  EXPECT_TRUE(holds("not windows and linux"));
  EXPECT_FALSE(holds("not (windows or linux)"));
  EXPECT_TRUE(holds("not linux or not windows"));
}

TEST(Condition, ComparesVersionsByNumber) {
  EXPECT_TRUE(holds("boost >= 1.9"));
  EXPECT_TRUE(holds("boost < 1.100"));
  EXPECT_FALSE(holds("boost >= 1.82"));
  EXPECT_TRUE(holds("boost>=1.81"));
  EXPECT_FALSE(holds("glibc > 2"));
  EXPECT_TRUE(holds("glibc <= 2.36.0"));
}

TEST(Condition, ComparesVersionsAsFarAsTheyAreWritten) {
  EXPECT_TRUE(holds("boost == 1.81"));
  EXPECT_TRUE(holds("boost == 1"));
  EXPECT_FALSE(holds("boost > 1.81"));
  EXPECT_FALSE(holds("boost == 1.81.1"));
  EXPECT_TRUE(holds("boost != 1.80"));
}

TEST(Condition, OfAVersionThatIsNotThereNeverHolds) {
  EXPECT_FALSE(holds("kernel >= 1"));
  EXPECT_FALSE(holds("kernel != 1"));
  EXPECT_TRUE(holds("not kernel >= 1"));
}

TEST(Condition, TakesAWordAsFeatureAndAsVersion) {
  EXPECT_TRUE(holds("glibc and glibc >= 2.30"));
}

TEST(Condition, KeepsItsText) {
  EXPECT_EQ(Condition::parse("fork and not glibc")->text(),
            "fork and not glibc");
}

TEST(Condition, ProposesTheKnownWord) {
  const std::string fault = fault_of("fork and not glbc");
  EXPECT_THAT(fault, HasSubstr("condition `fork and not glbc`"));
  EXPECT_THAT(fault, HasSubstr("unknown word `glbc` at column 14"));
  EXPECT_THAT(fault, HasSubstr("did you mean `glibc`?"));
  EXPECT_THAT(fault_of("bost >= 1.2"), HasSubstr("did you mean `boost`?"));
  EXPECT_THAT(fault_of("sparn"), HasSubstr("did you mean `spawn`?"));
}

TEST(Condition, SaysWhatIsMissing) {
  EXPECT_THAT(fault_of(""), HasSubstr("a condition is missing at column 1"));
  EXPECT_THAT(fault_of("  "), HasSubstr("a condition is missing"));
  EXPECT_THAT(fault_of("fork and"), HasSubstr("missing at column 9"));
  EXPECT_THAT(fault_of("not"), HasSubstr("a condition is missing"));
  EXPECT_THAT(fault_of("(fork"), HasSubstr("`)` is missing at column 6"));
  EXPECT_THAT(fault_of("boost"), HasSubstr("needs a version"));
  EXPECT_THAT(fault_of("boost >="), HasSubstr("a version such as 1.84"));
  EXPECT_THAT(fault_of("boost >= linux"), HasSubstr("a version such as"));
}

TEST(Condition, SaysWhatIsTooMuch) {
  EXPECT_THAT(fault_of("fork spawn"), HasSubstr("`spawn` is not expected"));
  EXPECT_THAT(fault_of("fork)"), HasSubstr("`)` is not expected"));
  EXPECT_THAT(fault_of("or fork"), HasSubstr("before `or` at column 1"));
  EXPECT_THAT(fault_of("fork && spawn"), HasSubstr("`&` means nothing"));
  EXPECT_THAT(fault_of("boost >= 1.x"), HasSubstr("`1.x` at column 10"));
  EXPECT_THAT(fault_of("boost >= 1."), HasSubstr("is no version"));
  EXPECT_THAT(fault_of("boost >= 99999999999"), HasSubstr("is no version"));
  EXPECT_THAT(fault_of("linux >= 1"), HasSubstr("unknown word `linux`"));
  EXPECT_THAT(fault_of("(true"), HasSubstr("is missing"));
}

TEST(Condition, DoesNotOverflowTheStack) {
  EXPECT_THAT(fault_of(std::string(500'000, '(')),
              HasSubstr("too many parentheses"));
  std::string nots;
  for (int i = 0; i < 100'000; ++i) nots += "not ";
  EXPECT_TRUE(holds(nots + "linux"));
}

TEST(Condition, ThatWasNeverParsedDoesNotHold) {
  EXPECT_FALSE(Condition().holds({}));
}

}  // namespace
}  // namespace poolbugs::catalogue
