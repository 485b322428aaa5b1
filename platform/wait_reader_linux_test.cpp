// What read_facts() says of a tree as a whole, and of processes.
#include <pthread.h>

#include <ctime>

#include "platform/wait_reader_test_support.hpp"

namespace poolbugs::wait {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
char vfork_stack[65536];

TEST_F(WaitReaderTest, AVforkParent) {
  static pthread_mutex_t* const lock = &mutex;
  const Child child([] {
    ::clone(
        [](void*) -> int {
          ::pthread_mutex_lock(lock);
          ::pthread_mutex_lock(lock);
          return 0;
        },
        vfork_stack + sizeof vfork_stack, CLONE_VM | CLONE_VFORK | SIGCHLD,
        nullptr);
  });
  const Facts facts = child.read_when([](const Facts& now) {
    return now.processes.size() == 2 &&
           now.processes[1].threads.at(0).call == SYS_futex;
  });
  const ThreadFacts& parent = facts.processes.at(0).threads.at(0);
  EXPECT_EQ(parent.state, 'D');
  EXPECT_TRUE(parent.vforks);
  EXPECT_FALSE(parent.elsewhere);
  EXPECT_EQ(facts.processes[1].parent, child.pid());
  EXPECT_FALSE(facts.processes[1].threads[0].futexes_known)
      << "two processes share the memory";
}

TEST_F(WaitReaderTest, AMainThreadThatLeft) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  static int end;
  end = ends[0];
  const Child child([] {
    pthread_t thread;
    ::pthread_create(
        &thread, nullptr,
        [](void*) -> void* {
          char byte;
          if (::read(end, &byte, 1) < 0) ::_exit(1);
          return nullptr;
        },
        nullptr);
    // As pthread_exit() does at last, without unwinding through GoogleTest.
    ::syscall(SYS_exit, 0);
  });
  const Facts facts = child.read_when([&](const Facts& now) {
    return threads_of(now) >= 1 &&
           now.processes[0].threads[0].id != child.pid();
  });
  const ProcessFacts& process = facts.processes.at(0);
  EXPECT_FALSE(process.zombie);
  EXPECT_TRUE(process.readable && process.modelled) << process.why_not;
  EXPECT_EQ(process.id, child.pid());
  EXPECT_EQ(descriptor_of(process, ends[0]).kind, FileKind::pipe);
  EXPECT_TRUE(process.forked);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(WaitReaderTest, AZombieAndAProgram) {
  const Child child([] {
    if (::fork() == 0) ::_exit(0);
    if (::fork() == 0) {
      ::execl("/bin/sleep", "sleep", "1000", nullptr);
      ::_exit(1);
    }
    wait_for_ever();
  });
  const Facts facts = child.read_when([](const Facts& now) {
    return now.processes.size() == 3 && now.processes[1].zombie &&
           now.processes[2].name == "sleep";
  });
  EXPECT_TRUE(facts.processes.at(1).forked);
  EXPECT_THAT(facts.processes[1].threads, IsEmpty());
  EXPECT_FALSE(facts.processes.at(2).forked);
  EXPECT_EQ(facts.processes[2].parent, child.pid());
}

TEST_F(WaitReaderTest, TheTreeBelowOneAndWithoutAnother) {
  const Child child([] {
    if (::fork() == 0) {
      if (::fork() == 0) wait_for_ever();
      wait_for_ever();
    }
    wait_for_ever();
  });
  const Facts all = child.read_when(
      [](const Facts& now) { return now.processes.size() == 3; });
  ASSERT_THAT(all.processes, SizeIs(3));
  Tree tree;
  tree.above = child.pid();
  EXPECT_THAT(read_facts(tree).processes, SizeIs(2));
  tree.without = {all.processes[1].id};
  tree.ours = true;
  const Facts last = read_facts(tree);
  ASSERT_THAT(last.processes, SizeIs(1));
  EXPECT_EQ(last.root, all.processes[2].id);
  EXPECT_EQ(last.processes[0].parent, 0);
  EXPECT_TRUE(last.around.ours);
  EXPECT_FALSE(last.around.own_namespaces);
}

TEST_F(WaitReaderTest, AThreadThatRunsIsADisturbance) {
  const Child child([] {
    if (::fork() == 0)
      for (volatile unsigned i = 0; true;) i = i + 1;
    wait_for_ever();
  });
  const auto deadline = steady_clock::now() + std::chrono::seconds(20);
  Facts facts;
  while (facts.processes.size() != 2 && steady_clock::now() < deadline)
    facts = child.read();
  ASSERT_THAT(facts.processes, SizeIs(2));
  facts = child.read();
  EXPECT_FALSE(facts.disturbed.empty());
  EXPECT_THAT(facts.processes, SizeIs(2));
  const long runner = facts.processes[1].id;
  // The parent may still be on its way to sleep.
  do facts = child.read({{runner, runner}});
  while (!facts.disturbed.empty() && steady_clock::now() < deadline);
  EXPECT_EQ(facts.disturbed, "");
}

TEST_F(WaitReaderTest, PingPongIsNeverAsleepUnnoticed) {
  int to[2], fro[2];
  ASSERT_EQ(::pipe(to), 0);
  ASSERT_EQ(::pipe(fro), 0);
  const Child child([&] {
    const bool first = ::fork() == 0;
    const int in = first ? to[0] : fro[0], out = first ? fro[1] : to[1];
    char byte = 0;
    if (first && ::write(out, &byte, 1) < 0) ::_exit(1);
    while (::read(in, &byte, 1) == 1 && ::write(out, &byte, 1) == 1) {
    }
  });
  const auto deadline = steady_clock::now() + std::chrono::seconds(20);
  while (child.read().processes.size() != 2 && steady_clock::now() < deadline) {
  }
  int quiet = 0;
  for (int i = 0; i < 2'000; ++i)
    if (child.read().disturbed.empty()) ++quiet;
  // One of the two moves at any time, but before it has begun.
  EXPECT_EQ(quiet, 0);
  for (const int end : {to[0], to[1], fro[0], fro[1]}) ::close(end);
}

TEST_F(WaitReaderTest, WhoComesRoundToTheSameCallDidNotSleep) {
  // It takes much longer to read all the descriptors than it sleeps, so it
  // looks the same both times but for the count.
  const Child child([] {
    for (int i = 0; i < 100; ++i)
      if (::dup(0) < 0) ::_exit(1);
    const timespec moment{0, 100'000};
    while (true)
      ::syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &moment, nullptr);
  });
  const auto deadline = steady_clock::now() + std::chrono::seconds(20);
  const Pollers poller{{child.pid(), child.pid()}};
  Facts facts;
  while (steady_clock::now() < deadline) {
    facts = child.read(poller);
    if (threads_of(facts) == 1 && facts.processes[0].descriptors.size() >= 100)
      break;
  }
  EXPECT_EQ(facts.disturbed, "");
  int quiet = 0, slept = 0;
  for (int i = 0; i < 100; ++i) {
    if (child.read().disturbed.empty()) ++quiet;
    facts = child.read(poller);
    EXPECT_EQ(facts.disturbed, "");
    if (facts.processes.at(0).threads.at(0).asleep) ++slept;
  }
  // A machine that stands still for a moment is not the reader's fault.
  EXPECT_LE(quiet, 10);
  EXPECT_LE(slept, 10);
}

TEST_F(WaitReaderTest, WhoIsBornMeanwhileIsNotMissed) {
  // A chain: each process makes the next one and ends. Somebody always runs.
  const Child child([] {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::signal(SIGCHLD, SIG_IGN);
    if (::fork() == 0) {
      while (::fork() <= 0) {
      }
      ::_exit(0);
    }
    wait_for_ever();
  });
  int with_child = 0;
  for (int i = 0; i < 100; ++i) {
    const Facts facts = child.read();
    if (facts.processes.size() > 1) ++with_child;
    if (facts.disturbed.empty()) {
      EXPECT_EQ(with_child, 0);
    }
  }
  EXPECT_GT(with_child, 0);
}

TEST_F(WaitReaderTest, NobodyIsNoTree) {
  Tree tree;
  tree.above = 1L << 23;
  EXPECT_THAT(read_facts(tree).processes, IsEmpty());
  tree.with_above = true;
  EXPECT_THAT(read_facts(tree).processes, IsEmpty());
  EXPECT_NE(read_facts(tree).disturbed, "");
}

}  // namespace
}  // namespace poolbugs::wait
