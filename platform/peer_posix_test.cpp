#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "platform/peer.hpp"

namespace poolbugs {
namespace {

/// Cases get their peer from the harness; here it is a shell's script. $1 is
/// what a peer is told by.
class PeerTest : public testing::Test {
 protected:
  ~PeerTest() override { ::unsetenv("POOLBUGS_PEER"); }
  static void play(const std::string& script) {
    ::setenv("POOLBUGS_PEER", ("/bin/sh\n-c\n" + script + "\npeer").c_str(), 1);
  }
};

TEST_F(PeerTest, RepliesToTheWholeMessage) {
  play("test \"$1\" = --peer && cat && printf end");
  const std::string message = std::string("a\0\r\n\x1a", 5) + "z";
  EXPECT_EQ(ask_peer(message), message + "end");
}

TEST_F(PeerTest, TakesAndGivesMoreThanPipesHold) {
  play("x=$(cat | wc -c); head -c \"$x\" /dev/zero");
  EXPECT_EQ(ask_peer(std::string(300'000, 'x')).size(), 300'000u);
}

TEST_F(PeerTest, TalksWithoutAnEnd) {
  play("read one; echo \"$one $one\"; read two; echo \"$two\"; exit 3");
  Peer peer;
  peer.write("a\n");
  EXPECT_EQ(peer.read(3), "a a");
  peer.write("b\n");
  EXPECT_EQ(peer.read(), "\nb\n");
  EXPECT_EQ(peer.wait(), 3);
}

TEST_F(PeerTest, ThatDiesIsNoDeathOfOurs) {
  play("exec <&-; kill -9 $$");
  Peer peer;
  EXPECT_EQ(peer.read(), "");
  peer.write("nobody reads");
  EXPECT_EQ(peer.wait(), -9);
}

TEST_F(PeerTest, EndsTheProgramIfItIsNotThereOrEndsOtherwise) {
  EXPECT_EXIT(ask_peer(""), testing::ExitedWithCode(70), "POOLBUGS_PEER");
  ::setenv("POOLBUGS_PEER", "/no/such/peer", 1);
  EXPECT_EXIT(ask_peer(""), testing::ExitedWithCode(70), "/no/such/peer: No");
  play("cat; exit 5");
  EXPECT_EXIT(ask_peer(""), testing::ExitedWithCode(70), "ended with 5");
  EXPECT_EQ(ask_peer("x", 5), "x");
}

TEST(IsPeer, IsToldByItsOnlyArgument) {
  char name[] = "case", flag[] = "--peer";
  char* argv[] = {name, flag, nullptr};
  EXPECT_TRUE(is_peer(2, argv));
  EXPECT_FALSE(is_peer(1, argv));
}

}  // namespace
}  // namespace poolbugs
