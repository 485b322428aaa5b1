#include "harness/plan/target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "harness/catalogue/fixture.hpp"

namespace poolbugs::plan {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kRest = "needs = []\npeer = []\nsuffix = '.x'\n";

constexpr const char* kAnswer =
    "poolbugs-platform s390x\npoolbugs-word big_endian\n"
    "poolbugs-version boost 1.81.0\npoolbugs-end \n";

class TargetTest : public testing::Test {
 protected:
  TargetTest() {
    own_.root = "/own";
    own_.platform = "linux";
    here_.words = {"linux", "proof", "namespaces"};
    write(std::string("emulator = ['/bin/sh', '-x']\n") + kRest);
    folder_.write("s390x/cases/features.x", "");
  }
  void write(const std::string& text) {
    folder_.write("s390x/cases/target.toml", text);
  }
  [[nodiscard]] std::filesystem::path programs() const {
    return folder_.path() / "s390x/cases";
  }
  Result<Surroundings> ask() {
    return surroundings_of(
        programs(), own_, here_,
        [this](const std::vector<std::string>& command, std::chrono::seconds) {
          command_ = command;
          return answer_;
        });
  }
  std::string fault() {
    const auto around = ask();
    return around ? "none" : around.error().text;
  }

  catalogue::TemporaryFolder folder_;
  Programs own_;
  Features here_;
  Result<std::string> answer_{boost::system::in_place_value, kAnswer};
  std::vector<std::string> command_;
};

TEST_F(TargetTest, IsAskedByItsEmulator) {
  const auto around = ask();
  ASSERT_TRUE(around) << around.error().text;
  EXPECT_THAT(command_,
              ElementsAre("/bin/sh", "-x", programs() / "features.x"));
  const Programs& found = around->programs;
  EXPECT_EQ(found.root, programs());
  EXPECT_EQ(found.platform, "s390x");
  EXPECT_EQ(found.suffix, ".x");
  EXPECT_TRUE(found.foreign);
  EXPECT_THAT(found.emulator, ElementsAre("/bin/sh", "-x"));
  // What is true there; that runs have namespaces is true here.
  EXPECT_THAT(around->features.words, ElementsAre("big_endian", "namespaces"));
}

TEST_F(TargetTest, UnderQemuHasThatWord) {
  folder_.write("qemu-s390x-static", "");
  write("emulator = ['" + (folder_.path() / "qemu-s390x-static").string() +
        "']\n" + kRest);
  const auto around = ask();
  ASSERT_TRUE(around) << around.error().text;
  EXPECT_TRUE(around->features.has("qemu"));
}

TEST_F(TargetTest, IsNotAskedOfThisBuildOrWithoutAFile) {
  own_.root = programs();
  EXPECT_FALSE(ask().value().programs.foreign);
  own_.root = "/own";
  std::filesystem::remove(programs() / "target.toml");
  const Surroundings around = ask().value();
  EXPECT_EQ(around.programs.root, programs());
  EXPECT_EQ(around.programs.platform, "linux");
  EXPECT_EQ(around.features.words, here_.words);
  EXPECT_TRUE(command_.empty());
}

TEST_F(TargetTest, MissesItsEmulatorOrItsBuild) {
  write(std::string("emulator = ['qemu-nowhere']\n") + kRest);
  EXPECT_THAT(fault(), AllOf(HasSubstr("qemu-nowhere is not on PATH"),
                             HasSubstr("ci/architectures installs it")));
  write(
      "emulator = ['/bin/sh']\nneeds = ['/bin/sh', 'no-wine']\npeer = []\n"
      "suffix = '.x'\n");
  EXPECT_THAT(fault(), HasSubstr("no-wine is not on PATH"));
  write("emulator = []\nneeds = []\npeer = []\nsuffix = ''\n");
  EXPECT_THAT(fault(), HasSubstr("features is not built; ci/architectures"));
}

TEST_F(TargetTest, RefusesAFileThatCmakeDidNotWrite) {
  for (const char* text :
       {"", "emulator = 'qemu'", "emulator = [1]", "emulator = ['']",
        "emulator = [\"a\\nb\"]", "emulator = ["}) {
    write(text + ("\n" + std::string(kRest)));
    EXPECT_THAT(fault(), HasSubstr("target.toml: ")) << text;
  }
  for (const char* text :
       {"needs = []\npeer = []", "peer = []\nsuffix = ''",
        "needs = []\nsuffix = ''", "needs = 'a'\npeer = []\nsuffix = ''",
        "needs = []\npeer = [1]\nsuffix = ''"}) {
    write("emulator = []\n" + std::string(text));
    EXPECT_THAT(fault(), HasSubstr("target.toml: ")) << text;
  }
}

TEST_F(TargetTest, SaysWhatWentWrongWithTheQuestion) {
  answer_ = Error{"it ended with 1: no such loader"};
  EXPECT_THAT(fault(), AllOf(HasSubstr("/bin/sh -x "),
                             HasSubstr("it ended with 1: no such loader")));
  answer_ = {boost::system::in_place_value, "poolbugs-platform s390x\n"};
  EXPECT_THAT(fault(), HasSubstr("it gave no whole answer"));
}

}  // namespace
}  // namespace poolbugs::plan
