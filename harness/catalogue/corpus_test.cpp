// The rules of README's "Add a case", held against the real corpus.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "harness/catalogue/catalogue.hpp"
#include "harness/report/page.hpp"

namespace poolbugs::catalogue {
namespace {

using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::StartsWith;

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

class Corpus : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = load(POOLBUGS_SOURCE_DIR "/cases");
    if (const auto* faults = std::get_if<std::vector<Fault>>(&loaded))
      FAIL() << faults->front().text();
    corpus_ = std::get<Catalogue>(std::move(loaded));
  }
  Catalogue corpus_;
};

TEST_F(Corpus, ProgramsFitOnAScreenAndSayWhatTheyDo) {
  for (const Case& item : corpus_.cases)
    for (const Program& program : item.programs) {
      const auto lines = lines_of(program.source);
      const bool python = program.language == Language::python;
      ASSERT_FALSE(lines.empty()) << program.source;
      EXPECT_LE(lines.size(), python ? 40u : 80u) << program.source;
      EXPECT_THAT(lines[0], StartsWith(python ? "# " : "// "))
          << program.source;
    }
}

TEST_F(Corpus, HalvesDifferByTheFixAndNotByWhatTheyAreAbout) {
  for (const Case& item : corpus_.cases)
    for (const Language language : {Language::cpp, Language::python}) {
      const Program* broken = item.program("broken", language);
      const Program* fixed = item.program("fixed", language);
      if (broken == nullptr || fixed == nullptr) continue;
      const auto these = lines_of(broken->source);
      const auto those = lines_of(fixed->source);
      EXPECT_NE(these, those) << item.name();
      EXPECT_EQ(these[0], those[0]) << item.name();
    }
}

/// The index shows them alone, without the message that may follow.
TEST_F(Corpus, SymptomsEndAsSentencesDo) {
  for (const Case& item : corpus_.cases)
    EXPECT_THAT(report::symptom_of(item), AnyOf(EndsWith("."), EndsWith(")")))
        << item.name();
}

/// Their one worker is of another build, whatever start methods there are.
TEST_F(Corpus, CasesWithAPeerStartItAndNobodyElse) {
  for (const Case& item : corpus_.cases) {
    EXPECT_TRUE(item.peer.empty() || item.start.empty()) << item.name();
    for (const Program& program : item.programs) {
      const auto lines = lines_of(program.source);
      const bool starts_one =
          std::ranges::find(lines, "#include \"platform/peer.hpp\"") !=
          lines.end();
      EXPECT_EQ(starts_one, !item.peer.empty()) << program.source;
    }
  }
}

/// A reader pastes one into a report: it must stand alone.
TEST_F(Corpus, PythonProgramsUseTheStandardLibraryAlone) {
  const std::set<std::string> known{
      "asyncio",   "atexit",   "concurrent",      "contextlib", "ctypes",
      "decimal",   "errno",    "fcntl",           "functools",  "gc",
      "io",        "json",     "logging",         "mmap",       "os",
      "pickle",    "queue",    "random",          "resource",   "shutil",
      "signal",    "socket",   "struct",          "subprocess", "sys",
      "tempfile",  "textwrap", "threading",       "time",       "traceback",
      "itertools", "warnings", "multiprocessing", "__future__", "collections"};
  for (const Case& item : corpus_.cases)
    for (const Program& program : item.programs) {
      if (program.language != Language::python) continue;
      for (const std::string& line : lines_of(program.source)) {
        std::istringstream words(line);
        std::string first, module;
        words >> first >> module;
        if (first != "import" && first != "from") continue;
        module.resize(std::min(module.find_first_of(".,"), module.size()));
        EXPECT_TRUE(known.contains(module))
            << program.source << " uses " << module;
      }
    }
}

}  // namespace
}  // namespace poolbugs::catalogue
