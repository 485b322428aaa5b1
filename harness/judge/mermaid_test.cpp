// Golden pictures. With POOLBUGS_GRAPHS=FOLDER every picture is written there,
// for ci/mermaid, which parses them with Mermaid itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "harness/judge/cause.hpp"
#include "harness/judge/graph_fixture.hpp"

namespace poolbugs::judge {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using wait::Motion;
using wait::ObjectKind;
using wait::Owner;

class Mermaid : public ::testing::Test {
 protected:
  std::string drawn(const GraphBuilder& built) {
    const wait::Verdict verdict = wait::decide(built.graph);
    const std::string text =
        mermaid(built.graph, verdict, cause_of(built.graph, verdict));
    if (const char* folder = std::getenv("POOLBUGS_GRAPHS")) {
      const std::string name =
          ::testing::UnitTest::GetInstance()->current_test_info()->name();
      std::ofstream(std::string(folder) + "/" + name + "-" +
                    std::to_string(++count_) + ".mmd")
          << text;
    }
    return text;
  }

 private:
  int count_ = 0;
};

std::size_t nodes_in(const std::string& text) {
  std::size_t nodes = 0;
  for (std::size_t at = 0; (at = text.find("\n  n", at)) != std::string::npos;
       ++at) {
    const std::string line = text.substr(at + 1, text.find('\n', at + 1) - at);
    nodes += line.find("-->") == std::string::npos ? 1 : 0;
  }
  return nodes;
}

TEST_F(Mermaid, OrphanedLock) {
  GraphBuilder built = pool(1);
  const int lock = built.ownerless(Owner::not_in_process);
  built.at(lock).at_fork = wait::AtFork::other_thread;
  built.locks(1, lock);
  built.waits_for_child(0, 1);
  EXPECT_EQ(drawn(built), R"(graph LR
  n1["parent"]
  n2["worker 1"]
  n3(["lock"])
  n4["thread that was not forked"]
  n1 -->|"waits for its end"| n2
  n2 -->|"locks"| n3
  n3 -->|"held by"| n4
  classDef core stroke:#e5484d,stroke-width:3px
  class n2,n3 core
  classDef missing stroke:#e5484d,stroke-width:3px,stroke-dasharray:5 5
  class n4 missing
  linkStyle 1,2 stroke:#e5484d,stroke-width:3px
)");
}

TEST_F(Mermaid, LockCycleOfThreads) {
  GraphBuilder built;
  built.process();
  for (int i = 0; i < 3; ++i) built.thread(0);
  built.locks(1, built.lock(2));
  built.locks(2, built.lock(1));
  built.joins(0, 1);
  EXPECT_EQ(drawn(built), R"(graph LR
  n1["thread 1 of the parent"]
  n2["thread 2 of the parent"]
  n3["thread 3 of the parent"]
  n4(["lock"])
  n5(["lock"])
  n1 -->|"waits for its end"| n2
  n2 -->|"locks"| n4
  n4 -->|"held by"| n3
  n3 -->|"locks"| n5
  n5 -->|"held by"| n2
  classDef core stroke:#e5484d,stroke-width:3px
  class n2,n3,n4,n5 core
  linkStyle 1,2,3,4 stroke:#e5484d,stroke-width:3px
)");
}

TEST_F(Mermaid, OneThread) {
  GraphBuilder built = pool(0);
  built.writes(0, built.channel({0}, {0}));
  EXPECT_EQ(drawn(built), R"(graph LR
  n1["parent"]
  n2(["pipe"])
  n1 -->|"writes, it is full"| n2
  n2 -->|"read by"| n1
  classDef core stroke:#e5484d,stroke-width:3px
  class n1,n2 core
  linkStyle 0,1 stroke:#e5484d,stroke-width:3px
)");
}

TEST_F(Mermaid, LostWakeupIsLeftToNobody) {
  GraphBuilder built = pool(1);
  built.waits(1, built.object(ObjectKind::semaphore));
  built.waits_for_child(0, 1);
  const std::string text = drawn(built);
  EXPECT_THAT(text, HasSubstr("n4[\"nobody\"]"));
  EXPECT_THAT(text, HasSubstr("n3 -->|\"woken by\"| n4"));
}

TEST_F(Mermaid, StoppedHolderIsShown) {
  GraphBuilder built = pool(1);
  built.threads(1).motion = Motion::stopped;
  built.threads(1).why = "is stopped";
  built.reads(0, built.channel({0}, {1}));
  EXPECT_THAT(drawn(built), HasSubstr("n2[\"worker 1<br/>is stopped\"]"));
}

TEST_F(Mermaid, ThreadsOfAProcessThatWaitForTheSameAreOneNode) {
  GraphBuilder built;
  built.process();
  for (int i = 0; i < 100; ++i) built.thread(0);
  built.locks(0, built.lock(1));
  built.locks(1, built.lock(0));
  for (int i = 2; i < 100; ++i) built.locks(i, 0);
  const std::string text = drawn(built);
  EXPECT_EQ(nodes_in(text), 5U);
  EXPECT_THAT(text, HasSubstr("n3[\"threads 3 to 100 of the parent\"]"));
}

TEST_F(Mermaid, ThreadThatHoldsALockStandsAlone) {
  GraphBuilder built;
  built.process();
  for (int i = 0; i < 5; ++i) built.thread(0);
  const int lock = built.lock(0);
  built.locks(0, lock);
  for (int i = 1; i < 4; ++i) built.locks(i, lock);
  built.locks(4, built.lock(2));
  const std::string text = drawn(built);
  EXPECT_THAT(text, HasSubstr("n2[\"threads 2 and 4 of the parent\"]"));
  EXPECT_THAT(text, HasSubstr("n3[\"thread 3 of the parent\"]"));
  EXPECT_THAT(text, HasSubstr("n6 -->|\"held by\"| n3"));
}

TEST_F(Mermaid, ALinkIsDrawnOnce) {
  GraphBuilder built = pool(1);
  const int pipe = built.channel({0, 1}, {0, 1});
  built.reads(0, pipe);
  built.reads(1, pipe);
  const std::string text = drawn(built);
  const std::string link = "n3 -->|\"written by\"| n2";
  ASSERT_THAT(text, HasSubstr(link));
  EXPECT_EQ(text.find(link), text.rfind(link));
}

TEST_F(Mermaid, ThirtyNodesAreShown) {
  GraphBuilder built = pool(27);
  const int lock = built.ownerless(Owner::gone);
  for (int i = 0; i <= 27; ++i) built.locks(i, lock);
  EXPECT_EQ(nodes_in(drawn(built)), 30U);
}

TEST_F(Mermaid, OfMoreThanThirtyOnlyTheCore) {
  GraphBuilder built = pool(28);
  const int lock = built.ownerless(Owner::gone);
  for (int i = 0; i <= 28; ++i) built.locks(i, lock);
  const std::string text = drawn(built);
  EXPECT_EQ(nodes_in(text), 3U);
  EXPECT_THAT(text, HasSubstr("owner that ended"));
}

TEST_F(Mermaid, OfACoreOfMoreThanThirtyTheFirst29) {
  GraphBuilder built = pool(99);
  for (int i = 0; i < 100; ++i) built.locks(i, built.lock((i + 1) % 100, true));
  const std::string text = drawn(built);
  EXPECT_EQ(nodes_in(text), 30U);
  // Of 200, along the cycle.
  EXPECT_THAT(text, HasSubstr("n30[\"… 171 more\"]"));
  EXPECT_THAT(text, HasSubstr("n2([\"lock in shared memory\"])"));
  EXPECT_THAT(text, HasSubstr("n3[\"worker 1\"]"));
  EXPECT_THAT(text, HasSubstr("n29 --> n30"));
  EXPECT_THAT(text, HasSubstr("n30 --> n1"));
}

TEST_F(Mermaid, ManyHoldersOfAPipeAreNotDrawn) {
  GraphBuilder built = pool(8);
  std::vector<int> all;
  for (int i = 0; i <= 8; ++i) all.push_back(i);
  const int pipe = built.channel(all, all);
  for (int i = 1; i <= 8; ++i) built.reads(i, pipe);
  built.waits_for_child(0, 1);
  const std::string text = drawn(built);
  EXPECT_THAT(text, HasSubstr("n1 -->|\"waits for its end\"| n2"));
  EXPECT_THAT(text, Not(HasSubstr("| n9\n")));
}

TEST_F(Mermaid, HostileNames) {
  const std::vector<std::string> names = {
      "a\"]; end",  "(x)[y]{z}", "two\nlines", "`md` **b**", "%%{init}%%",
      "#quot;<b>&", "naïve→",    "\xff\xfe",   "$$x^2$$",    "1. item",
      "-->|x|",     "end",       "\\\"]"};
  GraphBuilder built = pool(static_cast<int>(names.size()) - 1);
  const int lock = built.file_lock({1}, "/x/que-ue.lock");
  for (std::size_t i = 0; i < names.size(); ++i) {
    built.processes(static_cast<int>(i)).name = names[i];
    built.locks(static_cast<int>(i), lock);
  }
  const std::string text = drawn(built);
  EXPECT_THAT(text, HasSubstr("parent (a#34;#93;#59; end)"));
  EXPECT_THAT(text, HasSubstr("worker 2 (two lines)"));
  EXPECT_THAT(text, HasSubstr("worker 6 (naïve→)"));
  EXPECT_THAT(text, HasSubstr("file lock on que-ue.lock"));
  // Quotes only where a label begins and ends: two in each line, or none.
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    const auto quotes = std::count(text.begin() + static_cast<long>(at),
                                   text.begin() + static_cast<long>(end), '"');
    EXPECT_TRUE(quotes == 0 || quotes == 2) << text.substr(at, end - at);
    at = end + 1;
  }
  for (const char* raw : {"`", "$", "%", "<b>", "*", "\\"})
    EXPECT_THAT(text, Not(HasSubstr(raw)));
}

TEST_F(Mermaid, NobodyIsStuck) {
  GraphBuilder built = pool(0);
  built.threads(0).motion = Motion::free;
  EXPECT_EQ(drawn(built), "graph LR\n  n1[\"nobody is stuck\"]\n");
}

TEST_F(Mermaid, SamePictureWhateverTheIds) {
  GraphBuilder built = pool(3);
  const int lock = built.ownerless(Owner::gone);
  for (int i = 1; i <= 3; ++i) built.locks(i, lock);
  built.waits_for_child(0, 2);
  const std::string before = drawn(built);
  for (auto& process : built.graph.processes) process.id += 12345;
  for (auto& thread : built.graph.threads) thread.id += 54321;
  built.at(lock).path = "/memfd:1234 (deleted)";
  EXPECT_EQ(drawn(built), before);
}

}  // namespace
}  // namespace poolbugs::judge
