#include "platform/unix_sockets_linux.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <string>

#include "platform/unique_fd.hpp"
#include "platform/wait_reader.hpp"

namespace poolbugs::wait {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::uint64_t inode_of(const UniqueFd& fd) {
  struct stat info {};
  EXPECT_EQ(::fstat(fd.get(), &info), 0);
  return info.st_ino;
}

struct Pair {
  UniqueFd one, other;
};

Pair make_pair(int type) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

UnixSocket only(const UniqueFd& fd) {
  const auto found = look_up({inode_of(fd)});
  EXPECT_TRUE(found.has_value() && found->contains(inode_of(fd)));
  return found ? found->at(inode_of(fd)) : UnixSocket{};
}

UniqueFd listener(const std::string& name) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, sizeof address.sun_path - 1);
  const auto size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size),
            0);
  EXPECT_EQ(::listen(socket.get(), 4), 0);
  return socket;
}

UniqueFd connect_to(const UniqueFd& server) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  EXPECT_EQ(
      ::getsockname(server.get(), reinterpret_cast<sockaddr*>(&address), &size),
      0);
  UniqueFd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(
      ::connect(client.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  return client;
}

std::string own_name() { return "poolbugs-test-" + std::to_string(::getpid()); }

TEST(UnixSocketsTest, PairsKnowEachOther) {
  const Pair pair = make_pair(SOCK_STREAM);
  const UnixSocket seen = only(pair.one);
  EXPECT_TRUE(seen.stream);
  EXPECT_TRUE(seen.connected);
  EXPECT_FALSE(seen.named);
  EXPECT_FALSE(seen.listens);
  EXPECT_FALSE(seen.unread);
  EXPECT_EQ(seen.peer, inode_of(pair.other));
}

TEST(UnixSocketsTest, BytesThatNobodyReadAreSeenAtTheirReader) {
  for (const int type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
    Pair pair = make_pair(type);
    EXPECT_EQ(::send(pair.one.get(), "x", 1, 0), 1);
    EXPECT_FALSE(only(pair.one).unread);
    EXPECT_TRUE(only(pair.other).unread);
    pair.one.reset();
    EXPECT_TRUE(only(pair.other).unread);
    EXPECT_EQ(only(pair.other).peer, 0U) << "the sender has hung up";
  }
}

TEST(UnixSocketsTest, WhoWaitsToBeAcceptedIsSeenAtTheListener) {
  const UniqueFd server = listener(own_name());
  EXPECT_THAT(only(server).waiting, IsEmpty());
  UniqueFd client = connect_to(server);
  EXPECT_TRUE(only(server).named);
  EXPECT_TRUE(only(server).listens);
  EXPECT_EQ(only(server).path, "") << "it is abstract";
  EXPECT_FALSE(only(server).unread);
  EXPECT_THAT(only(server).waiting, ElementsAre(inode_of(client)));
  client.reset();
  EXPECT_THAT(only(server).waiting, ElementsAre(0)) << "and has hung up";
}

TEST(UnixSocketsTest, OtherSocketsAreNotAmongThem) {
  const UniqueFd internet(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_TRUE(internet);
  const auto found = look_up({inode_of(internet)});
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(*found, IsEmpty());
}

TEST(UnixSocketsTest, AllAreAsManyAsAskedForOneByOne) {
  std::set<std::uint64_t> inodes;
  std::vector<Pair> pairs;
  for (int i = 0; i < 20; ++i) {
    pairs.push_back(make_pair(SOCK_STREAM));
    inodes.insert(inode_of(pairs.back().one));
  }
  const auto some = look_up(inodes);
  const auto all = all_unix_sockets();
  ASSERT_TRUE(some.has_value() && all.has_value());
  for (const std::uint64_t inode : inodes) {
    EXPECT_TRUE(some->contains(inode));
    EXPECT_TRUE(all->contains(inode));
  }
}

/// What somebody sent and nobody has may have come from anywhere.
TEST(UnixSocketsTest, WhatAHungUpSenderLeftMayBeADescriptor) {
  Pair pair = make_pair(SOCK_STREAM);
  EXPECT_EQ(::send(pair.one.get(), "x", 1, 0), 1);
  pair.one.reset();
  Facts facts;
  look_around({}, facts);
  EXPECT_TRUE(facts.around.sockets_hold);
}

}  // namespace
}  // namespace poolbugs::wait
