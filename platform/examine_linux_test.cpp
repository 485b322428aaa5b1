// Numbers of workers that do not depend on which of them came first.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>

#include "platform/examine.hpp"
#include "platform/wait_graph_test_support.hpp"

namespace poolbugs::wait {
namespace {

using testing::ElementsAre;

/// A pool of forked workers that all have the pipe; each sleeps in one of the
/// calls.
FactsBuilder pool_of(const std::vector<long>& calls) {
  FactsBuilder tree;
  const int parent = tree.process();
  tree.facts.root = tree.at(parent).id;
  tree.call(parent, SYS_wait4, {static_cast<std::uint64_t>(-1)});
  for (const long call : calls) {
    const int worker = tree.process(parent);
    tree.read_end(worker, 3, 50);
    tree.write_end(worker, 4, 50);
    tree.call(worker, call, {call == SYS_read ? 3U : 4U});
  }
  return tree;
}

/// "ROLE CALL" of each thread.
std::vector<std::string> numbered(const FactsBuilder& tree) {
  Examined seen;
  seen.facts = tree.facts;
  seen.assumed = seen.facts.around;
  seen.graph = build_graph(seen.facts);
  seen = numbered_by_deed(seen);
  std::vector<std::string> lines;
  for (const Thread& thread : seen.graph.threads)
    lines.push_back(
        seen.graph.processes[static_cast<std::size_t>(thread.process)].role +
        " " + thread.call);
  EXPECT_EQ(seen.verdict.outlook.size(), lines.size());
  return lines;
}

TEST(NumberedByDeed, WhoCameFirstDoesNotMatter) {
  const auto expected = ElementsAre("parent wait4", "worker 1 read",
                                    "worker 2 write", "worker 3 write");
  EXPECT_THAT(numbered(pool_of({SYS_read, SYS_write, SYS_write})), expected);
  EXPECT_THAT(numbered(pool_of({SYS_write, SYS_read, SYS_write})), expected);
  EXPECT_THAT(numbered(pool_of({SYS_write, SYS_write, SYS_read})), expected);
}

TEST(NumberedByDeed, WhatOthersWaitForIsADeedToo) {
  // Both read, but only one of them could end the parent's wait.
  const auto tree_where = [](int writer) {
    FactsBuilder tree = pool_of({SYS_read, SYS_read});
    tree.read_end(0, 3, 60);
    tree.call(0, SYS_read, {3});
    tree.write_end(writer, 5, 60);
    return tree;
  };
  const auto writer_of = [](const FactsBuilder& tree) {
    Examined seen;
    seen.facts = tree.facts;
    seen.assumed = seen.facts.around;
    seen.graph = build_graph(seen.facts);
    seen = numbered_by_deed(seen);
    const Object& pipe = seen.graph.objects.at(
        static_cast<std::size_t>(seen.graph.threads.at(0).waits.at(0).object));
    return pipe.writers;
  };
  EXPECT_EQ(writer_of(tree_where(1)), writer_of(tree_where(2)));
}

TEST(NumberedByDeed, TheOrderOfPolledDescriptorsDoesNotMatter) {
  // As a pool waits for the end of any worker, in the order of their births.
  const auto objects_where = [](int writer) {
    FactsBuilder tree = pool_of({SYS_read, SYS_read});
    tree.call(writer, SYS_write, {4});
    for (const int number : {5, 6}) {
      const std::uint64_t pipe = 50 + static_cast<std::uint64_t>(number);
      tree.read_end(0, number, pipe);
      tree.write_end(number - 4, number, pipe);
    }
    ThreadFacts& parent = tree.call(0, SYS_ppoll, {8, 2});
    parent.polled = {{5, POLLIN}, {6, POLLIN}};
    parent.polled_known = true;
    Examined seen;
    seen.facts = tree.facts;
    seen.assumed = seen.facts.around;
    seen.graph = build_graph(seen.facts);
    seen = numbered_by_deed(seen);
    std::vector<std::vector<int>> writers;
    for (const Wait& wait : seen.graph.threads.at(0).waits) {
      const auto object = static_cast<std::size_t>(wait.object);
      EXPECT_EQ(object, writers.size());
      writers.push_back(seen.graph.objects.at(object).writers);
    }
    return writers;
  };
  const std::vector<std::vector<int>> expected = {{1}, {2}};
  EXPECT_EQ(objects_where(1), expected);
  EXPECT_EQ(objects_where(2), expected);
}

TEST(NumberedByDeed, WhoIsStuckStaysStuckWhateverIsAround) {
  // The parent runs, and nobody has looked around: the graph assumes nobody.
  FactsBuilder tree = pool_of({SYS_write, SYS_read});
  tree.thread_at(0).asleep = false;
  Examined seen;
  seen.facts = tree.facts;
  seen.assumed = seen.facts.around;
  seen.graph = build_graph(seen.facts);
  seen.verdict = decide(seen.graph);
  seen.facts.around = Surroundings();
  const Examined result = numbered_by_deed(seen);
  EXPECT_EQ(result.verdict.stuck, (std::vector<int>{1, 2}));
  EXPECT_EQ(result.verdict.stuck, seen.verdict.stuck);
  EXPECT_EQ(result.graph.unless, seen.graph.unless);
  EXPECT_FALSE(result.facts.around.saw_everybody);
}

TEST(NumberedByDeed, WhoIsUnlikeTheOthersKeepsItsNumber) {
  // The first child has a thread more, as the server of a manager has.
  FactsBuilder tree = pool_of({SYS_write, SYS_read});
  tree.thread(1);
  tree.call(1, SYS_write, {4}, 1);
  EXPECT_THAT(numbered(tree), ElementsAre("parent wait4", "worker 1 write",
                                          "worker 1 write", "worker 2 read"));
  // The first child has a child.
  FactsBuilder deep = pool_of({SYS_write, SYS_read});
  deep.process(1);
  EXPECT_EQ(numbered(deep)[1], "worker 1 write");
}

}  // namespace
}  // namespace poolbugs::wait
