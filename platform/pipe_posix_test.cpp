#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "platform/pipe.hpp"

namespace poolbugs {
namespace {

TEST(PipePosixTest, NobodyReads) {
  Pipe pipe = make_pipe();
  pipe.read.reset();
  auto* before = ::signal(SIGPIPE, SIG_IGN);
  EXPECT_FALSE(write_all(pipe.write.get(), "x"));
  ::signal(SIGPIPE, before);
}

TEST(PipePosixTest, ChildrenInheritNeitherEnd) {
  Pipe pipe = make_pipe();
  EXPECT_EQ(::fcntl(pipe.read.get(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(::fcntl(pipe.write.get(), F_GETFD), FD_CLOEXEC);
}

}  // namespace
}  // namespace poolbugs
