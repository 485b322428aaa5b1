// The names of a close look are given to the threads that were seen.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>

#include "harness/run/roles.hpp"
#include "platform/wait_graph_test_support.hpp"

namespace poolbugs::run {
namespace {

using testing::ElementsAre;

/// The first worker writes, the second reads: by what they do it is the other
/// way round.
Observation observed() {
  wait::FactsBuilder tree;
  const int parent = tree.process();
  tree.facts.root = tree.at(parent).id;
  for (const long call : {SYS_write, SYS_read}) {
    const int worker = tree.process(parent);
    tree.read_end(worker, 3, 50);
    tree.write_end(worker, 4, 50);
    tree.call(worker, call, {call == SYS_read ? 3U : 4U});
  }
  auto examined = std::make_shared<wait::Examined>();
  examined->facts = tree.facts;
  examined->assumed = tree.facts.around;
  examined->graph = wait::build_graph(tree.facts);
  Observation seen;
  for (const wait::Process& process : examined->graph.processes) {
    ThreadSeen thread;
    thread.process = process.role;
    thread.process_id = process.id;
    seen.threads.push_back(thread);
  }
  seen.examined = std::move(examined);
  return seen;
}

std::vector<std::string> names(const Observation& seen) {
  std::vector<std::string> all;
  for (const ThreadSeen& thread : seen.threads)
    all.push_back(thread.process + " " + std::to_string(thread.process_id));
  return all;
}

TEST(NumberByDeed, ThreadsAndGraphAgree) {
  Observation seen = observed();
  number_by_deed(seen);
  EXPECT_THAT(names(seen),
              ElementsAre("parent 100", "worker 1 120", "worker 2 110"));
  const auto& processes = seen.examined->graph.processes;
  EXPECT_EQ(processes[1].id, 120);
  EXPECT_EQ(processes[1].role, "worker 1");
}

TEST(NumberByDeed, OtherProcessesChangeNothing) {
  Observation more = observed();
  more.threads.emplace_back().process_id = 130;
  Observation fewer = observed();
  fewer.threads.pop_back();
  for (Observation* seen : {&more, &fewer}) {
    const auto before = names(*seen);
    number_by_deed(*seen);
    EXPECT_EQ(names(*seen), before);
    EXPECT_EQ(seen->examined->graph.processes[1].id, 110);
  }
  Observation none;
  number_by_deed(none);
  EXPECT_EQ(none.examined, nullptr);
}

}  // namespace
}  // namespace poolbugs::run
