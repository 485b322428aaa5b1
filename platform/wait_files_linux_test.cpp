// Waits for descriptors: who holds the other end, and who outside of the tree
// might.
#include <gtest/gtest.h>

#include "platform/wait_files_test_support.hpp"

namespace poolbugs::wait {
namespace {

using namespace testing_support;

/// The first is in `call` of descriptor 3.
FactsBuilder in_call(long call) {
  FactsBuilder tree = pair_of_processes();
  tree.call(0, call, {3, 0, 0, kForever});
  return tree;
}

std::string poll_of(FactsBuilder tree) {
  in_poll(tree, {{3, POLLIN}});
  return tree.outcome();
}

constexpr const char* kUnderWay =
    "waits while descriptors are under way in a socket";

TEST(WaitFiles, ASetIsModelledInTheOrderOfDescriptors) {
  FactsBuilder tree = pair_of_processes();
  tree.read_end(0, 3, 50);
  tree.write_end(1, 3, 50);
  tree.read_end(0, 4, 51);
  tree.write_end(0, 5, 51);
  in_epoll(tree, tree.open(0, 9, FileKind::epoll, 90));
  for (const int first : {3, 4}) {
    tree.at(0).descriptors.back().watched = {{first, 1, true},
                                             {7 - first, 1, true}};
    const auto waits = tree.graph().threads[0].waits;
    ASSERT_EQ(waits.size(), 2U);
    EXPECT_EQ(waits[0].processes, std::vector<int>{1});
    EXPECT_EQ(waits[1].processes, std::vector<int>{0});
  }
}

TEST(WaitFiles, PipesAreReadAndWritten) {
  for (const long call : {SYS_read, SYS_readv}) {
    FactsBuilder tree = in_call(call);
    tree.read_end(0, 3, 50);
    tree.write_end(1, 4, 50);
    EXPECT_EQ(tree.outcome(), "whole");
    const Graph graph = tree.graph();
    const Wait& wait = graph.threads[0].waits.at(0);
    EXPECT_EQ(wait.event, Event::readable);
    EXPECT_EQ(wait.processes, std::vector<int>{1});
    EXPECT_TRUE(wait.certain);
  }
  for (const long call : {SYS_write, SYS_writev}) {
    FactsBuilder tree = in_call(call);
    tree.write_end(0, 3, 50);
    tree.read_end(1, 4, 50);
    EXPECT_EQ(tree.outcome(), "whole");
    EXPECT_EQ(tree.graph().threads[0].waits.at(0).event, Event::writable);
  }
}

TEST(WaitFiles, PipeThatSomebodyOutsideHoldsIsFree) {
  FactsBuilder tree = in_call(SYS_read);
  tree.read_end(0, 3, 50);
  tree.write_end(1, 4, 50);
  tree.facts.around.held_outside = {{9, 51}};
  EXPECT_EQ(tree.outcome(), "whole");
  tree.facts.around.held_outside.push_back({9, 50});
  EXPECT_EQ(tree.outcome(), "waits for a pipe that somebody outside holds");
  EXPECT_EQ(poll_of(tree), "waits for a pipe that somebody outside holds");
}

TEST(WaitFiles, WrongEndIsFree) {
  FactsBuilder tree = in_call(SYS_read);
  tree.write_end(0, 3, 50);
  EXPECT_EQ(tree.outcome(), "waits at the wrong end");
}

TEST(WaitFiles, MissingDescriptorIsFree) {
  const char* missing = "waits for a descriptor that is not there";
  EXPECT_EQ(in_call(SYS_read).outcome(), missing);
  EXPECT_EQ(in_call(SYS_write).outcome(), missing);
  EXPECT_EQ(poll_of(pair_of_processes()), missing);
}

TEST(WaitFiles, DescriptorsUnderWayFreeEverybody) {
  FactsBuilder tree = in_call(SYS_read);
  tree.read_end(0, 3, 50);
  tree.write_end(1, 4, 50);
  tree.pair_end(1, 7, 70, 71).in_flight = true;
  // Each of both, not only the first.
  for (const Thread& thread : tree.graph().threads)
    EXPECT_EQ(thread.why, kUnderWay);
  in_poll(tree, {{3, POLLIN}});
  EXPECT_EQ(tree.graph().threads[0].why, kUnderWay);
}

TEST(WaitFiles, KindsThatHearFromOutsideAreFree) {
  for (const FileKind kind : {FileKind::fifo, FileKind::regular,
                              FileKind::directory, FileKind::other}) {
    FactsBuilder tree = in_call(SYS_read);
    tree.open(0, 3, kind, 50);
    EXPECT_EQ(tree.outcome(), "waits for something outside");
    EXPECT_EQ(poll_of(tree), "waits for something outside");
  }
  for (const FileKind kind : {FileKind::epoll, FileKind::pidfd}) {
    FactsBuilder tree = in_call(SYS_read);
    tree.open(0, 3, kind, 50);
    EXPECT_EQ(tree.outcome(), "waits for something outside");
  }
}

TEST(WaitFiles, SocketPairsAreModelled) {
  for (const long call : {SYS_read, SYS_recvfrom, SYS_recvmsg}) {
    FactsBuilder tree = in_call(call);
    tree.pair_end(0, 3, 70, 71);
    tree.pair_end(1, 4, 71, 70);
    EXPECT_EQ(tree.outcome(), "whole");
    tree.at(0).descriptors[0].receive_timed = true;
    EXPECT_EQ(tree.outcome(), "waits for a socket that may have a time-out");
  }
  for (const long call : {SYS_write, SYS_sendto, SYS_sendmsg}) {
    FactsBuilder tree = in_call(call);
    tree.pair_end(0, 3, 70, 71);
    tree.pair_end(1, 4, 71, 70);
    EXPECT_EQ(tree.outcome(), "whole");
    tree.at(0).descriptors[0].send_timed = true;
    EXPECT_EQ(tree.outcome(), "waits for a socket that may have a time-out");
  }
}

TEST(WaitFiles, SocketIsEndedByItsPeerOrShutDown) {
  FactsBuilder tree = in_call(SYS_read);
  tree.process(0);  // holds neither
  tree.pair_end(0, 3, 70, 71);
  tree.pair_end(1, 4, 71, 70);
  const Graph graph = tree.graph();
  const Wait& wait = graph.threads[0].waits.at(0);
  EXPECT_EQ(wait.processes, (std::vector<int>{1, 0}));
  const Object& object = graph.objects[static_cast<std::size_t>(wait.object)];
  EXPECT_EQ(object.writers, std::vector<int>{1});
  EXPECT_EQ(object.readers, std::vector<int>{0});
}

TEST(WaitFiles, TimedSocketInPollIsModelled) {
  // SO_RCVTIMEO has no effect on poll (socket(7)).
  FactsBuilder tree = pair_of_processes();
  Descriptor& end = tree.pair_end(0, 3, 70, 71);
  end.receive_timed = end.send_timed = true;
  tree.pair_end(1, 4, 71, 70);
  EXPECT_EQ(poll_of(tree), "whole");
}

TEST(WaitFiles, EachDirectionOfASocketIsAnObject) {
  FactsBuilder tree = pair_of_processes();
  tree.pair_end(0, 3, 70, 71);
  tree.pair_end(1, 4, 71, 70);
  tree.call(0, SYS_write, {3});
  tree.call(1, SYS_read, {4});
  const Graph graph = tree.graph();
  EXPECT_EQ(graph.threads[0].waits.at(0).object,
            graph.threads[1].waits.at(0).object);
  tree.call(1, SYS_write, {4});
  const Graph other = tree.graph();
  EXPECT_NE(other.threads[0].waits.at(0).object,
            other.threads[1].waits.at(0).object);
}

TEST(WaitFiles, OtherSocketsAreFree) {
  FactsBuilder tree = in_call(SYS_read);
  tree.pair_end(0, 3, 70, 71).anonymous_pair = false;
  EXPECT_EQ(tree.outcome(), "waits for a socket");
  EXPECT_EQ(poll_of(tree), "waits for a socket");
}

TEST(WaitFiles, WhoWaitsForAConnectionOfItsOwnKindIsStuck) {
  FactsBuilder tree = in_call(SYS_accept4);
  Descriptor& one = tree.open(0, 3, FileKind::socket, 70);
  one.receive_timed = false;
  EXPECT_EQ(tree.outcome(), "waits for connections");
  tree.at(0).descriptors.back().listens_inside = true;
  EXPECT_EQ(tree.outcome(), "waits for connections");
  tree.facts.around.own_namespaces = true;
  EXPECT_EQ(tree.outcome(), "whole");
  EXPECT_EQ(poll_of(tree), "whole");
  tree.facts.around.held_outside = {{9, 70}};
  EXPECT_EQ(tree.outcome(), "waits for a socket that somebody outside holds");
}

TEST(WaitFiles, ANameOfCPythonIsBelievedToBeKnownToNobodyElse) {
  FactsBuilder tree = in_call(SYS_accept4);
  Descriptor& one = tree.open(0, 3, FileKind::socket, 70);
  one.receive_timed = false;
  one.listens_privately = true;
  EXPECT_EQ(tree.outcome(),
            "unless somebody outside connects to a process of CPython");
}

TEST(WaitFiles, AnybodyOfTheTreeMayConnect) {
  FactsBuilder tree = in_call(SYS_accept4);
  tree.facts.around.own_namespaces = true;
  Descriptor& one = tree.open(0, 3, FileKind::socket, 70);
  one.receive_timed = false;
  one.listens_inside = true;
  tree.call(1, SYS_nanosleep, {});
  EXPECT_NE(tree.outcome(), "whole");
}

TEST(WaitFiles, SocketThatSomebodyOutsideHoldsIsFree) {
  const char* outside = "waits for a socket that somebody outside holds";
  for (const std::uint64_t inode : {70U, 71U}) {
    FactsBuilder tree = in_call(SYS_read);
    tree.pair_end(0, 3, 70, 71);
    tree.facts.around.held_outside = {{9, inode}};
    EXPECT_EQ(tree.outcome(), outside);
  }
}

TEST(WaitFiles, EventfdOutsideIsFree) {
  FactsBuilder tree = in_call(SYS_read);
  tree.open(0, 3, FileKind::eventfd, 42);
  tree.facts.around.eventfds_outside = {43};
  // Anonymous inodes share one number: only the eventfd's own counts.
  tree.facts.around.held_outside = {{9, 42}};
  EXPECT_EQ(tree.outcome(), "whole");
  tree.facts.around.eventfds_outside = {42};
  EXPECT_EQ(tree.outcome(), "waits for an eventfd that somebody outside holds");
}

TEST(WaitFiles, KernelMayWriteToEventfds) {
  FactsBuilder tree = in_call(SYS_read);
  tree.open(0, 3, FileKind::eventfd, 42);
  tree.facts.around.group_events = true;
  const std::string said =
      "unless the kernel writes to an eventfd (a control group's event)";
  EXPECT_EQ(tree.outcome(), said);
  tree.call(1, SYS_read, {92});
  tree.open(1, 92, FileKind::eventfd, 43);
  EXPECT_EQ(tree.outcome(), said);  // once
}

TEST(WaitFiles, TimersAreFreeIfTheyAreArmedOrOthersHaveThem) {
  FactsBuilder tree = in_call(SYS_read);
  tree.open(0, 3, FileKind::timerfd, 42).armed = false;
  EXPECT_EQ(tree.outcome(), "whole");
  tree.facts.around.anonymous_outside = {{100, 4}, {110, 3}};
  EXPECT_EQ(tree.outcome(), "whole");
  tree.facts.around.anonymous_outside.push_back({100, 3});
  EXPECT_EQ(tree.outcome(), "waits for a timer");
  tree.facts.around.anonymous_outside.clear();
  tree.at(0).descriptors[0].armed = true;
  EXPECT_EQ(tree.outcome(), "waits for a timer");
  EXPECT_EQ(poll_of(tree), "waits for a timer");
}

TEST(WaitFiles, QueuesNeedAnOwnNamespace) {
  FactsBuilder tree = in_call(SYS_read);
  tree.open(0, 3, FileKind::message_queue, 42);
  EXPECT_EQ(poll_of(tree), "waits for what others of the machine may do");
  tree.facts.around.own_namespaces = true;
  EXPECT_EQ(poll_of(tree), "whole");
}

TEST(WaitFiles, SignalfdWaitsForItsSignals) {
  FactsBuilder tree = in_call(SYS_read);
  tree.open(0, 3, FileKind::signalfd, 42).awaited = 2;
  EXPECT_EQ(poll_of(tree), "but signals");
}

TEST(WaitFiles, EndThatNobodyHoldsIsHeldBySomebodyUnseen) {
  const char* unseen = "waits for a pipe that somebody unseen holds";
  FactsBuilder tree = in_call(SYS_read);
  tree.read_end(0, 3, 42);
  EXPECT_EQ(tree.outcome(), unseen);
  EXPECT_EQ(poll_of(tree), unseen);
  FactsBuilder writer = in_call(SYS_write);
  writer.write_end(0, 3, 42);
  EXPECT_EQ(writer.outcome(), unseen);
  FactsBuilder pair = in_call(SYS_read);
  pair.pair_end(0, 3, 42, 43);
  EXPECT_EQ(pair.outcome(), "waits for a socket that somebody unseen holds");
}

TEST(WaitFiles, PidfdOfALivingMemberIsModelled) {
  FactsBuilder tree = pair_of_processes();
  tree.open(0, 3, FileKind::pidfd, 42).target = tree.at(1).id;
  EXPECT_EQ(poll_of(tree), "whole");
  for (const long target : {0L, -1L, 777L}) {
    tree.at(0).descriptors[0].target = target;
    EXPECT_EQ(poll_of(tree), "waits for a process outside of the tree");
  }
  tree.at(0).descriptors[0].target = tree.at(1).id;
  tree.at(1).threads.clear();
  tree.at(1).zombie = true;
  EXPECT_EQ(poll_of(tree), "waits for a process outside of the tree");
}

}  // namespace
}  // namespace poolbugs::wait
