#include <fcntl.h>
#include <signal.h>

#include "platform/channel_test_support.hpp"

namespace poolbugs {
namespace {

TEST(ChannelPosixTest, NoSigpipe) {
  Ends ends = make_ends();
  ends.b = Channel(UniqueFd());
  auto* before = ::signal(SIGPIPE, SIG_DFL);
  EXPECT_EQ(ends.a.send("x"), Transfer::eof);
  ::signal(SIGPIPE, before);
}

TEST(ChannelPosixTest, AFailedCallIsNamed) {
  Channel channel{UniqueFd()};
  EXPECT_EQ(channel.receive().state, Transfer::failed);
  EXPECT_EQ(channel.error().text, "recv: Bad file descriptor");
  EXPECT_EQ(channel.send("x"), Transfer::failed);
  EXPECT_EQ(channel.error().text, "send: Bad file descriptor");
}

TEST(ChannelPosixTest, BothEndsCloseOnExec) {
  Ends ends = make_ends();
  EXPECT_EQ(::fcntl(ends.a.fd(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(::fcntl(ends.b.fd(), F_GETFD), FD_CLOEXEC);
}

}  // namespace
}  // namespace poolbugs
