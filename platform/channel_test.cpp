#include <string>
#include <thread>

#include "platform/channel_test_support.hpp"

namespace poolbugs {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

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

TEST(ChannelTest, NobodyReads) {
  Ends ends = make_ends();
  ends.b = Channel(UniqueFd());
  EXPECT_EQ(ends.a.send("x"), Transfer::eof);
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

// More than any buffer on the way, whole and unchanged.
TEST(ChannelTest, AHundredMegabytes) {
  Ends ends = make_ends();
  std::string large(100'000'000, '\0');
  for (std::size_t i = 0; i < large.size(); ++i)
    large[i] = static_cast<char>(i * 31 >> 7);
  std::thread writer([&] { EXPECT_EQ(ends.a.send(large), Transfer::done); });
  const Received received = ends.b.receive();
  writer.join();
  EXPECT_EQ(received.state, Transfer::done);
  EXPECT_TRUE(received.payload == large);
}

TEST(ChannelTest, WhatWasSentArrivesAfterItsSenderIsGone) {
  for (const bool from_a : {true, false}) {
    Ends ends = make_ends();
    Channel& sender = from_a ? ends.a : ends.b;
    Channel& receiver = from_a ? ends.b : ends.a;
    ASSERT_EQ(sender.send(std::string(50'000, 'x')), Transfer::done);
    sender = Channel(UniqueFd());
    EXPECT_EQ(receiver.receive().payload, std::string(50'000, 'x'));
    EXPECT_EQ(receiver.receive().state, Transfer::eof);
  }
}

}  // namespace
}  // namespace poolbugs
