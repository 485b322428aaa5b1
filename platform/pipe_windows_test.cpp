#include <gtest/gtest.h>
#include <io.h>
#include <windows.h>

#include <cstdio>
#include <thread>

#include "platform/pipe.hpp"

namespace poolbugs {
namespace {

// ReadFile may return nothing then, as at the end of a file (Wine 8 does not).
TEST(PipeWindowsTest, AWriteOfNothingIsNotTheEnd) {
  Pipe pipe = make_pipe();
  std::thread writer([&] {
    DWORD count = 0;
    EXPECT_TRUE(::WriteFile(pipe.write.get(), "", 0, &count, nullptr));
    EXPECT_TRUE(write_all(pipe.write.get(), "x"));
  });
  EXPECT_EQ(read_some(pipe.read.get()), "x");
  writer.join();
}

TEST(PipeWindowsTest, AFileHasAnEnd) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  std::fputs("x", file);
  std::rewind(file);
  const auto end =
      reinterpret_cast<Descriptor>(::_get_osfhandle(::_fileno(file)));
  EXPECT_EQ(read_all(end), "x");
  std::fclose(file);
}

TEST(PipeWindowsTest, NobodyReads) {
  Pipe pipe = make_pipe();
  pipe.read.reset();
  EXPECT_FALSE(write_all(pipe.write.get(), "x"));
}

TEST(PipeWindowsTest, ChildrenInheritNeitherEnd) {
  Pipe pipe = make_pipe();
  for (HANDLE end : {pipe.read.get(), pipe.write.get()}) {
    DWORD flags = 99;
    EXPECT_TRUE(::GetHandleInformation(end, &flags));
    EXPECT_EQ(flags, 0U);
  }
}

}  // namespace
}  // namespace poolbugs
