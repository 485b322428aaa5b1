// For each system call one wait without end, and what makes it no such wait.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "platform/wait_graph_test_support.hpp"

namespace poolbugs::wait {
namespace {

constexpr auto kAny = static_cast<std::uint64_t>(-1);

/// A thread that nobody in the tree wakes, which is not what is tested.
int blocked_worker(FactsBuilder& tree, int parent) {
  const int worker = tree.process(parent);
  const std::uint64_t pipe = 900 + static_cast<std::uint64_t>(worker);
  tree.read_end(worker, 90, pipe);
  tree.write_end(worker, 91, pipe);
  tree.call(worker, SYS_read, {90});
  return worker;
}

/// A process in this call, with one blocked child.
FactsBuilder in_call(long call, std::array<std::uint64_t, 6> arguments) {
  FactsBuilder tree;
  blocked_worker(tree, tree.process());
  tree.call(0, call, arguments);
  return tree;
}

TEST(WaitCalls, UnknownCallIsFree) {
  EXPECT_EQ(in_call(SYS_getpid, {}).outcome(),
            "is in system call " + std::to_string(SYS_getpid));
}

TEST(WaitCalls, KnownCallWithoutModelIsFree) {
  EXPECT_EQ(in_call(SYS_connect, {3}).outcome(), "is in connect");
  EXPECT_EQ(in_call(SYS_openat, {3}).outcome(), "is in openat");
  EXPECT_EQ(in_call(SYS_pread64, {3}).outcome(), "is in pread64");
}

TEST(WaitCalls, ServerIsFree) {
  EXPECT_EQ(in_call(SYS_accept, {3}).outcome(), "waits for connections");
  EXPECT_EQ(in_call(SYS_accept4, {3}).outcome(), "waits for connections");
}

TEST(WaitCalls, TimedCallsAreFree) {
  const std::uint64_t time = 0x7ffc0000;
  const std::vector<std::pair<long, std::array<std::uint64_t, 6>>> timed = {
      {SYS_nanosleep, {time}},
      {SYS_clock_nanosleep, {0, 0, time}},
      {SYS_restart_syscall, {}},
      {SYS_futex, {8, 0, 2, time}},
      {SYS_futex_waitv, {8, 1, 0, time}},
      {SYS_semtimedop, {1, 8, 1, time}},
      {SYS_ppoll, {8, 1, time}},
      {SYS_pselect6, {4, 8, 0, 0, time}},
      {SYS_epoll_pwait, {3, 8, 1, 1000}},
      {SYS_epoll_pwait, {3, 8, 1, 0}},
      {SYS_rt_sigtimedwait, {8, 0, time}},
      {SYS_mq_timedreceive, {3, 8, 1, 0, time}},
      {SYS_mq_timedsend, {3, 8, 1, 0, time}},
      {SYS_recvmmsg, {3}},
      {SYS_sendmmsg, {3}},
      {SYS_io_getevents, {3}},
      {SYS_io_uring_enter, {3}},
#ifdef SYS_poll
      {SYS_poll, {8, 1, 1000}},
      {SYS_poll, {8, 1, 0}},
      {SYS_select, {4, 8, 0, 0, time}},
      {SYS_epoll_wait, {3, 8, 1, 1000}},
#endif
  };
  for (const auto& [call, arguments] : timed) {
    FactsBuilder tree = in_call(call, arguments);
    // Everything else would make it a wait without end.
    tree.facts.around.own_namespaces = true;
    tree.thread_at(0).polled_known = tree.thread_at(0).futexes_known = true;
    EXPECT_EQ(tree.outcome(), "waits with a time-out") << call;
  }
}

TEST(WaitCalls, Wait4WaitsForChildren) {
  EXPECT_EQ(in_call(SYS_wait4, {kAny}).outcome(), "whole");
  EXPECT_EQ(in_call(SYS_wait4, {0}).outcome(), "whole");
  EXPECT_EQ(in_call(SYS_wait4, {kAny, 0, WUNTRACED}).outcome(), "whole");
}

TEST(WaitCalls, Wait4OfOneChild) {
  FactsBuilder tree = in_call(SYS_wait4, {0});
  // As its own namespace calls it.
  tree.thread_at(0).arguments[0] =
      static_cast<std::uint64_t>(tree.at(1).inner_id);
  EXPECT_EQ(tree.outcome(), "whole");
  tree.thread_at(0).arguments[0] = static_cast<std::uint64_t>(tree.at(1).id);
  EXPECT_EQ(tree.outcome(), "waits for a process that it traces");
}

TEST(WaitCalls, Wait4WithoutLivingChildIsFree) {
  FactsBuilder tree = in_call(SYS_wait4, {kAny});
  tree.at(1).parent = 0;  // somebody else's
  EXPECT_EQ(tree.outcome(), "waits for a process that it traces");
}

TEST(WaitCalls, Wait4OfZombieIsFree) {
  FactsBuilder tree = in_call(SYS_wait4, {kAny});
  tree.at(1).threads.clear();
  tree.at(1).zombie = true;
  EXPECT_EQ(tree.outcome(), "waits for a process that it traces");
}

TEST(WaitCalls, WaitOfAKindIsFree) {
  for (const std::uint64_t bit :
       {std::uint64_t{__WCLONE}, std::uint64_t{__WNOTHREAD}}) {
    EXPECT_EQ(in_call(SYS_wait4, {kAny, 0, bit}).outcome(),
              "waits for children of a kind");
    EXPECT_EQ(in_call(SYS_waitid, {P_ALL, 0, 0, bit | WEXITED}).outcome(),
              "waits for children of a kind");
  }
}

TEST(WaitCalls, WaitidWaitsForChildren) {
  EXPECT_EQ(in_call(SYS_waitid, {P_ALL, 0, 0, WEXITED}).outcome(), "whole");
  EXPECT_EQ(in_call(SYS_waitid, {P_PGID, 7, 0, WEXITED}).outcome(), "whole");
  EXPECT_EQ(in_call(SYS_waitid, {P_PIDFD, 7, 0, WEXITED}).outcome(), "whole");
  EXPECT_EQ(in_call(SYS_waitid, {P_PID, 12, 0, WEXITED}).outcome(), "whole");
  EXPECT_EQ(in_call(SYS_waitid, {P_PID, 13, 0, WEXITED}).outcome(),
            "waits for a process that it traces");
  EXPECT_EQ(in_call(SYS_waitid, {P_ALL, 0, 0, WSTOPPED}).outcome(),
            "waits for children of a kind");
  EXPECT_EQ(in_call(SYS_waitid, {4, 0, 0, WEXITED}).outcome(),
            "waits for it is not known whom");
}

TEST(WaitCalls, ParentOfARunningChildMayMove) {
  FactsBuilder tree = in_call(SYS_wait4, {kAny});
  tree.thread_at(1).asleep = false;
  const Verdict verdict = decide(tree.graph());
  EXPECT_EQ(verdict.proof, Proof::none);
  EXPECT_EQ(verdict.outlook[0], Outlook::may_move);
}

TEST(WaitCalls, VforkWaitsForItsChild) {
  std::vector<long> calls = {SYS_clone, SYS_clone3};
#ifdef SYS_vfork
  calls.push_back(SYS_vfork);
#endif
  for (const long call : calls) {
    FactsBuilder tree = in_call(call, {});
    EXPECT_EQ(tree.outcome(), "starts a process");
    tree.thread_at(0).vforks = true;
    EXPECT_EQ(tree.outcome(), "whole");
    tree.at(1).parent = 0;
    EXPECT_EQ(tree.outcome(), "waits for a process that it traces");
  }
}

/// Calls whose waker can be anybody of a namespace.
struct Anybody {
  long call;
  const char* otherwise;
  ObjectKind kind;
};

TEST(WaitCalls, AnybodyMayEndTheseWaits) {
  const char* others = "waits for what others of the machine may do";
  const std::vector<Anybody> all = {
      {SYS_semop, others, ObjectKind::semaphore},
      {SYS_semtimedop, others, ObjectKind::semaphore},
      {SYS_msgrcv, others, ObjectKind::message_queue},
      {SYS_msgsnd, others, ObjectKind::message_queue},
      {SYS_mq_timedreceive, others, ObjectKind::message_queue},
      {SYS_mq_timedsend, others, ObjectKind::message_queue},
  };
  for (const Anybody& one : all) {
    FactsBuilder tree = in_call(one.call, {});
    EXPECT_EQ(tree.outcome(), one.otherwise) << one.call;
    tree.facts.around.own_namespaces = true;
    tree.facts.around.no_signals = true;  // a stop ends some of them
    EXPECT_EQ(tree.outcome(), "whole") << one.call;
    const Graph graph = tree.graph();
    const Wait& wait = graph.threads[0].waits.at(0);
    EXPECT_EQ(graph.objects[static_cast<std::size_t>(wait.object)].kind,
              one.kind);
    EXPECT_EQ(wait.processes, (std::vector<int>{0, 1}));
    EXPECT_FALSE(wait.certain);
  }
}

TEST(WaitCalls, FcntlThatWaitsForNoLockIsFree) {
  EXPECT_EQ(in_call(SYS_fcntl, {3, F_SETLKW}).outcome(), "is in fcntl");
}

}  // namespace
}  // namespace poolbugs::wait
