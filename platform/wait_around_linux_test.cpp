// The processes outside are children of the test, and the test itself; the
// facts of the tree are made up.
#include <linux/futex.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>

#include <thread>

#include "platform/wait_around_test_support.hpp"
#include "platform/wait_groups_linux.hpp"
#include "platform/wait_outside_linux.hpp"

namespace poolbugs::wait {
namespace {

using namespace testing_support;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

TEST(LookAroundTest, FindsAPipeThatSomebodyElseHolds) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const FileId file = file_id(ends[0]);
  const Child child([&](const Child::Steps& steps) {
    ::close(ends[0]);
    steps.step();
    ::close(ends[1]);
    steps.step();
  });
  ::close(ends[0]);
  ::close(ends[1]);
  const Facts tree = tree_with(FileKind::pipe, file);
  EXPECT_THAT(around(tree).held_outside, ElementsAre(file));
  child.next();
  EXPECT_THAT(around(tree).held_outside, IsEmpty());
}

TEST(LookAroundTest, WhatWeHoldIsHeldOutside) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const FileId file = file_id(ends[0]);
  const Facts tree = tree_with(FileKind::pipe, file);
  ::close(ends[1]);
  EXPECT_THAT(around(tree).held_outside, ElementsAre(file));
  ::close(ends[0]);
  EXPECT_THAT(around(tree).held_outside, IsEmpty());
}

TEST(LookAroundTest, WhatTheTreeItselfHoldsIsNot) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const FileId file = file_id(ends[0]);
  const Child child([](const Child::Steps& steps) { steps.step(); });
  ::close(ends[0]);
  ::close(ends[1]);
  Facts tree = tree_with(FileKind::pipe, file, child.pid());
  const std::string path = "/proc/" + std::to_string(child.pid()) + "/stat";
  tree.processes[0].start_ticks =
      parse_stat(proc::read_file(path.c_str()))->start_ticks;
  EXPECT_THAT(around(tree).held_outside, IsEmpty());
  // The same id, but of another process.
  ++tree.processes[0].start_ticks;
  EXPECT_THAT(around(tree).held_outside, ElementsAre(file));
}

TEST(LookAroundTest, FindsBothEndsOfASocketpair) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  Facts tree = tree_with(FileKind::socket, file_id(ends[0]));
  tree.processes[0].descriptors[0].peer = file_id(ends[1]).inode;
  const FileId inner = file_id(ends[0]), peer = file_id(ends[1]);
  EXPECT_THAT(around(tree).held_outside,
              testing::UnorderedElementsAre(inner, peer));
  ::close(ends[0]);
  EXPECT_THAT(around(tree).held_outside, ElementsAre(peer));
  ::close(ends[1]);
  EXPECT_THAT(around(tree).held_outside, IsEmpty());
}

TEST(LookAroundTest, TellsEventfdsApart) {
  const UniqueFd other(::eventfd(0, 0));
  UniqueFd ours(::eventfd(0, 0));
  const std::uint64_t id = eventfd_id(ours.get());
  const Facts tree = tree_with(FileKind::eventfd, {0, id});
  EXPECT_THAT(around(tree).eventfds_outside, ElementsAre(id));
  ours.reset();
  EXPECT_THAT(around(tree).eventfds_outside, IsEmpty());
}

Facts tree_with_futex(FileId file) {
  Facts tree = tree_with(FileKind::other, {});
  Futex futex;
  futex.shared = true;
  futex.file = file;
  tree.processes[0].threads.emplace_back().futexes.push_back(futex);
  return tree;
}

