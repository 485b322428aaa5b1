#include "harness/catalogue/manifest.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/catalogue/fixture.hpp"

namespace poolbugs::catalogue {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ReadCase : public testing::Test {
 protected:
  Manifest read(const std::string& text) {
    write_case(root_, "fork/held-mutex", text);
    return read_case(root_.path() / "fork/held-mutex");
  }

  std::vector<std::string> faults_of(const Manifest& manifest) {
    std::vector<std::string> found;
    for (const Fault& fault : manifest.faults)
      found.push_back(fmt::format("{}:{}: {}", fault.file.filename().string(),
                                  fault.line, fault.message));
    return found;
  }
  std::vector<std::string> faults_of(const std::string& text) {
    return faults_of(read(text));
  }

  TemporaryFolder root_;
};

TEST_F(ReadCase, UnderstandsEveryKey) {
  const Manifest found = read(
      manifest("aliases = [\"a\", \"b-2\"]\nstart = [\"spawn\", \"fork\"]\n"
               "needs = [\"threads\"]\n"
               "links = [\"python/cpython#50970\", \"https://x.org/y\"]\n",
               "[[\"fork\", \"hang: orphaned-lock\"], [\"spawn\", \"ok\"]]"));
  EXPECT_THAT(faults_of(found), IsEmpty());
  const Case& item = found.item;
  EXPECT_EQ(item.name(), "fork/held-mutex");
  EXPECT_EQ(item.id, "PB-0001");
  EXPECT_EQ(item.title, "T");
  EXPECT_THAT(item.aliases, ElementsAre("a", "b-2"));
  EXPECT_THAT(item.start, ElementsAre(StartMethod::fork, StartMethod::spawn));
  EXPECT_THAT(item.needs, ElementsAre("threads"));
  EXPECT_THAT(item.links,
              ElementsAre("python/cpython#50970", "https://x.org/y"));
  ASSERT_EQ(item.programs.size(), 2u);
  EXPECT_EQ(item.programs[0].name, "broken");
  EXPECT_EQ(item.programs[0].source,
            root_.path() / "fork/held-mutex/broken.cpp");
  EXPECT_EQ(item.programs[0].promised.at(0).promises.at(0).text(),
            "hang: orphaned-lock");
  EXPECT_EQ(item.programs[1].name, "fixed");
  EXPECT_EQ(item.story.size(), 4u);
}

TEST_F(ReadCase, TakesAllStartMethodsIfNoneIsNamed) {
  EXPECT_EQ(read(manifest()).item.start.size(), 3u);
  EXPECT_THAT(read(manifest("start = []\n")).item.start, IsEmpty());
}

TEST_F(ReadCase, AcceptsCrLf) {
  std::string text;
  for (const char c : manifest("", "[\n[\"fork\", \"ok\"]\n]"))
    text += c == '\n' ? "\r\n" : std::string(1, c);
  const Manifest found = read(text);
  EXPECT_THAT(faults_of(found), IsEmpty());
  EXPECT_EQ(found.item.story.at(3).body, "D.");
}

TEST_F(ReadCase, ProposesTheKey) {
  EXPECT_THAT(faults_of(manifest("star = [\"fork\"]\n")),
              ElementsAre("case.md:6: unknown key `star`; did you mean "
                          "`start`?"));
  EXPECT_THAT(faults_of(manifest("repeat = 3\n")),
              ElementsAre(HasSubstr("unknown key `repeat`; known are: id ")));
  EXPECT_THAT(faults_of(manifest("\"broken.pi\" = \"ok\"\n")),
              ElementsAre("case.md:6: unknown key `broken.pi`; did you mean "
                          "`broken.py`?"));
}

TEST_F(ReadCase, MissesIdAndTitle) {
  EXPECT_THAT(
      faults_of("```toml\nbroken = \"ok\"\nfixed = \"ok\"\n```\n" + kStory),
      ElementsAre(HasSubstr("2: `id` is missing; write `id = "),
                  HasSubstr("2: `title` is missing; write ")));
}

TEST_F(ReadCase, RefusesAnotherFormOfId) {
  for (const char* id : {"PB-1", "pb-0001", "PB-00001", "PB-000x", "0001"})
    EXPECT_THAT(faults_of(manifest("", "\"ok\"", id)),
                ElementsAre(HasSubstr("2: `id` is `")))
        << id;
}

TEST_F(ReadCase, RefusesAnotherType) {
  std::string text = manifest(
      "aliases = \"a\"\nstart = \"fork\"\nneeds = [1]\nlinks = {a = 1}\n", "1");
  text.replace(text.find("\"PB-0001\""), 9, "7");
  text.replace(text.find("\"T\""), 3, "[\"T\"]");
  EXPECT_THAT(
      faults_of(text),
      ElementsAre(HasSubstr("2: `id` must be a string"),
                  HasSubstr("3: `title` must be a string"),
                  HasSubstr("4: `broken` holds a value of type integer"),
                  HasSubstr("6: `aliases` must be a list of strings"),
                  HasSubstr("7: `start` must be a list of strings"),
                  HasSubstr("8: `needs` must hold strings only"),
                  HasSubstr("9: `links` must be a list of strings")));
}

TEST_F(ReadCase, RefusesAnEmptyOrLongTitle) {
  std::string text = manifest();
  text.replace(text.find("\"T\""), 3, "\"  \"");
  EXPECT_THAT(faults_of(text),
              ElementsAre(HasSubstr("3: `title` must be a string")));
  text = manifest();
  text.replace(text.find("\"T\""), 3, "\"a\\nb\"");
  EXPECT_THAT(faults_of(text), ElementsAre(HasSubstr("single line")));
}

TEST_F(ReadCase, ProposesTheStartMethodAndTheFeature) {
  EXPECT_THAT(
      faults_of(manifest("start = [\n\"fork\",\n\"spwan\"]\n"
                         "needs = [\"treads\", \"fork\"]\n")),
      ElementsAre(
          HasSubstr("8: unknown start method `spwan`; did you mean `spawn`?"),
          HasSubstr("9: unknown feature `treads`; did you mean `threads`?"),
          HasSubstr("9: `fork` is a start method; name it in `start`")));
}

TEST_F(ReadCase, RefusesADoubledWordAndABadAliasOrLink) {
  EXPECT_THAT(faults_of(manifest("start = [\"fork\", \"fork\"]\n"
                                 "aliases = [\"A b\"]\n"
                                 "links = [\"cpython 50970\"]\n")),
              ElementsAre(HasSubstr("6: `start` names `fork` twice"),
                          HasSubstr("7: the alias `A b` must consist of"),
                          HasSubstr("8: `cpython 50970` is no link")));
}

TEST_F(ReadCase, PointsAtTheLineThatIsNotToml) {
  EXPECT_THAT(faults_of(manifest("needs = [\n")),
              ElementsAre(HasSubstr("this is not TOML: ")));
  const Manifest twice = read(manifest("id = \"PB-0002\"\n"));
  EXPECT_THAT(faults_of(twice),
              ElementsAre(HasSubstr("case.md:6: this is not TOML: ")));
}

TEST_F(ReadCase, NeedsBothHalves) {
  root_.write("fork/a/case.md", manifest());
  root_.write("fork/a/broken.cpp", "");
  EXPECT_THAT(faults_of(read_case(root_.path() / "fork/a")),
              ElementsAre("case.md:5: `fixed` is promised, but there is no "
                          "fixed.cpp beside case.md; write it"));
  EXPECT_THAT(faults_of("```toml\nid = \"PB-0001\"\ntitle = \"T\"\n"
                        "broken = \"ok\"\n```\n" +
                        kStory),
              ElementsAre("case.md:1: fixed.cpp has no promise; write "
                          "`fixed = \"ok\"`"));
  root_.write("fork/b/case.md",
              "```toml\nid = \"PB-0001\"\ntitle = \"T\"\n"
              "```\n" +
                  kStory);
  EXPECT_THAT(faults_of(read_case(root_.path() / "fork/b")),
              ElementsAre(HasSubstr("1: the half `broken` is missing; write "
                                    "broken.cpp and its promise, `broken = "),
                          HasSubstr("1: the half `fixed` is missing")));
  root_.write("fork/c/case.md", "```toml\n]\n```\n" + kStory);
  root_.write("fork/c/broken.cpp", "");
  EXPECT_THAT(faults_of(read_case(root_.path() / "fork/c")),
              ElementsAre(HasSubstr("0: there is no fixed.cpp beside case.md"),
                          HasSubstr("2: this is not TOML")));
}

TEST_F(ReadCase, UnderstandsPythonTwins) {
  for (const char* half : {"broken.py", "fixed.py"})
    root_.write(std::string("fork/held-mutex/") + half, "");
  const Manifest found =
      read(manifest("start = [\"fork\"]\n\"start.py\" = []\n"
                    "python = \">= 3.8\"\n\"fixed.py\" = \"ok\"\n"
                    "\"broken.py\" = [[\"python >= 3.9\", \"hang\"]]\n"));
  EXPECT_THAT(faults_of(found), IsEmpty());
  const Case& item = found.item;
  std::vector<std::string> files;
  for (const Program& program : item.programs)
    files.push_back(program.source.filename().string());
  EXPECT_THAT(files,
              ElementsAre("broken.cpp", "fixed.cpp", "broken.py", "fixed.py"));
  EXPECT_THAT(item.start, ElementsAre(StartMethod::fork));
  EXPECT_THAT(item.starts(Language::python), IsEmpty());
  ASSERT_TRUE(item.python);
  EXPECT_EQ(item.python->text(), "python >= 3.8");
  const Program* broken = item.program("broken", Language::python);
  ASSERT_NE(broken, nullptr);
  EXPECT_EQ(broken->promised.at(0).when.text(), "python >= 3.9");
  EXPECT_EQ(item.program("other", Language::python), nullptr);
}

TEST_F(ReadCase, KnowsThePlatformOfItsPeer) {
  EXPECT_EQ(read(manifest()).item.peer, "");
  EXPECT_EQ(read(manifest("peer = \"s390x\"\n")).item.peer, "s390x");
  EXPECT_THAT(faults_of(manifest("peer = \"s930x\"\n")),
              ElementsAre("case.md:6: unknown peer `s930x`; did you mean "
                          "`s390x`?"));
  EXPECT_THAT(faults_of(manifest("peer = \"vax\"\n")),
              ElementsAre(HasSubstr("known are: aarch64 i386 s390x windows")));
  EXPECT_THAT(faults_of(manifest("peer = [\"i386\"]\n")),
              ElementsAre(HasSubstr("write `peer = \"s390x\"`")));
  EXPECT_THAT(faults_of(manifest("per = \"i386\"\n")),
              ElementsAre(HasSubstr("did you mean `peer`?")));
}

TEST_F(ReadCase, GivesNoPeerToPython) {
  EXPECT_THAT(faults_of(manifest("peer = \"i386\"\n\"broken.py\" = \"ok\"\n")),
              testing::Contains(HasSubstr("6: `peer` is for programs in C++")));
}

TEST_F(ReadCase, TakesPythonWithoutCpp) {
  root_.write("fork/a/case.md",
              "```toml\nid = \"PB-0001\"\ntitle = \"T\"\n"
              "start = [\"spawn\"]\n\"broken.py\" = \"hang\"\n"
              "\"fixed.py\" = \"ok\"\n```\n" +
                  kStory);
  root_.write("fork/a/broken.py", "");
  const Manifest half = read_case(root_.path() / "fork/a");
  EXPECT_THAT(faults_of(half),
              ElementsAre("case.md:6: `fixed.py` is promised, but there is no "
                          "fixed.py beside case.md; write it"));
  root_.write("fork/a/fixed.py", "");
  const Manifest whole = read_case(root_.path() / "fork/a");
  EXPECT_THAT(faults_of(whole), IsEmpty());
  EXPECT_EQ(whole.item.programs.size(), 2u);
  EXPECT_THAT(whole.item.python_start, ElementsAre(StartMethod::spawn));
}

TEST_F(ReadCase, SaysHowToPromiseAPythonProgram) {
  root_.write("fork/held-mutex/broken.py", "");
  EXPECT_THAT(
      faults_of(manifest()),
      ElementsAre(
          HasSubstr("1: broken.py has no promise; write `\"broken.py\" = "),
          HasSubstr("1: the half `fixed.py` is missing; write fixed.py")));
}

TEST_F(ReadCase, RefusesAnotherFormOfPython) {
  EXPECT_THAT(faults_of(manifest("python = 3\n")),
              ElementsAre(HasSubstr("6: `python`: it must be a string; write "
                                    "`python = \">= 3.8\"`")));
  EXPECT_THAT(faults_of(manifest("python = \"3.8\"\n")),
              ElementsAre(HasSubstr("6: `python`: condition `python 3.8`: ")));
}

TEST_F(ReadCase, CollectsTheFaultsOfKeysAndStoryByLine) {
  EXPECT_THAT(faults_of(manifest("x = 1\n", "\"hagn\"") + "## More\ny\n"),
              ElementsAre(HasSubstr("4: `broken`: unknown outcome `hagn`"),
                          HasSubstr("6: unknown key `x`"),
                          HasSubstr("16: unknown heading `## More`")));
}

TEST_F(ReadCase, NeedsCaseMd) {
  root_.write("fork/empty/broken.cpp", "");
  EXPECT_THAT(faults_of(read_case(root_.path() / "fork/empty")),
              ElementsAre("empty:0: there is no case.md; `poolbugs new "
                          "fork/empty` writes one"));
}

TEST_F(ReadCase, NeedsASlugOfSmallLetters) {
  write_case(root_, "fork/Held_Mutex", manifest());
  EXPECT_THAT(faults_of(read_case(root_.path() / "fork/Held_Mutex")),
              ElementsAre(HasSubstr("`Held_Mutex` must consist of small")));
}

}  // namespace
}  // namespace poolbugs::catalogue
