#include "harness/catalogue/outcome.hpp"

#include <gtest/gtest.h>

#include <set>

namespace poolbugs::catalogue {
namespace {

TEST(Outcome, IsReadAsItIsWritten) {
  std::set<std::string_view> spellings;
  for (const Outcome outcome : kOutcomes) {
    EXPECT_EQ(parse_outcome(to_string(outcome)), outcome);
    spellings.insert(to_string(outcome));
  }
  EXPECT_EQ(spellings.size(), kOutcomes.size());
}

TEST(Outcome, IsSpeltAsInTheDesign) {
  EXPECT_EQ(to_string(Outcome::wrong_result), "wrong-result");
  EXPECT_EQ(to_string(Outcome::silent_loss), "silent-loss");
  EXPECT_EQ(to_string(Outcome::clear_error), "clear-error");
}

TEST(Outcome, OfAnotherSpellingIsNone) {
  for (const char* text : {"", "Ok", "ok ", "wrong_result", "?"})
    EXPECT_EQ(parse_outcome(text), std::nullopt) << text;
}

TEST(Grade, IsReadAsItIsWritten) {
  for (const Grade grade :
       {Grade::proven, Grade::quiescent, Grade::spinning, Grade::timeout})
    EXPECT_EQ(parse_grade(to_string(grade)), grade);
  EXPECT_EQ(parse_grade("probably"), std::nullopt);
}

TEST(Verdict, IsReadAsItIsWritten) {
  for (const Verdict verdict :
       {Verdict::as_promised, Verdict::broken_promise, Verdict::unsupported})
    EXPECT_EQ(parse_verdict(to_string(verdict)), verdict);
  EXPECT_EQ(parse_verdict("passed"), std::nullopt);
}

}  // namespace
}  // namespace poolbugs::catalogue