TEST(LookAroundTest, FindsWhoMapsTheFileOfAFutex) {
  const int file = ::memfd_create("around", 0);
  ASSERT_GE(file, 0);
  ASSERT_EQ(::ftruncate(file, 4096), 0);
  const FileId id = file_id(file);
  const Child child([&](const Child::Steps& steps) {
    void* memory =
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    steps.step();
    ::munmap(memory, 4096);
    steps.step();
  });
  const Facts tree = tree_with_futex(id);
  EXPECT_THAT(around(tree).held_outside, ElementsAre(id)) << "our descriptor";
  ::close(file);
  EXPECT_THAT(around(tree).held_outside, ElementsAre(id)) << "its mapping";
  child.next();
  EXPECT_THAT(around(tree).held_outside, IsEmpty());
}

TEST(LookAroundTest, WhoHasTheFileOfAFutexOpenMayMapIt) {
  UniqueFd file(::memfd_create("around", 0));
  const FileId id = file_id(file.get());
  EXPECT_THAT(around(tree_with_futex(id)).held_outside, ElementsAre(id));
  file.reset();
  EXPECT_THAT(around(tree_with_futex(id)).held_outside, IsEmpty());
}

TEST(LookAroundTest, FindsWhoHasAFileWithALockOpen) {
  UniqueFd file(::memfd_create("locked", 0));
  const FileId id = file_id(file.get());
  Facts tree = tree_with(FileKind::regular, id);
  EXPECT_THAT(around(tree).held_outside, IsEmpty()) << "nobody asks";
  tree.processes[0].descriptors[0].locks.emplace_back();
  EXPECT_THAT(around(tree).held_outside, ElementsAre(id));
  tree.processes[0].descriptors[0].locks.clear();
  ThreadFacts& thread = tree.processes[0].threads.emplace_back();
  thread.call = SYS_flock;
  thread.arguments[0] = 3;
  EXPECT_THAT(around(tree).held_outside, ElementsAre(id));
  file.reset();
  EXPECT_THAT(around(tree).held_outside, IsEmpty());
}

TEST(LookAroundTest, FindsWhatAThreadHoldsThatOutlivedTheFirst) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const FileId file = file_id(ends[0]);
  const Child child([&](const Child::Steps& steps) {
    std::thread([steps, first = ::getpid()] {
      // The first thread has left when its table of descriptors is empty.
      const std::string path = "/proc/" + std::to_string(first) + "/fd";
      while (!proc::numbered_entries(path.c_str()).empty()) ::sched_yield();
      steps.step();
    }).detach();
    ::syscall(SYS_exit, 0);  // as pthread_exit, which would unwind the test
  });
  ::close(ends[0]);
  ::close(ends[1]);
  EXPECT_THAT(around(tree_with(FileKind::pipe, file)).held_outside,
              ElementsAre(file));
}

TEST(LookAroundTest, WhatWasHandedDownIsOutside) {
  const FileId pipe{7, 123'456'789}, strange{7, 987'654'321};
  Tree tree;
  tree.handed_down = {pipe, strange, {0, 4711}};
  EXPECT_THAT(around(tree_with(FileKind::pipe, pipe), tree).held_outside,
              ElementsAre(pipe));
  EXPECT_THAT(around(tree_with(FileKind::socket, {8, 5}), tree).held_outside,
              IsEmpty());
  EXPECT_THAT(
      around(tree_with(FileKind::eventfd, {0, 4711}), tree).eventfds_outside,
      ElementsAre(4711));
}

TEST(LookAroundTest, OwnFilesAreAllThatWeHold) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const FileId file = file_id(ends[0]);
  UniqueFd event(::eventfd(0, 0));
  const FileId id{0, eventfd_id(event.get())};
  EXPECT_THAT(own_files(), Contains(file));
  EXPECT_THAT(own_files(), Contains(id));
  EXPECT_THAT(own_files(), Contains(file_id(STDERR_FILENO)));
  ::close(ends[0]);
  ::close(ends[1]);
  event.reset();
  EXPECT_THAT(own_files(), Not(Contains(file)));
  EXPECT_THAT(own_files(), Not(Contains(id)));
}

/// A tree of one process whose only thread is this one.
Facts tree_of_thread(pid_t thread) {
  Facts tree = tree_with(FileKind::other, {});
  tree.processes[0].threads.emplace_back().id = thread;
  return tree;
}

