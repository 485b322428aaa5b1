#include "harness/catalogue/promise.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolbugs::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string fault_of(std::string_view text) {
  const Result<Promise> promise = parse_promise(text);
  return promise ? "" : promise.error().text;
}

struct Read {
  std::vector<std::string> promises;  ///< "condition -> promise | promise"
  std::vector<std::string> faults;    ///< "line: message"
};

/// What `broken = TOML` promises.
Read read(const std::string& toml) {
  Read found;
  const toml::table table = toml::parse("broken = " + toml);
  const auto promised = read_promises(
      *table.get("broken"), "broken", [&](int line, const std::string& what) {
        found.faults.push_back(fmt::format("{}: {}", line, what));
      });
  for (const ConditionalPromise& item : promised) {
    std::vector<std::string> texts;
    for (const Promise& promise : item.promises)
      texts.push_back(promise.text());
    found.promises.push_back(
        fmt::format("{} -> {}", item.when.text(), fmt::join(texts, " | ")));
  }
  return found;
}

TEST(Promise, IsAnOutcomeWithOrWithoutACause) {
  EXPECT_EQ(parse_promise("hang")->text(), "hang");
  EXPECT_EQ(parse_promise(" hang :  orphaned-lock ")->text(),
            "hang: orphaned-lock");
  EXPECT_EQ(parse_promise("hang: orphaned-lock")->cause, "orphaned-lock");
}

TEST(Promise, MayHaveColonsInItsCause) {
  EXPECT_EQ(parse_promise("clear-error: what: (EOF|end)")->cause,
            "what: (EOF|end)");
}

TEST(Promise, HasAKnownOutcome) {
  EXPECT_THAT(fault_of("hnag: x"), HasSubstr("did you mean `hang`?"));
  EXPECT_THAT(fault_of("wrong_result"), HasSubstr("`wrong-result`?"));
  EXPECT_THAT(fault_of("nonsense"), HasSubstr("write one of: runaway hang"));
  EXPECT_THAT(fault_of(""), HasSubstr("unknown outcome ``"));
}

TEST(Promise, IsNeverOfAHarnessErrorOrOfUnsupported) {
  EXPECT_THAT(fault_of("harness-error"), HasSubstr("cannot be promised"));
  EXPECT_THAT(fault_of("unsupported: x"), HasSubstr("`needs`"));
}

TEST(Promise, NamesACauseAfterItsColon) {
  EXPECT_THAT(fault_of("hang: "), HasSubstr("no cause after the colon"));
}

TEST(Promise, OfAClearErrorHasASoundExpression) {
  EXPECT_THAT(fault_of("clear-error"), HasSubstr("`clear-error: REGEX`"));
  EXPECT_THAT(fault_of("clear-error: (a"),
              HasSubstr("`(a` is not a regular expression: "));
  EXPECT_EQ(fault_of("crash: (a"), "");
}

TEST(Promises, OfAStringAlwaysHold) {
  EXPECT_THAT(read("\"ok\"").promises, ElementsAre("true -> ok"));
}

TEST(Promises, OfStringsAreAlternativesTypicalFirst) {
  EXPECT_THAT(read("[\"hang\", \"crash: SIGSEGV\", \"error\"]").promises,
              ElementsAre("true -> hang | crash: SIGSEGV | error"));
}

TEST(Promises, OfPairsKeepTheirOrder) {
  // Sorted by name, `fork` would come first and hide the two others.
  const Read found = read(
      "[[\"spawn and linux\", \"ok\"], [\"fork\", [\"hang\", \"crash\"]],\n"
      " [\"boost >= 1.81\", \"error\"]]");
  EXPECT_THAT(found.promises,
              ElementsAre("spawn and linux -> ok", "fork -> hang | crash",
                          "boost >= 1.81 -> error"));
  EXPECT_TRUE(found.faults.empty());
}

TEST(Promises, WithABadConditionPointAtIt) {
  EXPECT_THAT(read("[\n [\"fork\", \"ok\"],\n [\"frok\", \"ok\"],\n]").faults,
              ElementsAre(HasSubstr("3: `broken`: condition `frok`: unknown "
                                    "word `frok`")));
}

TEST(Promises, CollectAllFaults) {
  EXPECT_THAT(
      read("[\n [\"frok\", \"hagn\"],\n \"ok\",\n [\"fork\"],\n"
           " [\"fork\", 7],\n [1, \"ok\"],\n]")
          .faults,
      ElementsAre(HasSubstr("2: `broken`: unknown outcome `hagn`"),
                  HasSubstr("2: `broken`: condition `frok`"),
                  HasSubstr("3: `broken`: write each promise of this list as"),
                  HasSubstr("4: `broken`: write each"),
                  HasSubstr("5: `broken` holds a value of type integer"),
                  HasSubstr("6: `broken`: write each")));
}

TEST(Promises, AreNotEmptyAndOfStrings) {
  EXPECT_THAT(read("[]").faults, ElementsAre(HasSubstr("promises nothing")));
  EXPECT_THAT(read("true").faults, ElementsAre(HasSubstr("type boolean")));
  EXPECT_THAT(read("{cpp = \"ok\"}").faults,
              ElementsAre(HasSubstr("type table")));
  EXPECT_THAT(read("[[\"fork\", []]]").faults,
              ElementsAre(HasSubstr("promises nothing")));
}

TEST(Promises, AfterTrueCannotApply) {
  EXPECT_THAT(read("[[\"true\", \"ok\"], [\"fork\", \"hang\"]]").faults,
              ElementsAre(HasSubstr("put `true` last")));
}

}  // namespace
}  // namespace poolbugs::catalogue
