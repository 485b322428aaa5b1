// Whom one must not ask.
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <pty.h>
#include <sys/epoll.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <memory>
#include <string>

#include "platform/asking_test_support.hpp"

namespace poolbugs::wait {
namespace {

using Answer = AskedTimers::Answer;
using AskTimersRefused = WaitReaderTest;

struct Refused {
  const char* name;
  long number;
  std::function<long()> call;
};

/// recv(2) of a socket that has this option.
long receive_with(int option, const void* value, socklen_t size,
                  int flags = 0) {
  int ends[2];
  ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
  if (value != nullptr) ::setsockopt(ends[0], SOL_SOCKET, option, value, size);
  char space[64];
  return ::recv(ends[0], space, sizeof space, flags);
}

void forbid_getitimer() {
  std::array<sock_filter, 4> code = {
      {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getitimer, 0, 1),
       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}};
  sock_fprog program{code.size(), code.data()};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/// One of System V that goes with the test.
struct Semaphore {
  ~Semaphore() { ::semctl(id, 0, IPC_RMID); }
  int id = ::semget(IPC_PRIVATE, 1, 0600);
};

std::vector<Refused> refused() {
  const auto semaphore = std::make_shared<Semaphore>();
  static std::uint32_t word = 0, other = 0;
  static constexpr timespec kLong{3600, 0};
  std::vector<Refused> all = {
      {"nanosleep", SYS_clock_nanosleep,
       [] {
         return long{::clock_nanosleep(CLOCK_MONOTONIC, 0, &kLong, nullptr)};
       }},
      {"semop", SYS_semtimedop,
       [semaphore] {
         sembuf down{0, -1, 0};
         return ::syscall(SYS_semtimedop, semaphore->id, &down, 1, nullptr);
       }},
      {"sigwait", SYS_rt_sigtimedwait,
       [] {
         sigset_t set;
         ::sigemptyset(&set);
         ::sigaddset(&set, SIGUSR1);
         ::sigprocmask(SIG_BLOCK, &set, nullptr);
         return long{::sigwaitinfo(&set, nullptr)};
       }},
      {"sigsuspend", SYS_rt_sigsuspend,
       [] {
         sigset_t none;
         ::sigemptyset(&none);
         return long{::sigsuspend(&none)};
       }},
      {"timed futex", SYS_futex,
       [] {
         return ::syscall(SYS_futex, &word, FUTEX_WAIT, 0, &kLong, nullptr, 0);
       }},
      {"requeue_pi", SYS_futex,
       [] {
         return ::syscall(SYS_futex, &word, FUTEX_WAIT_REQUEUE_PI, 0, nullptr,
                          &other, 0);
       }},
      {"timed poll", SYS_ppoll,
       [] { return ::syscall(SYS_ppoll, nullptr, 0, &kLong, nullptr, 8); }},
      {"masked ppoll", SYS_ppoll,
       [] {
         sigset_t none;
         ::sigemptyset(&none);
         return ::syscall(SYS_ppoll, nullptr, 0, nullptr, &none, 8);
       }},
      {"masked pselect", SYS_pselect6,
       [] {
         sigset_t none;
         ::sigemptyset(&none);
         return long{::pselect(0, nullptr, nullptr, nullptr, nullptr, &none)};
       }},
      {"receive time-out", SYS_recvfrom,
       [] {
         const timeval wait{3600, 0};
         return receive_with(SO_RCVTIMEO, &wait, sizeof wait);
       }},
      {"low water", SYS_recvfrom,
       [] {
         const int bytes = 2;
         return receive_with(SO_RCVLOWAT, &bytes, sizeof bytes);
       }},
      {"all or nothing", SYS_recvfrom,
       [] { return receive_with(0, nullptr, 0, MSG_WAITALL); }},
      {"large write", SYS_write,
       [] {
         const TestPipe pipe;
         const std::string much(1 << 20, 'x');
         return long{::write(pipe.writes.get(), much.data(), much.size())};
       }},
      {"signalfd", SYS_read,
       [] {
         sigset_t set;
         ::sigemptyset(&set);
         ::sigaddset(&set, SIGALRM);
         ::sigprocmask(SIG_BLOCK, &set, nullptr);
         signalfd_siginfo info{};
         return long{::read(::signalfd(-1, &set, 0), &info, sizeof info)};
       }},
      {"beside a signalfd", SYS_read,
       [] {
         const TestPipe pipe;
         sigset_t set;
         ::sigemptyset(&set);
         ::signalfd(-1, &set, 0);
         return read_one(pipe.reads.get());
       }},
      {"terminal", SYS_read,
       [] {
         int master = -1, slave = -1;
         ::openpty(&master, &slave, nullptr, nullptr, nullptr);
         return read_one(slave);
       }},
      {"filters", SYS_read,
       [] {
         const TestPipe pipe;
         forbid_getitimer();
         return read_one(pipe.reads.get());
       }},
  };
#ifdef SYS_epoll_wait
  all.push_back({"epoll_wait", SYS_epoll_wait, [] {
                   epoll_event event{};
                   return ::syscall(SYS_epoll_wait, ::epoll_create1(0), &event,
                                    1, -1);
                 }});
#endif
  return all;
}

TEST_F(AskTimersRefused, NobodyIsInterruptedWhoWouldNotice) {
  for (const Refused& one : refused()) {
    SCOPED_TRACE(one.name);
    const AskedChild child(one.call);
    const ProcessFacts facts = child.in(one.number);
    const AskedTimers asked = ask_timers(facts);
    EXPECT_EQ(asked.alarm, Answer::unknown);
    EXPECT_EQ(asked.timers, Answer::unknown);
    EXPECT_NE(asked.why, "");
    EXPECT_EQ(asked.thread, 0);
    EXPECT_EQ(child.in(one.number).threads.at(0).switches,
              facts.threads.at(0).switches);
  }
}

/// A child in read(2) of `pipe`.
std::function<long()> reader(const TestPipe& pipe) {
  return [&pipe] { return read_one(pipe.reads.get()); };
}

TEST_F(AskTimersRefused, NobodyIsAskedWhomAnotherTraces) {
  const TestPipe pipe;
  const AskedChild child(reader(pipe));
  const ProcessFacts facts = child.in(SYS_read);
  ASSERT_EQ(::ptrace(PTRACE_SEIZE, child.pid(), nullptr, 0L), 0);
  const AskedTimers asked = ask_timers(facts);
  EXPECT_EQ(asked.alarm, Answer::unknown);
  EXPECT_EQ(asked.why, "is traced already");
  pipe.write_byte();
  EXPECT_EQ(child.result(), 1);
}

}  // namespace
}  // namespace poolbugs::wait
