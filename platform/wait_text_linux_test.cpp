#include "platform/wait_text_linux.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/sysmacros.h>

#include <random>

#include "platform/proc_linux.hpp"

namespace poolbugs::wait {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Recorded on Linux 6.18, but where it says otherwise.
const std::string kStat =
    "26950 (a) b (c) S 26946 26946 24254 0 -1 4194368 3105 6576 17 0 3 3 3 2 "
    "20 0 7 0 1201713 18751488 3580 18446744073709551615 94263508893696 "
    "94263508894037 140721908979536 0 0 0 0 16781318 0 1 0 0 17 0 0 0 0 0 0 0 "
    "0 0 0 0 0 0 0\n";
const std::string kSyscall =
    "0 0x3 0x7efdd00ffe60 0x1 0x55bb94c9bf90 0x0 0x0 0x7ffc5f659148 "
    "0x7efdd07162ad\n";
const std::string kStatus =
    "Name:\tpython3\nState:\tS (sleeping)\nTgid:\t26950\nPid:\t26950\n"
    "PPid:\t26946\nTracerPid:\t17\nNSpid:\t26950\t12\t1\nCoreDumping:\t0\n"
    "Threads:\t1\nSigBlk:\t0000000000000000\nSeccomp:\t2\n"
    "Seccomp_filters:\t1\nvoluntary_ctxt_switches:\t102\n"
    "nonvoluntary_ctxt_switches:\t11\n";
const std::string kMaps =
    "55bb6ef67000-55bb6ef68000 r--p 00000000 fe:00 18624       /usr/bin/a b\n"
    "7efdcfed8000-7efdcffd8000 rw-p 00000000 00:00 0 \n"
    "7efdd0236000-7efdd0237000 rw-s 00001000 00:01 26796       "
    "/dev/zero (deleted)\n"
    "ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0   [vsyscall]\n";
const std::string kEpollInfo =
    "pos:\t0\nflags:\t02000002\nmnt_id:\t17\nino:\t1038\n"
    "tfd:        3 events:       19 data:                3  pos:0 ino:2bb6ab "
    "sdev:f\n"
    "tfd:        5 events: 80000001 data: ffffffffffffffff  pos:0 ino:2bb6ac "
    "sdev:fe00003\n";
const std::string kLockInfo =
    "pos:\t0\nflags:\t0100002\nmnt_id:\t27\nino:\t7\n"
    "lock:\t1: FLOCK  ADVISORY  WRITE 707 fe:00:7 0 EOF\n"
    "lock:\t2: POSIX  ADVISORY  READ 708 fe:00:7 10 19\n"
    "lock:\t3: OFDLCK ADVISORY  WRITE -1 fe:00:7 4 4\n";
const std::string kTimerInfo =
    "pos:\t0\nflags:\t02\nmnt_id:\t17\nino:\t1038\nclockid: 1\nticks: 0\n"
    "settime flags: 00\nit_value: (999, 35522261)\nit_interval: (0, 0)\n";

TEST(WaitTextTest, Stat) {
  const auto stat = parse_stat(kStat);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->id, 26950);
  EXPECT_EQ(stat->name, "a) b (c");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->parent, 26946);
  EXPECT_EQ(stat->flags, 4194368u);
  EXPECT_EQ(stat->threads, 7);
  EXPECT_EQ(stat->start_ticks, 1201713u);
  EXPECT_FALSE(parse_stat(""));
  EXPECT_FALSE(parse_stat("7 (cut"));
  EXPECT_FALSE(parse_stat("7 (cut) "));
  // Cut within the start time: that would be another one.
  EXPECT_FALSE(parse_stat(kStat.substr(0, kStat.find("1201713") + 4)));
}

