#include <gmock/gmock.h>
#include <windows.h>

#include "platform/channel_test_support.hpp"

namespace poolbugs {
namespace {

TEST(ChannelWindowsTest, AFailedCallIsNamed) {
  Channel channel{UniqueFd()};
  EXPECT_EQ(channel.receive().state, Transfer::failed);
  EXPECT_THAT(channel.error().text, testing::StartsWith("ReadFile: "));
  EXPECT_THAT(channel.error().text, testing::EndsWith("(error 6)"));
  EXPECT_EQ(channel.send("x"), Transfer::failed);
  EXPECT_THAT(channel.error().text, testing::StartsWith("WriteFile: "));
}

TEST(ChannelWindowsTest, ChildrenInheritNeitherEnd) {
  Ends ends = make_ends();
  for (const Channel* end : {&ends.a, &ends.b}) {
    DWORD flags = 99;
    EXPECT_TRUE(::GetHandleInformation(end->fd(), &flags));
    EXPECT_EQ(flags, 0U);
  }
}

// What the system was still reading or writing must not be used after its end.
TEST(ChannelWindowsTest, AChannelCanGoWhileItsOperationsAreUnderWay) {
  for (int i = 0; i < 50; ++i) {
    Ends ends = make_ends();
    EXPECT_EQ(ends.a.receive_some().state, Transfer::again);
    ends.a.queue(std::string(1'000'000, 'x'));
    EXPECT_EQ(ends.a.send_some(), Transfer::again);
    EXPECT_TRUE(ends.a.has_output());
    if (i % 2 == 0) ends.a.shut_down();
  }
}

}  // namespace
}  // namespace poolbugs
