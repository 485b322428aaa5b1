#include "harness/plan/runtimes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolbugs::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ChooseRuntimes : public testing::Test {
 protected:
  ChooseRuntimes() {
    for (const std::vector<int>& version :
         {std::vector{3, 13, 0}, {3, 11, 7}, {3, 11, 2}, {3, 1, 4}}) {
      Interpreter one;
      one.version = version;
      there_.found.push_back(one);
    }
  }

  /// "cpython-3.13.0*" for one with all start methods; or the Error.
  std::vector<std::string> choose(const std::vector<std::string>& names) {
    const auto chosen = choose_runtimes(names, there_);
    if (!chosen) return {chosen.error().text};
    std::vector<std::string> found;
    if (chosen->native) found.emplace_back("native");
    for (const ChosenInterpreter& one : chosen->python)
      found.push_back(one.interpreter->name() + (one.all_methods ? "*" : ""));
    if (!chosen->no_python.empty()) found.push_back(chosen->no_python);
    return found;
  }

  Interpreters there_;
};

TEST_F(ChooseRuntimes, TakesNativeAndTheNewestIfNoneIsNamed) {
  EXPECT_THAT(choose({}), ElementsAre("native", "cpython-3.13.0"));
  EXPECT_THAT(choose({"native"}), ElementsAre("native"));
  EXPECT_THAT(choose({"cpython"}), ElementsAre("cpython-3.13.0"));
}

TEST_F(ChooseRuntimes, TakesTheNewestOfEachMinorVersionForAll) {
  EXPECT_THAT(choose({"all"}),
              ElementsAre("native", "cpython-3.13.0*", "cpython-3.11.7*",
                          "cpython-3.1.4*"));
}

TEST_F(ChooseRuntimes, TakesAVersionByItsBeginning) {
  EXPECT_THAT(choose({"cpython-3.11"}),
              ElementsAre("cpython-3.11.7*", "cpython-3.11.2*"));
  EXPECT_THAT(choose({"cpython-3.1"}), ElementsAre("cpython-3.1.4*"));
  EXPECT_THAT(choose({"cpython-3.11.2", "cpython"}),
              ElementsAre("cpython-3.13.0", "cpython-3.11.2*"));
  EXPECT_THAT(choose({"cpython", "cpython-3.13"}),
              ElementsAre("cpython-3.13.0*"));
}

TEST_F(ChooseRuntimes, KeepsThoseWithoutTheLockApart) {
  Interpreter free = there_.found[0];
  free.free_threaded = true;
  free.version = {3, 14, 0};
  there_.found.insert(there_.found.begin(), free);
  EXPECT_THAT(choose({"cpython"}), ElementsAre("cpython-3.13.0"));
  EXPECT_THAT(choose({"cpython-3.14.0t"}), ElementsAre("cpython-3.14.0t*"));
  there_.found[0].version = {3, 13, 0};
  EXPECT_THAT(choose({"all"}),
              ElementsAre("native", "cpython-3.13.0t*", "cpython-3.13.0*",
                          "cpython-3.11.7*", "cpython-3.1.4*"));
}

TEST_F(ChooseRuntimes, NamesWhatIsThereInsteadOfAnUnknownOne) {
  EXPECT_THAT(choose({"cpyton"}),
              ElementsAre(HasSubstr("did you mean `cpython`?")));
  EXPECT_THAT(choose({"jython"}),
              ElementsAre(testing::AllOf(HasSubstr("no runtime `jython`"),
                                         HasSubstr("cpython"))));
  EXPECT_THAT(choose({"cpython-3.12"}),
              ElementsAre(HasSubstr("did you mean `cpython-3.1")));
}

TEST_F(ChooseRuntimes, SaysWhyThereIsNone) {
  there_.found.clear();
  EXPECT_THAT(choose({}),
              ElementsAre("native", HasSubstr("no CPython was found")));
  there_.broken = {{"/x/python3", "it hung"}};
  EXPECT_THAT(choose({"all"}),
              ElementsAre("native",
                          "no CPython can be used here; /x/python3: "
                          "it hung"));
  EXPECT_THAT(choose({"native"}), ElementsAre("native"));
  EXPECT_THAT(choose({"cpython-3"}), ElementsAre(HasSubstr("no runtime")));
}

TEST(NamesPython, IsFalseForNativeAlone) {
  EXPECT_FALSE(names_python({"native"}));
  EXPECT_TRUE(names_python({}));
  EXPECT_TRUE(names_python({"native", "cpython-3.8"}));
}

}  // namespace
}  // namespace poolbugs::plan
