// What read_facts() says of what threads wait for.
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>

#include <cerrno>
#include <cstddef>
#include <ctime>

#include "platform/wait_reader_test_support.hpp"

namespace poolbugs::wait {
namespace {

using testing::Contains;
using testing::SizeIs;

TEST_F(WaitReaderTest, AReaderOfAPipe) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const Child child([&] {
    char byte;
    if (::read(ends[0], &byte, 1) < 0) ::_exit(1);
  });
  const Facts facts = child.read_in(SYS_read);
  ASSERT_THAT(facts.processes, SizeIs(1));
  const ProcessFacts& process = facts.processes[0];
  EXPECT_EQ(facts.root, child.pid());
  EXPECT_EQ(process.id, child.pid());
  EXPECT_EQ(process.inner_id, child.pid());
  EXPECT_TRUE(process.readable && process.modelled) << process.why_not;
  EXPECT_TRUE(process.forked);
  EXPECT_FALSE(process.timers);
  EXPECT_FALSE(process.zombie);
  EXPECT_NE(process.ipc_space, 0u);
  const ThreadFacts& thread = process.threads.at(0);
  EXPECT_TRUE(thread.asleep);
  EXPECT_FALSE(thread.elsewhere);
  EXPECT_EQ(thread.state, 'S');
  EXPECT_EQ(thread.arguments[0], static_cast<std::uint64_t>(ends[0]));
  const Descriptor& reader = descriptor_of(process, ends[0]);
  const Descriptor& writer = descriptor_of(process, ends[1]);
  EXPECT_EQ(reader.kind, FileKind::pipe);
  EXPECT_TRUE(reader.reads && !reader.writes && !reader.signals);
  EXPECT_TRUE(writer.writes && !writer.reads);
  EXPECT_EQ(reader.file, writer.file);
  ::close(ends[0]);
  ::close(ends[1]);
}

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

TEST_F(WaitReaderTest, AHeldMutex) {
  const Child child([] {
    ::pthread_mutex_lock(&mutex);
    ::pthread_mutex_lock(&mutex);
  });
  const Facts facts = child.read_in(SYS_futex);
  const ThreadFacts& thread = facts.processes.at(0).threads.at(0);
  EXPECT_TRUE(thread.futexes_known);
  ASSERT_THAT(thread.futexes, SizeIs(1));
  const Futex& futex = thread.futexes[0];
  EXPECT_EQ(futex.address, reinterpret_cast<std::uintptr_t>(&mutex));
  EXPECT_TRUE(futex.mapped && futex.readable);
  EXPECT_FALSE(futex.shared);
  EXPECT_EQ(futex.words[0], 2u);
  EXPECT_EQ(futex.words[2], static_cast<std::uint32_t>(child.pid()));
}

TEST_F(WaitReaderTest, ASharedFutex) {
  void* place = ::mmap(nullptr, 8192, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* word = static_cast<std::uint32_t*>(place) + 1024 + 2;
  const Child child([&] {
    ::syscall(SYS_futex, word, 0 /* FUTEX_WAIT */, 0, nullptr, nullptr, 0);
  });
  const Facts facts = child.read_in(SYS_futex);
  const ProcessFacts& process = facts.processes.at(0);
  const Futex& futex = process.threads.at(0).futexes.at(0);
  EXPECT_TRUE(futex.mapped && futex.shared && futex.readable);
  EXPECT_EQ(futex.offset, 4096u + 8u);
  EXPECT_NE(futex.file.inode, 0u);
  EXPECT_EQ(futex.path, "/dev/zero (deleted)");
  EXPECT_THAT(process.shared_maps, Contains(futex.file));
  ::munmap(place, 8192);
}

TEST_F(WaitReaderTest, ManyFutexes) {
  struct {
    std::uint64_t value, address;
    std::uint32_t flags, reserved;
  } vector[2]{};
  static std::uint32_t words[2];
  for (int i = 0; i < 2; ++i) {
    vector[i].address = reinterpret_cast<std::uintptr_t>(&words[i]);
    vector[i].flags = 2 | 128;
  }
  if (::syscall(449, vector, 0, 0, nullptr, 0) < 0 && errno == ENOSYS)
    GTEST_SKIP() << "this kernel has no futex_waitv";
  const Child child([&] { ::syscall(449, vector, 2, 0, nullptr, 0); });
  const Facts facts = child.read_in(449);
  const ThreadFacts& thread = facts.processes.at(0).threads.at(0);
  EXPECT_TRUE(thread.futexes_known);
  ASSERT_THAT(thread.futexes, SizeIs(2));
  EXPECT_EQ(thread.futexes[1].address, vector[1].address);
}

TEST_F(WaitReaderTest, PollAndSelect) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const Child polls([&] {
    pollfd wanted[]{{ends[0], POLLIN, 0}, {-1, POLLIN, 0}};
    ::ppoll(wanted, 2, nullptr, nullptr);
  });
  const Child selects([&] {
    fd_set readers, others;
    FD_ZERO(&readers);
    FD_ZERO(&others);
    FD_SET(ends[0], &readers);
    FD_SET(ends[0], &others);
    ::pselect(ends[0] + 1, &readers, nullptr, &others, nullptr, nullptr);
  });
  const Facts polled = polls.read_in(SYS_ppoll);
  const ThreadFacts& poller = polled.processes.at(0).threads.at(0);
  EXPECT_TRUE(poller.polled_known);
  ASSERT_THAT(poller.polled, SizeIs(1));
  EXPECT_EQ(poller.polled[0].descriptor, ends[0]);
  EXPECT_EQ(poller.polled[0].events, POLLIN);
  const Facts selected = selects.read_in(SYS_pselect6);
  const ThreadFacts& selector = selected.processes.at(0).threads.at(0);
  EXPECT_TRUE(selector.polled_known);
  ASSERT_THAT(selector.polled, SizeIs(1));
  EXPECT_EQ(selector.polled[0].descriptor, ends[0]);
  EXPECT_EQ(selector.polled[0].events, POLLIN | POLLPRI);
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(WaitReaderTest, AnEpollSetWithAStaleEntry) {
  const Child child([] {
    int ends[2], kept[2];
    const int set = ::epoll_create1(0);
    epoll_event event{};
    event.events = EPOLLIN;
    if (::pipe(ends) != 0 || ::pipe(kept) != 0) ::_exit(1);
    ::epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event);
    ::epoll_ctl(set, EPOLL_CTL_ADD, kept[0], &event);
    // The file lives on as 100; its number names another file.
    ::dup2(ends[0], 100);
    ::dup2(kept[1], ends[0]);
    ::dup2(set, 101);
    ::syscall(SYS_epoll_pwait, set, &event, 1, -1, nullptr, 8);
  });
  const Facts facts = child.read_in(SYS_epoll_pwait);
  const Descriptor& set = descriptor_of(facts.processes.at(0), 101);
  EXPECT_EQ(set.kind, FileKind::epoll);
  ASSERT_THAT(set.watched, SizeIs(2));
  EXPECT_NE(set.watched[0].sure, set.watched[1].sure);
  EXPECT_FALSE(set.all_watched_known);
}

TEST_F(WaitReaderTest, AnEventfdAndTimers) {
  const Child child([] {
    ::dup2(::eventfd(0, 0), 100);
    ::dup2(::timerfd_create(CLOCK_MONOTONIC, 0), 101);
    ::dup2(::timerfd_create(CLOCK_MONOTONIC, 0), 102);
    const itimerspec limit{{0, 0}, {1000, 0}};
    ::timerfd_settime(102, 0, &limit, nullptr);
    timer_t timer{};
    sigevent event{};
    event.sigev_notify = SIGEV_NONE;
    ::timer_create(CLOCK_MONOTONIC, &event, &timer);
    wait_for_ever();
  });
  const Facts facts = child.read_when([](const Facts& now) {
    return !now.processes.empty() && now.processes[0].timers;
  });
  const ProcessFacts& process = facts.processes.at(0);
  EXPECT_EQ(descriptor_of(process, 100).kind, FileKind::eventfd);
  EXPECT_EQ(descriptor_of(process, 100).file.device, 0u);
  EXPECT_EQ(descriptor_of(process, 101).kind, FileKind::timerfd);
  EXPECT_FALSE(descriptor_of(process, 101).armed);
  EXPECT_TRUE(descriptor_of(process, 102).armed);
}

TEST_F(WaitReaderTest, PairsOfSockets) {
  int pair[2], timed[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, timed), 0);
  const int alone = ::socket(AF_UNIX, SOCK_STREAM, 0);
  const timeval limit{1000, 0};
  ::setsockopt(timed[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  const auto read_from = [](int end) {
    char byte;
    if (::read(end, &byte, 1) < 0) ::_exit(1);
  };
  const Child first([&] { read_from(pair[0]); });
  const Child second([&] { read_from(timed[0]); });
  const Facts facts = first.read_in(SYS_read);
  const ProcessFacts& process = facts.processes.at(0);
  const Descriptor& one = descriptor_of(process, pair[0]);
  const Descriptor& other = descriptor_of(process, pair[1]);
  EXPECT_TRUE(one.anonymous_pair && other.anonymous_pair);
  EXPECT_EQ(one.peer, other.file.inode);
  EXPECT_EQ(other.peer, one.file.inode);
  EXPECT_FALSE(one.receive_timed);
  EXPECT_FALSE(one.send_timed);
  EXPECT_FALSE(one.in_flight);
  EXPECT_FALSE(one.signals);
  EXPECT_TRUE(other.receive_timed) << "nobody waits there: not looked up";
  EXPECT_FALSE(descriptor_of(process, alone).anonymous_pair);
  const Facts late = second.read_in(SYS_read);
  EXPECT_TRUE(descriptor_of(late.processes.at(0), timed[0]).receive_timed);
  EXPECT_FALSE(descriptor_of(late.processes.at(0), timed[0]).send_timed);
  for (const int end : {pair[0], pair[1], timed[0], timed[1], alone})
    ::close(end);
}

TEST_F(WaitReaderTest, LocksOnFilesAndWhoWaitsForThem) {
  const std::string path =
      testing::TempDir() + "poolbugs-lock-" + std::to_string(::getpid());
  const int held = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_start = 10;
  range.l_len = 5;
  ASSERT_EQ(::fcntl(held, F_SETLK, &range), 0);
  ASSERT_EQ(::flock(held, LOCK_SH), 0);
  const Child child([&] { ::fcntl(held, F_SETLKW, &range); });
  const Facts facts = child.read_in(SYS_fcntl);
  const auto& lock = facts.processes.at(0).threads.at(0).lock;
  ASSERT_TRUE(lock.has_value());
  EXPECT_TRUE(lock->known);
  EXPECT_TRUE(lock->lock.write);
  EXPECT_EQ(lock->lock.first, 10u);
  EXPECT_EQ(lock->lock.last, 14u);
  // The flock is the file's, so the child holds it too; the other is ours.
  const Descriptor& file = descriptor_of(facts.processes[0], held);
  EXPECT_EQ(file.kind, FileKind::regular);
  ASSERT_THAT(file.locks, SizeIs(1));
  EXPECT_EQ(file.locks[0].kind, FileLock::Kind::flock);
  EXPECT_FALSE(file.locks[0].write);
  ::close(held);
  ::unlink(path.c_str());
}

TEST_F(WaitReaderTest, WhatSendsSignals) {
  const Child child([] {
    ::dup2(::open("/", O_RDONLY | O_DIRECTORY), 100);
    ::dup2(::open("/tmp", O_RDONLY | O_DIRECTORY), 101);
    ::fcntl(101, F_NOTIFY, DN_CREATE | DN_MULTISHOT);
    int ends[2];
    if (::pipe(ends) != 0) ::_exit(1);
    ::fcntl(ends[0], F_SETFL, O_ASYNC);
    ::dup2(ends[0], 102);
    wait_for_ever();
  });
  const Facts facts = child.read_when([](const Facts& now) {
    return std::ranges::find(now.processes.at(0).descriptors, 102,
                             &Descriptor::number) !=
           now.processes[0].descriptors.end();
  });
  const ProcessFacts& process = facts.processes.at(0);
  EXPECT_EQ(descriptor_of(process, 100).kind, FileKind::directory);
  EXPECT_FALSE(descriptor_of(process, 100).signals);
  EXPECT_TRUE(descriptor_of(process, 101).signals);
  EXPECT_TRUE(descriptor_of(process, 102).signals);
}

/// From now on getppid(2) waits for an answer that nobody gives.
void notify_of_getppid() {
  sock_filter code[]{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  sock_fprog program{4, code};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                SECCOMP_FILTER_FLAG_NEW_LISTENER, &program) < 0)
    ::_exit(1);
}

TEST_F(WaitReaderTest, WhoWaitsForASeccompNotifierIsElsewhere) {
  const Child child([] {
    notify_of_getppid();
    ::syscall(SYS_getppid);
  });
  const Facts facts = child.read_in(SYS_getppid);
  EXPECT_TRUE(facts.processes.at(0).threads.at(0).asleep);
  EXPECT_TRUE(facts.processes.at(0).threads.at(0).elsewhere);
}

TEST_F(WaitReaderTest, AFilterThatLetsPassDoesNoHarm) {
  const Child child([] {
    notify_of_getppid();
    ::ppoll(nullptr, 0, nullptr, nullptr);
  });
  const Facts facts = child.read_in(SYS_ppoll);
  const ThreadFacts& thread = facts.processes.at(0).threads.at(0);
  // Where wchan says nothing nobody can tell.
  EXPECT_TRUE(thread.polled_known);
}

TEST_F(WaitReaderTest, WhoIsStoppedIsElsewhere) {
  const Child child([] { ::raise(SIGSTOP); });
  const Facts facts = child.read_when([](const Facts& now) {
    return threads_of(now) == 1 && now.processes[0].threads[0].state == 'T';
  });
  EXPECT_TRUE(facts.processes.at(0).threads.at(0).elsewhere);
}

}  // namespace
}  // namespace poolbugs::wait
