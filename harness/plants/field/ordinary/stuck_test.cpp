// The same in a test of GoogleTest.
#include <gtest/gtest.h>
#include <unistd.h>

TEST(Pipe, IsReadByWhoHoldsItsOtherEnd) {
  int ends[2];
  char byte;
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_EQ(::read(ends[0], &byte, 1), 0);
}
