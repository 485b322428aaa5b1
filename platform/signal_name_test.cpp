#include "platform/signal_name.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace poolbugs {
namespace {

TEST(SignalName, IsTheOneThatPeopleSearchFor) {
  EXPECT_EQ(signal_name(SIGSEGV), "SIGSEGV");
  EXPECT_EQ(signal_name(SIGABRT), "SIGABRT");
}

TEST(SignalName, IsANumberWhereThereIsNoName) {
  EXPECT_EQ(signal_name(64), "signal 64");
  EXPECT_EQ(signal_name(0), "signal 0");
}

TEST(StatusName, IsTheOneThatPeopleSearchFor) {
  EXPECT_EQ(status_name(3221225477), "STATUS_ACCESS_VIOLATION");
  EXPECT_EQ(status_name(0xC0000409), "STATUS_STACK_BUFFER_OVERRUN");
  EXPECT_EQ(status_name(0x80000003), "STATUS_BREAKPOINT");
  EXPECT_EQ(status_name(0xE06D7363), "STATUS_CPP_EH_EXCEPTION");
}

TEST(StatusName, IsTheNumberOfAnErrorWithoutAName) {
  EXPECT_EQ(status_name(0xC0000123), "0xC0000123");
  EXPECT_EQ(status_name(0xCFFFFFFF), "0xCFFFFFFF");
}

TEST(StatusName, IsNothingForWhatProgramsReturn) {
  for (const std::int64_t code :
       {0LL, 1LL, 3LL, 255LL, 0x40010004LL, 0x80000005LL, 0xBFFFFFFFLL,
        0xD0000001LL, 0xE0000001LL, 0xFFFFFFFFLL})
    EXPECT_EQ(status_name(code), "") << code;
}

}  // namespace
}  // namespace poolbugs