TEST(WaitTextTest, Syscall) {
  const auto call = parse_syscall(kSyscall);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->call, 0);
  EXPECT_THAT(call->arguments,
              ElementsAre(3, 0x7efdd00ffe60, 1, 0x55bb94c9bf90, 0, 0));
  EXPECT_EQ(call->stack, 0x7ffc5f659148u);
  EXPECT_EQ(call->pc, 0x7efdd07162adu);
  EXPECT_EQ(parse_syscall("-1 0x7ffc5f659148 0x7efdd07162ad\n")->call, -1);
  EXPECT_TRUE(parse_syscall("running\n")->running);
  EXPECT_FALSE(parse_syscall("runn"));
  EXPECT_FALSE(parse_syscall(""));
  EXPECT_FALSE(parse_syscall("-2 0x1 0x2\n"));
  EXPECT_FALSE(parse_syscall("0 0x3 0x1\n"));
  EXPECT_FALSE(parse_syscall(kSyscall.substr(0, kSyscall.size() - 3)));
}

TEST(WaitTextTest, TimesOnACpu) {
  EXPECT_EQ(parse_schedstat("71347743 1846944 113\n"), 113u);
  // A kernel without CONFIG_SCHED_INFO.
  EXPECT_FALSE(parse_schedstat("0 0 0\n"));
  EXPECT_FALSE(parse_schedstat("71347743 1846944 11"));
  EXPECT_FALSE(parse_schedstat("71347743 1846944\n"));
  EXPECT_FALSE(parse_schedstat("1 2 -3\n"));
}

TEST(WaitTextTest, Status) {
  const StatusText status = parse_status(kStatus);
  EXPECT_THAT(status.inner_ids, ElementsAre(26950, 12, 1));
  EXPECT_EQ(status.seccomp, 2);
  EXPECT_FALSE(status.dumps_core);
  EXPECT_EQ(status.tracer, 17);
  EXPECT_EQ(status.switches, 113u);
  EXPECT_FALSE(parse_status("voluntary_ctxt_switches:\t102\n").switches);
  EXPECT_TRUE(parse_status("CoreDumping:\t1\n").dumps_core);
  EXPECT_EQ(parse_status("").seccomp, -1);
}

TEST(WaitTextTest, Maps) {
  const auto maps = parse_maps(kMaps);
  ASSERT_THAT(maps, SizeIs(4));
  EXPECT_EQ(maps[0].path, "/usr/bin/a b");
  EXPECT_EQ(maps[0].file, (FileId{makedev(0xfe, 0), 18624}));
  EXPECT_FALSE(maps[0].shared);
  EXPECT_TRUE(maps[1].writable);
  EXPECT_EQ(maps[1].path, "");
  EXPECT_TRUE(maps[2].shared);
  EXPECT_EQ(maps[2].offset, 0x1000u);
  EXPECT_EQ(maps[2].file, (FileId{makedev(0, 1), 26796}));
  EXPECT_EQ(find_mapping(maps, 0x7efdd0236fff), &maps[2]);
  EXPECT_EQ(find_mapping(maps, 0x7efdd0237000), nullptr);
  EXPECT_EQ(find_mapping(maps, 0x55bb6ef67000), &maps[0]);
  EXPECT_EQ(find_mapping(maps, 0), nullptr);
  EXPECT_EQ(find_mapping({}, 1), nullptr);
}

TEST(WaitTextTest, Epoll) {
  const FdInfoText info = parse_fdinfo(kEpollInfo);
  EXPECT_FALSE(info.damaged);
  EXPECT_EQ(info.flags, 02000002u);
  ASSERT_THAT(info.watched, SizeIs(2));
  EXPECT_EQ(info.watched[0].descriptor, 3);
  EXPECT_EQ(info.watched[0].events, 0x19u);
  EXPECT_EQ(info.watched[0].file, (FileId{makedev(0, 15), 0x2bb6ab}));
  EXPECT_EQ(info.watched[1].events, 0x80000001u);
  EXPECT_EQ(info.watched[1].file.device, makedev(0xfe, 3));
  EXPECT_TRUE(parse_fdinfo("tfd: 3 events: 19\n").damaged);
  EXPECT_TRUE(
      parse_fdinfo(kEpollInfo.substr(0, kEpollInfo.size() - 1)).damaged);
}