TEST(LookAroundTest, FindsWhoIsTracedByTheTree) {
  // A process with a second thread, and another that traces that one only.
  int id[2];
  ASSERT_EQ(::pipe(id), 0);
  const Child traced([&](const Child::Steps& steps) {
    ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
    std::thread([&] {
      const pid_t self = ::gettid();
      if (::write(id[1], &self, sizeof self) == sizeof self) steps.step();
    }).join();
  });
  pid_t thread = 0;
  ASSERT_EQ(::read(id[0], &thread, sizeof thread), ssize_t{sizeof thread});
  const Child tracer([&](const Child::Steps& steps) {
    if (::ptrace(PTRACE_SEIZE, thread, 0, 0) != 0) ::_exit(1);
    steps.step();
    ::ptrace(PTRACE_INTERRUPT, thread, 0, 0);
    ::waitpid(thread, nullptr, __WALL);
    ::ptrace(PTRACE_DETACH, thread, 0, 0);
    steps.step();
  });
  ::close(id[0]);
  ::close(id[1]);
  EXPECT_TRUE(around(tree_of_thread(tracer.pid())).traces_outside);
  EXPECT_FALSE(around(tree_of_thread(traced.pid())).traces_outside);
  tracer.next();
  EXPECT_FALSE(around(tree_of_thread(tracer.pid())).traces_outside);
}

/// One digit for each: everybody seen, somebody unreadable, alarm known.
std::string view() {
  const Surroundings seen = around({});
  return std::string(seen.saw_everybody ? "1" : "0") +
         (seen.unreadable > 0 ? "1" : "0") +
         (seen.alarm != Surroundings::Alarm::unknown ? "1" : "0");
}

TEST(LookAroundTest, NobodyMaySeeLittle) {
  if (::geteuid() != 0) GTEST_SKIP() << "cannot become somebody else";
  const std::string seen = output_of([] {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) return std::string("?");
    return view();
  });
  EXPECT_EQ(seen, "010");
}

TEST(LookAroundTest, KernelThreadsHoldNothing) {
  if (::geteuid() != 0) GTEST_SKIP() << "cannot become somebody else";
  const auto second = parse_stat(proc::read_file("/proc/2/stat"));
  if (!second || second->name != "kthreadd") GTEST_SKIP() << "not to be seen";
  const std::string seen = output_of([]() -> std::string {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) return "?";
    Held held;
    const Looked kernel = look_into(2, {}, false, held);
    const Looked init = look_into(1, {}, false, held);
    return (kernel == Looked::everything ? "holds nothing, " : "?, ") +
           std::string(init == Looked::not_allowed ? "not allowed" : "?");
  });
  EXPECT_EQ(seen, "holds nothing, not allowed");
}

TEST(LookAroundTest, SeesEverybodyOnlyIfAllCouldBeRead) {
  const Surroundings seen = around({});
  EXPECT_EQ(seen.saw_everybody, seen.unreadable == 0 && sees_all_processes());
}

TEST(LookAroundTest, OtherPidNamespacesSeeNotEverybody) {
  const std::string seen = output_of([]() -> std::string {
    if (::unshare((::geteuid() == 0 ? 0 : CLONE_NEWUSER) | CLONE_NEWPID) != 0)
      return "cannot";
    return output_of(
        [] { return std::string(sees_all_processes() ? "all" : "some"); });
  });
  if (seen == "cannot") GTEST_SKIP() << "no pid namespaces";
  EXPECT_EQ(seen, "some");
}

