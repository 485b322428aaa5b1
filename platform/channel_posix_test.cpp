#include "platform/channel.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace poolbugs {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct Ends {
  Channel a;
  Channel b;
};

Ends make_ends(std::size_t limit = kMaxPayload) {
  Result<SocketPair> pair = make_socket_pair();
  return {Channel(std::move(pair->ours), limit),
          Channel(std::move(pair->theirs), limit)};
}

void send_raw(const Channel& channel, std::string_view bytes) {
  ASSERT_EQ(::send(channel.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(bytes.size()));
}

TEST(ChannelTest, FramesArriveWholeAndInOrder) {
  Ends ends = make_ends();
  for (std::string text : {"one", "", "three"})
    ASSERT_EQ(ends.a.send(text), Transfer::done);
  EXPECT_EQ(ends.b.receive().payload, "one");
  EXPECT_EQ(ends.b.receive().payload, "");
  EXPECT_EQ(ends.b.receive().payload, "three");
  EXPECT_EQ(ends.b.receive_some().state, Transfer::again);
}

TEST(ChannelTest, ByteByByteIsTheSameFrame) {
  Ends ends = make_ends();
  for (char byte : encode_frame(std::string("a\0b", 3))) {
    EXPECT_EQ(ends.b.receive_some().state, Transfer::again);
    send_raw(ends.a, {&byte, 1});
  }
  EXPECT_EQ(ends.b.receive_some().payload, std::string("a\0b", 3));
}

TEST(ChannelTest, LargeFramesBothWaysFromOneThread) {
  Ends ends = make_ends();
  std::string large(3'000'000, 'x');
  ASSERT_TRUE(ends.a.queue(large));
  ASSERT_TRUE(ends.b.queue(large));
  Received at_a;
  Received at_b;
  auto limit = steady_clock::now() + std::chrono::seconds(20);
  while (at_a.state != Transfer::done || at_b.state != Transfer::done) {
    ASSERT_LT(steady_clock::now(), limit);
    ends.a.send_some();
    ends.b.send_some();
    if (at_a.state != Transfer::done) at_a = ends.a.receive_some();
    if (at_b.state != Transfer::done) at_b = ends.b.receive_some();
  }
  EXPECT_EQ(at_a.payload, large);
  EXPECT_EQ(at_b.payload, large);
  EXPECT_FALSE(ends.a.has_output());
}

TEST(ChannelTest, BlockingSendOfMoreThanTheSocketHolds) {
  Ends ends = make_ends();
  std::string large(3'000'000, 'y');
  std::thread writer([&] { EXPECT_EQ(ends.a.send(large), Transfer::done); });
  EXPECT_EQ(ends.b.receive().payload, large);
  writer.join();
}

TEST(ChannelTest, EofBetweenFramesIsNotATruncatedFrame) {
  Ends whole = make_ends();
  whole.a.send("last");
  whole.a.shut_down();
  EXPECT_EQ(whole.b.receive().payload, "last");
  EXPECT_EQ(whole.b.receive().state, Transfer::eof);

  std::string frame = encode_frame("never whole");
  for (std::size_t length = 1; length < frame.size(); ++length) {
    Ends cut = make_ends();
    send_raw(cut.a, std::string_view(frame).substr(0, length));
    cut.a.shut_down();
    EXPECT_EQ(cut.b.receive().state, Transfer::truncated) << length;
  }
}

TEST(ChannelTest, AnyFlippedBitIsFound) {
  std::string frame = encode_frame("payload");
  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    std::string changed = frame;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    FrameDecoder decoder(kMaxPayload);
    decoder.add(changed);
    EXPECT_EQ(decoder.next().state, Transfer::corrupt) << "bit " << bit;
  }
}

TEST(ChannelTest, GarbageIsFoundAtItsFirstByte) {
  Ends ends = make_ends();
  send_raw(ends.a, "h");
  EXPECT_EQ(ends.b.receive().state, Transfer::corrupt);
}

TEST(ChannelTest, ALimitHoldsOnBothSides) {
  Ends ends = make_ends(10);
  EXPECT_EQ(ends.a.send("12345678901"), Transfer::too_large);
  EXPECT_EQ(ends.a.send("1234567890"), Transfer::done);
  EXPECT_EQ(ends.b.receive().payload, "1234567890");
  send_raw(ends.a, encode_frame("12345678901"));
  EXPECT_EQ(ends.b.receive().state, Transfer::too_large);
}

TEST(ChannelTest, NobodyReadsAndNoSigpipe) {
  Ends ends = make_ends();
  ends.b = Channel(UniqueFd());
  auto* before = ::signal(SIGPIPE, SIG_DFL);
  EXPECT_EQ(ends.a.send("x"), Transfer::eof);
  ::signal(SIGPIPE, before);
}

TEST(ChannelTest, DeadlinesPass) {
  Ends ends = make_ends();
  auto soon = [] { return steady_clock::now() + milliseconds(20); };
  EXPECT_EQ(ends.b.receive(soon()).state, Transfer::timed_out);
  std::string large(3'000'000, 'z');
  EXPECT_EQ(ends.a.send(large, soon()), Transfer::timed_out);
  // What is left goes on where it stopped.
  std::thread reader([&] { EXPECT_EQ(ends.b.receive().payload, large); });
  EXPECT_EQ(ends.a.send("next"), Transfer::done);
  reader.join();
  EXPECT_EQ(ends.b.receive().payload, "next");
}

TEST(ChannelTest, AFailedCallIsNamed) {
  Channel channel{UniqueFd()};
  EXPECT_EQ(channel.receive().state, Transfer::failed);
  EXPECT_EQ(channel.error().text, "recv: Bad file descriptor");
  EXPECT_EQ(channel.send("x"), Transfer::failed);
  EXPECT_EQ(channel.error().text, "send: Bad file descriptor");
}

TEST(ChannelTest, BothEndsCloseOnExec) {
  Ends ends = make_ends();
  EXPECT_EQ(::fcntl(ends.a.fd(), F_GETFD), FD_CLOEXEC);
  EXPECT_EQ(::fcntl(ends.b.fd(), F_GETFD), FD_CLOEXEC);
}

}  // namespace
}  // namespace poolbugs