TEST(WaitTextTest, Locks) {
  const FdInfoText info = parse_fdinfo(kLockInfo);
  EXPECT_FALSE(info.damaged);
  ASSERT_THAT(info.locks, SizeIs(3));
  EXPECT_EQ(info.locks[0].kind, FileLock::Kind::flock);
  EXPECT_TRUE(info.locks[0].write);
  EXPECT_EQ(info.locks[0].last, ~std::uint64_t{0});
  EXPECT_EQ(info.locks[1].kind, FileLock::Kind::posix);
  EXPECT_FALSE(info.locks[1].write);
  EXPECT_EQ(info.locks[1].first, 10u);
  EXPECT_EQ(info.locks[1].last, 19u);
  EXPECT_EQ(info.locks[2].kind, FileLock::Kind::open_file);
  EXPECT_TRUE(
      parse_fdinfo("lock:\t1: LEASE  ACTIVE    WRITE 7 fe:00:7 0 EOF\n").lease);
  EXPECT_TRUE(parse_fdinfo("lock:\t1: NEW    ACTIVE\n").damaged);
}

TEST(WaitTextTest, OtherDescriptors) {
  EXPECT_EQ(parse_fdinfo(kTimerInfo).armed, true);
  EXPECT_EQ(parse_fdinfo("it_value: (0, 0)\n").armed, false);
  EXPECT_EQ(parse_fdinfo("settime flags: 03\nit_value: (0, 0)\n").armed, true);
  EXPECT_EQ(parse_fdinfo("it_value: (0\n").armed, std::nullopt);
  EXPECT_EQ(parse_fdinfo("eventfd-count: 0\neventfd-id: 12\n").eventfd, 12u);
  EXPECT_EQ(parse_fdinfo("Pid:\t-1\nNSpid:\t-1\n").process, -1);
  EXPECT_EQ(parse_fdinfo("scm_fds: 3\n").in_flight, 3);
  EXPECT_EQ(parse_fdinfo("sigmask:\t0000000000000200\n").signals, 0x200U);
  // Linux 5.10 has no "ino:" line.
  EXPECT_EQ(parse_fdinfo("pos:\t0\nflags:\t01\nmnt_id:\t16\n").flags, 1u);
}

TEST(WaitTextTest, KindsOfLinks) {
  EXPECT_EQ(kind_of_link("pipe:[12]"), FileKind::pipe);
  EXPECT_EQ(kind_of_link("socket:[12]"), FileKind::socket);
  EXPECT_EQ(kind_of_link("anon_inode:[eventfd]"), FileKind::eventfd);
  EXPECT_EQ(kind_of_link("anon_inode:[timerfd]"), FileKind::timerfd);
  EXPECT_EQ(kind_of_link("anon_inode:[signalfd]"), FileKind::signalfd);
  EXPECT_EQ(kind_of_link("anon_inode:[eventpoll]"), FileKind::epoll);
  EXPECT_EQ(kind_of_link("anon_inode:[pidfd]"), FileKind::pidfd);
  EXPECT_EQ(kind_of_link("pidfd:[77]"), FileKind::pidfd);
  EXPECT_EQ(kind_of_link("anon_inode:[io_uring]"), FileKind::io_uring);
  EXPECT_EQ(kind_of_link("anon_inode:inotify"), FileKind::other);
  EXPECT_EQ(kind_of_link("/tmp/pipe:[12]"), std::nullopt);
}

