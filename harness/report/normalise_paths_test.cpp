// Paths and folders in evidence; the rest of the rules: normalise_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "harness/report/normalise.hpp"

namespace poolbugs::report {
namespace {

TEST(StableLine, PathsOfThisTree) {
  EXPECT_EQ(stable_line(POOLBUGS_SOURCE_DIR "/cases/fork/x/broken.cpp:24: no"),
            "cases/fork/x/broken.cpp:24: no");
  EXPECT_EQ(stable_line(POOLBUGS_BINARY_DIR "/cases/fork/x/broken fork"),
            "<build>/cases/fork/x/broken fork");
}

TEST(StableLine, PathsOfThisTreeAsWineShowsThem) {
  std::string folder = POOLBUGS_BINARY_DIR;
  if (folder[1] == ':') GTEST_SKIP() << "there is no Wine on Windows";
  std::replace(folder.begin(), folder.end(), '/', '\\');
  EXPECT_EQ(stable_line("run Z:" + folder + R"(\cases\fork\x\broken.exe fork)"),
            "run <build>/cases/fork/x/broken fork");
  EXPECT_EQ(stable_line("Z:" POOLBUGS_SOURCE_DIR R"(\cases\a.cpp:24: no)"),
            "cases/a.cpp:24: no");
}

TEST(StableLine, FoldersOfAPython) {
  EXPECT_EQ(stable_line("  File \"/home/me/.versions/3.13.0/lib/python3.13/"
                        "multiprocessing/pool.py\", line 768, in get"),
            "  File \"<python>/multiprocessing/pool.py\", line 768, in get");
  EXPECT_EQ(stable_line("/usr/lib/python2.7/threading.py:801: x"),
            "<python>/threading.py:801: x");
  EXPECT_EQ(stable_line("['/opt/py/bin/python3.9', '-c', 'x']"),
            "['python3.9', '-c', 'x']");
  EXPECT_EQ(stable_line("/opt/bin/python-config /opt/bin/python3.9/x"),
            "/opt/bin/python-config /opt/bin/python3.9/x");
}

TEST(StableLine, ProgramsOfACaseWhereverTheCasesLie) {
  const std::string want = "  File \"cases/async/callback-throws/broken.py\"";
  EXPECT_EQ(stable_line("  File \"/tmp/my-cases/async/callback-throws/"
                        "broken.py\""),
            want);
  EXPECT_EQ(stable_line("  File \"" POOLBUGS_SOURCE_DIR
                        "/cases/async/callback-throws/broken.py\""),
            want);
  EXPECT_EQ(stable_line(want), want);
}

TEST(StableLine, ProgramsThatWereBuiltElsewhere) {
  const std::string here = "process <build>/cases/fork/held-mutex/broken";
  EXPECT_EQ(stable_line("process /home/runner/work/p/p/build/clang/cases/fork/"
                        "held-mutex/broken"),
            here);
  EXPECT_EQ(stable_line(R"(process D:\a\p\p\build\msvc\cases\fork\held-mutex)"
                        R"(\broken.exe)"),
            here);
  EXPECT_EQ(stable_line("process Z:/p/build/cases/fork/held-mutex/broken.exe"),
            here);
  EXPECT_EQ(stable_line(here), here);
  EXPECT_EQ(stable_line("/srv/cases/fork/held-mutex/broken.cpp:3: why"),
            "/srv/cases/fork/held-mutex/broken.cpp:3: why");
}

TEST(StableLine, TemporaryFilesOfWindows) {
  EXPECT_EQ(
      stable_line(R"(file C:\Users\RUNNER~1\AppData\Local\Temp\pool-4712\x)"),
      "file /tmp/pool-<random>/x");
  EXPECT_EQ(stable_line(R"('C:\Windows\Temp\pool-k3XaQz')"),
            "'/tmp/pool-<random>'");
  EXPECT_EQ(stable_line(R"(['\\\\?\\C:\\Windows\\Temp\\a.txt'])"),
            "['/tmp/a.txt']");
  EXPECT_EQ(stable_line(R"(C:\Temporal\pool-4712)"),
            R"(C:\Temporal\pool-4712)");
  EXPECT_EQ(
      stable_line(R"(open C:\users\root\Temp\poolbugs-run-32-8912\tmp\a.txt)"),
      "open /tmp/poolbugs-run-<random>/tmp/a.txt");
}

TEST(StableLine, OtherPathsOfWindowsAreAsTheProgramWroteThem) {
  for (const char* line :
       {R"(expected: [C:\my folder\])", R"(open C:/b\c: no)", R"(\\?\C:\data)",
        R"(a\b and "\"" and C:)", R"(http:\\x)", R"(\x1B[)", "file:///c"})
    EXPECT_EQ(stable_line(line), line);
}

TEST(StableLine, FoldersOfAPythonOfWindows) {
  EXPECT_EQ(stable_line(R"(  File "C:\Python313\Lib\threading.py", line 3)"),
            R"(  File "<python>/threading.py", line 3)");
  EXPECT_EQ(stable_line(R"(['C:\\Python313\\python.exe', '-c', 'x'])"),
            "['python', '-c', 'x']");
}

}  // namespace
}  // namespace poolbugs::report
