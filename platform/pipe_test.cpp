#include "platform/pipe.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace poolbugs {
namespace {

TEST(PipeTest, BytesStayAsTheyAre) {
  Pipe pipe = make_pipe();
  const std::string bytes("a\nb\r\nc\x1a\0d\xff", 10);
  EXPECT_TRUE(write_all(pipe.write.get(), bytes));
  pipe.write.reset();
  EXPECT_EQ(read_all(pipe.read.get()), bytes);
}

TEST(PipeTest, SomeIsWhatIsThere) {
  Pipe pipe = make_pipe();
  EXPECT_TRUE(write_all(pipe.write.get(), "abcdef"));
  EXPECT_EQ(read_some(pipe.read.get(), 4), "abcd");
  EXPECT_EQ(read_some(pipe.read.get(), 4), "ef");
  pipe.write.reset();
  EXPECT_EQ(read_some(pipe.read.get()), "");
  EXPECT_EQ(read_some(pipe.read.get()), "") << "the end stays the end";
}

// An empty write must not look like the end.
TEST(PipeTest, NothingWrittenIsNothing) {
  Pipe pipe = make_pipe();
  EXPECT_TRUE(write_all(pipe.write.get(), ""));
  EXPECT_TRUE(write_all(pipe.write.get(), "x"));
  EXPECT_EQ(read_some(pipe.read.get()), "x");
}

// It would hang if the pipe took less.
TEST(PipeTest, TakesItsBufferWithoutAReader) {
  Pipe pipe = make_pipe();
  EXPECT_TRUE(write_all(pipe.write.get(), std::string(kPipeBuffer, 'x')));
  pipe.write.reset();
  EXPECT_EQ(read_all(pipe.read.get()).size(), kPipeBuffer);
}

TEST(PipeTest, MoreThanThePipeHolds) {
  Pipe pipe = make_pipe();
  const std::string large(5'000'000, 'y');
  std::thread writer([&] {
    EXPECT_TRUE(write_all(pipe.write.get(), large));
    pipe.write.reset();
  });
  EXPECT_EQ(read_all(pipe.read.get()), large);
  writer.join();
}

}  // namespace
}  // namespace poolbugs
