#include "platform/signal_name.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace poolbugs {
namespace {

TEST(SignalName, IsTheOneThatPeopleSearchFor) {
  EXPECT_EQ(signal_name(SIGSEGV), "SIGSEGV");
  EXPECT_EQ(signal_name(SIGKILL), "SIGKILL");
}

TEST(SignalName, IsANumberWhereThereIsNoName) {
  EXPECT_EQ(signal_name(64), "signal 64");
  EXPECT_EQ(signal_name(0), "signal 0");
}

}  // namespace
}  // namespace poolbugs