TEST(LookAroundTest, OtherPidNamespacesSeeNotEverybodyInTheirOwnProc) {
  const std::string seen = output_of([]() -> std::string {
    if (::geteuid() != 0 || ::unshare(CLONE_NEWNS | CLONE_NEWPID) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      return "cannot";
    return output_of([]() -> std::string {
      if (::mount("proc", "/proc", "proc", 0, nullptr) != 0) return "cannot";
      return sees_all_processes() ? "all" : "some";
    });
  });
  if (seen == "cannot") GTEST_SKIP() << "may not mount /proc";
  EXPECT_EQ(seen, "some");
}

TEST(LookAroundTest, HiddenProcessesAreNotSeen) {
  const std::string seen = output_of([]() -> std::string {
    if (::geteuid() != 0 || ::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("proc", "/proc", "proc", 0, "hidepid=2") != 0)
      return "cannot";
    return sees_all_processes() ? "all" : "some";
  });
  if (seen == "cannot") GTEST_SKIP() << "may not mount /proc";
  EXPECT_EQ(seen, "some");
}

TEST(LookAroundTest, TheFirstPidNamespaceSeesEverybody) {
  struct stat space {};
  ASSERT_EQ(::stat("/proc/self/ns/pid", &space), 0);
  if (space.st_ino != 0xEFFFFFFC) GTEST_SKIP() << "this is another one";
  const std::string mounts = proc::read_file("/proc/self/mountinfo", 1 << 24);
  if (mounts.find("hidepid") != std::string::npos)
    GTEST_SKIP() << "mounted with hidepid";
  EXPECT_TRUE(sees_all_processes());
}

TEST(LookAroundTest, SeesThatTheTreeWokeMeanwhile) {
  const Child child([](const Child::Steps& steps) {
    for (;;) steps.step();
  });
  // On its way to sleep it may be taken off the CPU once more.
  Facts tree;
  for (int i = 0; i < 100 && (i == 0 || !tree.disturbed.empty()); ++i) {
    tree = tree_asleep(child.pid());
    look_around({}, tree);
  }
  EXPECT_EQ(tree.disturbed, "");
  // Woken, but not yet on a CPU.
  Facts waking = tree;
  waking.processes[0].threads[0].state = 'D';
  look_around({}, waking);
  EXPECT_NE(waking.disturbed, "");
  child.next();
  look_around({}, tree);
  EXPECT_NE(tree.disturbed, "");
  tree = tree_asleep(child.pid());
  ::kill(child.pid(), SIGSTOP);
  ::waitpid(child.pid(), nullptr, WUNTRACED);
  look_around({}, tree);
  EXPECT_NE(tree.disturbed, "");
}

TEST(ControlGroupsTest, OnlyVersionOneOfMemoryMatters) {
  const std::string head = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n";
  EXPECT_TRUE(has_old_memory_groups(head + "cpu\t1\t1\t1\nmemory\t4\t23\t1\n"));
  EXPECT_FALSE(has_old_memory_groups(head + "cpu\t1\t1\t1\nmemory\t0\t9\t1\n"));
  EXPECT_FALSE(has_old_memory_groups(head + "cpu\t1\t1\t1\n"));
  EXPECT_TRUE(has_old_memory_groups("")) << "not known";
}

TEST(ControlGroupsTest, ReadOnlyMountsTakeNoRequests) {
  const std::string proc = "22 27 0:21 / /proc rw - proc proc rw\n";
  const std::string mount = "35 31 0:32 / /sys/fs/cgroup/memory ";
  EXPECT_TRUE(mounts_old_memory_groups(
      proc + mount + "rw,relatime shared:9 - cgroup cgroup rw,memory\n"));
  EXPECT_FALSE(mounts_old_memory_groups(
      proc + mount + "ro,relatime shared:9 - cgroup cgroup rw,memory\n"));
  EXPECT_FALSE(mounts_old_memory_groups(
      proc + mount + "rw,relatime - cgroup cgroup rw,freezer\n"));
  EXPECT_FALSE(mounts_old_memory_groups(
      proc + mount + "rw,relatime - cgroup2 cgroup2 rw,memory_x\n"));
  EXPECT_TRUE(mounts_old_memory_groups("")) << "not known";
}

}  // namespace
}  // namespace poolbugs::wait
