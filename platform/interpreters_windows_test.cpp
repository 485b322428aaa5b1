// Interpreters on Windows; this program stands in for one (test_main.cpp).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "platform/interpreters.hpp"
#include "platform/spawn.hpp"

namespace poolbugs {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kVariable = "POOLBUGS_TEST_PYTHON";

/// What the stand-in does: prints this, fails of "fail", hangs of "hang".
class InterpretersOnWindows : public testing::Test {
 protected:
  ~InterpretersOnWindows() override { ::_putenv_s(kVariable, ""); }

  static Interpreters ask(const std::string& answer,
                          std::chrono::milliseconds patience = 30s) {
    ::_putenv_s(kVariable, answer.c_str());
    return ask_interpreters({own_executable().value()}, patience);
  }
};

TEST_F(InterpretersOnWindows, AreAskedAndUnderstood) {
  const auto all =
      ask("poolbugs-implementation CPython\npoolbugs-version 3.12.4\n"
          "poolbugs-method spawn\npoolbugs-usual spawn\npoolbugs-end \n");
  ASSERT_THAT(all.found, SizeIs(1)) << all.broken.at(0).why;
  EXPECT_EQ(all.found[0].name(), "cpython-3.12.4");
  EXPECT_THAT(all.found[0].start_methods, ElementsAre(StartMethod::spawn));
  EXPECT_THAT(all.broken, IsEmpty());
}

TEST_F(InterpretersOnWindows, SayWhyTheyFailed) {
  const auto all = ask("fail");
  EXPECT_THAT(all.found, IsEmpty());
  ASSERT_THAT(all.broken, SizeIs(1));
  EXPECT_EQ(all.broken[0].why, "it failed: no encodings");
}

TEST_F(InterpretersOnWindows, AreEndedWhenTheyHang) {
  const auto all = ask("hang", 200ms);
  ASSERT_THAT(all.broken, SizeIs(1));
  EXPECT_EQ(all.broken[0].why, "it did not answer within 0.2 s");
}

TEST_F(InterpretersOnWindows, ThatAreNotThereAreBroken) {
  const auto all = ask_interpreters({"C:\\no\\such\\python.exe"});
  ASSERT_THAT(all.broken, SizeIs(1));
  EXPECT_TRUE(all.broken[0].why.starts_with("CreateProcess "))
      << all.broken[0].why;
}

TEST_F(InterpretersOnWindows, AreLookedForByTheirNamesThere) {
  const std::string path = std::getenv("PATH");
  const auto folder = std::filesystem::path(testing::TempDir()) / "pythons";
  std::filesystem::create_directories(folder / "versions/3.9");
  for (const char* name : {"python.exe", "python3.11.exe", "py.exe", "pip.exe",
                           "python3", "versions/3.9/python.exe"})
    std::fclose(std::fopen((folder / name).string().c_str(), "wb"));
  ::_putenv_s("PATH", folder.string().c_str());
  ::_putenv_s("PYENV_ROOT", folder.string().c_str());
  ::_putenv_s("UV_PYTHON_INSTALL_DIR", "");
  std::vector<std::string> found;
  for (const auto& one : interpreter_candidates())
    found.push_back(one.lexically_relative(folder).generic_string());
  EXPECT_THAT(found, ElementsAre("py.exe", "python.exe", "python3.11.exe",
                                 "versions/3.9/python.exe"));
  ::_putenv_s("PATH", path.c_str());
  ::_putenv_s("PYENV_ROOT", "");
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace poolbugs