TEST(WaitTextTest, Programs) {
  const std::string self = proc::read_file("/proc/self/exe", 64);
  EXPECT_TRUE(is_our_elf(self));
  EXPECT_FALSE(is_our_elf(self.substr(0, 18)));
  std::string other = self;
  other[4] = 1;  // ELFCLASS32
  EXPECT_FALSE(is_our_elf(other));
  other = self;
  other[18] = 3;  // EM_386
  EXPECT_FALSE(is_our_elf(other));
  EXPECT_FALSE(is_our_elf("#!/bin/sh\n......................"));
}

TEST(WaitTextTest, Numbers) {
  EXPECT_THAT(parse_numbers("1 22 333 "), ElementsAre(1, 22, 333));
  EXPECT_THAT(parse_numbers("1 x 2"), ElementsAre(1));
  EXPECT_THAT(parse_numbers(""), IsEmpty());
  EXPECT_THAT(parse_numbers("99999999999999999999999"), IsEmpty());
}

/// Damages text as broken kernels, cut reads and hostile names could.
class Damage {
 public:
  std::string operator()(std::string text) {
    for (int i = number(4); i >= 0; --i) damage_once(text);
    return text;
  }

 private:
  int number(std::size_t below) {
    return static_cast<int>(random_() % std::max<std::size_t>(below, 1));
  }
  void damage_once(std::string& text) {
    static const std::vector<std::string> kWords{"18446744073709551616",
                                                 "-9223372036854775809",
                                                 "-1",
                                                 "0x",
                                                 "\n",
                                                 ")",
                                                 "(",
                                                 " ",
                                                 ":",
                                                 std::string(1, '\0'),
                                                 "0xffffffffffffffffff",
                                                 "tfd:",
                                                 "lock:\t1: -> POSIX",
                                                 "it_value: (",
                                                 "NSpid:"};
    const auto at = static_cast<std::size_t>(number(text.size()));
    switch (number(6)) {
      case 0:
        text.resize(at);
        break;
      case 1:
        if (!text.empty())
          text[at] = static_cast<char>(text[at] ^ (1 << number(8)));
        break;
      case 2:
        text.erase(at, static_cast<std::size_t>(number(20)));
        break;
      case 3:
        text.insert(at,
                    kWords[static_cast<std::size_t>(number(kWords.size()))]);
        break;
      case 4:
        text.insert(at,
                    text.substr(static_cast<std::size_t>(number(text.size()))));
        text.resize(std::min<std::size_t>(text.size(), 4096));
        break;
      default:
        text.erase(0, at);
    }
  }

  std::minstd_rand random_{20240607};
};

TEST(WaitTextTest, DamagedTextDoesNoHarm) {
  Damage damage;
  std::size_t understood = 0;
  for (int i = 0; i < 15'000; ++i) {
    understood += parse_stat(damage(kStat)).has_value();
    const auto call = parse_syscall(damage(kSyscall));
    understood += call.has_value();
    EXPECT_GE(call.value_or(CallText{}).call, -1);
    const auto times = parse_schedstat(damage("71347743 1846944 113\n"));
    EXPECT_NE(times.value_or(1), 0u);
    understood += !parse_status(damage(kStatus)).inner_ids.empty();
    const std::string text = damage(kMaps);
    for (const Mapping& one : parse_maps(text)) {
      EXPECT_LT(one.first, one.end);
      if (!one.path.empty()) {
        EXPECT_GE(one.path.data(), text.data());
        EXPECT_LE(one.path.data() + one.path.size(), text.data() + text.size());
      }
      ++understood;
    }
    for (const std::string* info : {&kEpollInfo, &kLockInfo, &kTimerInfo})
      understood += parse_fdinfo(damage(*info)).flags.has_value();
    parse_numbers(damage("1 22 333 "));
    kind_of_link(damage("anon_inode:[eventfd]"));
    is_our_elf(damage(std::string("\177ELF\2\1\1", 7) + std::string(13, '>')));
  }
  // Most of it still says something, or nothing was tried.
  EXPECT_GT(understood, 30'000u);
}

}  // namespace
}  // namespace poolbugs::wait
