#include "platform/interpreter_answer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace poolbugs {
namespace {

using testing::ElementsAre;

constexpr const char* kAnswer =
    "hello from a site module\n"
    "poolbugs-implementation CPython\n"
    "poolbugs-executable C:\\Python 3\\python.exe\n"
    "poolbugs-version 3.13.1\n"
    "poolbugs-free-threaded 0\n"
    "poolbugs-method spawn\n"
    "poolbugs-usual spawn\n"
    "poolbugs-folder C:\\Python 3\n"
    "poolbugs-end \n";

TEST(InterpreterAnswer, IsReadWithEitherLineEnd) {
  std::string with_cr;
  for (const char c : std::string(kAnswer))
    with_cr += c == '\n' ? std::string("\r\n") : std::string(1, c);
  for (const std::string& text : {std::string(kAnswer), with_cr}) {
    const auto read = understand_answer("py.exe", text);
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(read->name(), "cpython-3.13.1");
    EXPECT_EQ(read->executable, "C:\\Python 3\\python.exe");
    EXPECT_THAT(read->start_methods, ElementsAre(StartMethod::spawn));
    EXPECT_EQ(read->usual, StartMethod::spawn);
    EXPECT_FALSE(read->free_threaded);
    EXPECT_THAT(read->folders, ElementsAre("C:\\Python 3"));
  }
}

TEST(InterpreterAnswer, IsNoneIfItIsCutOrOfAnother) {
  const std::string text = kAnswer;
  EXPECT_EQ(
      understand_answer("p", text.substr(0, text.size() - 6)).error().text,
      "it gave no answer that a Python would give");
  std::string other = text;
  other.replace(other.find("CPython"), 7, "PyPy");
  EXPECT_EQ(understand_answer("p", other).error().text,
            "it is PyPy, not CPython");
}

TEST(InterpreterQuestion, CanBeQuotedOnEverySystem) {
  EXPECT_EQ(std::string(kInterpreterQuestion).find('"'), std::string::npos);
}

TEST(InterpreterAnswer, SortsByVersionAndKeepsEachOnce) {
  const auto one = [](std::vector<int> version, bool free, const char* from) {
    Interpreter made;
    made.version = std::move(version);
    made.free_threaded = free;
    made.executable = from;
    return made;
  };
  std::vector<Interpreter> all{
      one({3, 9, 1}, false, "a"), one({3, 13, 0}, true, "b"),
      one({3, 13, 0}, false, "c"), one({3, 9, 1}, false, "d")};
  sort_by_version(all);
  std::vector<std::string> names;
  for (const Interpreter& each : all)
    names.push_back(each.name() + " " + each.executable.string());
  EXPECT_THAT(names, ElementsAre("cpython-3.13.0 c", "cpython-3.13.0t b",
                                 "cpython-3.9.1 a"));
}

TEST(LastLine, SaysSomething) {
  EXPECT_EQ(last_line("a\r\nb \r\n\r\n"), "b");
  EXPECT_EQ(last_line("\n"), "");
}

}  // namespace
}  // namespace poolbugs
