// The same of calls that wait for no descriptor.
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/msg.h>

#include <cerrno>
#include <memory>
#include <string>

#include "platform/asking_test_support.hpp"

namespace poolbugs::wait {
namespace {

/// Words that the child shares with us.
std::uint32_t* shared_words() {
  void* const memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return static_cast<std::uint32_t*>(memory);
}

long futex(std::uint32_t* word, int operation, std::uint32_t value) {
  return ::syscall(SYS_futex, word, operation, value, nullptr, nullptr, ~0U);
}

Way of_futex(const char* name, int operation) {
  std::uint32_t* const word = shared_words();
  return {name, SYS_futex,
          [=] {
            // Woken, or after a stop told that the word has changed.
            const long result = futex(word, operation, 0);
            return result == 0 || errno == EAGAIN ? 0 : result;
          },
          [word](pid_t) {
            __atomic_store_n(word, 1, __ATOMIC_SEQ_CST);
            futex(word, FUTEX_WAKE, 1);
          },
          0};
}

std::vector<Way> of_futexes() {
  return {of_futex("futex", FUTEX_WAIT),
          of_futex("futex_bitset", FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME)};
}

/// Only the thread that has it can unlock it.
std::vector<Way> of_pi_mutexes() {
  std::uint32_t* const word = shared_words();
  const auto unlock = std::make_shared<TestPipe>();
  const auto unlocked = std::make_shared<TestPipe>();
  const auto owner = std::make_shared<Child>([=] {
    *word = static_cast<std::uint32_t>(::gettid());
    unlocked->write_byte();
    read_one(unlock->reads.get());
    futex(word, FUTEX_UNLOCK_PI, 0);
    unlocked->write_byte();
  });
  EXPECT_EQ(read_one(unlocked->reads.get()), 1);
  return {{"futex_pi", SYS_futex,
           [word] { return futex(word, FUTEX_LOCK_PI, 0); },
           [=, keep = owner](pid_t) {
             unlock->write_byte();
             EXPECT_EQ(read_one(unlocked->reads.get()), 1);
           },
           0}};
}

std::vector<Way> of_processes() {
  auto* const child = reinterpret_cast<std::uint32_t*>(shared_words());
  const auto start = [child] {
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      wait_for_ever();
    }
    *child = static_cast<std::uint32_t>(pid);
    return pid;
  };
  const auto end = [child](pid_t) {
    ::kill(static_cast<pid_t>(*child), SIGKILL);
    const std::string path = "/proc/" + std::to_string(*child) + "/stat";
    while (true) {  // until it is dead, or waited for
      const std::string stat = proc::read_file(path.c_str());
      if (stat.empty() || proc::stat_field(stat, 3) == "Z") break;
    }
  };
  std::vector<Way> ways = {
      {"wait4", SYS_wait4,
       [start] {
         const pid_t pid = start();
         return ::wait4(pid, nullptr, 0, nullptr) == pid ? 0 : -1;
       },
       end, 0},
      {"waitid", SYS_waitid,
       [start] {
         start();
         siginfo_t info{};
         return ::waitid(P_ALL, 0, &info, WEXITED);
       },
       end, 0}};
#ifdef SYS_pause
  ways.push_back({"pause", SYS_pause,
                  [] {
                    struct sigaction action {};
                    action.sa_handler = [](int) {};
                    action.sa_flags = SA_RESTART;
                    ::sigaction(SIGUSR1, &action, nullptr);
                    return ::syscall(SYS_pause);
                  },
                  [](pid_t pid) { ::kill(pid, SIGUSR1); }, -EINTR});
#endif
  return ways;
}

std::vector<Way> of_file_locks() {
  char name[] = "/tmp/asking-test-XXXXXX";
  const auto file = std::make_shared<UniqueFd>(::mkstemp(name));
  const std::string path =
      std::string("/proc/self/fd/") + std::to_string(file->get());
  const auto again = [path] { return ::open(path.c_str(), O_RDWR); };
  ::unlink(name);
  struct flock first {
  }, second{};
  first.l_type = second.l_type = F_WRLCK;
  first.l_whence = second.l_whence = SEEK_SET;
  first.l_len = second.l_len = 1;
  second.l_start = 1;
  EXPECT_EQ(::flock(file->get(), LOCK_EX), 0);
  EXPECT_EQ(::fcntl(file->get(), F_SETLK, &first), 0);
  EXPECT_EQ(::fcntl(file->get(), F_OFD_SETLK, &second), 0);
  const auto unlock = [file](struct flock lock, int operation) {
    lock.l_type = F_UNLCK;
    EXPECT_EQ(::fcntl(file->get(), operation, &lock), 0);
  };
  return {{"flock", SYS_flock, [=] { return ::flock(again(), LOCK_EX); },
           [file](pid_t) { ::flock(file->get(), LOCK_UN); }, 0},
          {"fcntl", SYS_fcntl,
           [=] {
             struct flock wanted = first;
             return ::fcntl(again(), F_SETLKW, &wanted);
           },
           [=](pid_t) { unlock(first, F_SETLK); }, 0},
          {"fcntl_ofd", SYS_fcntl,
           [=] {
             struct flock wanted = second;
             return ::fcntl(again(), F_OFD_SETLKW, &wanted);
           },
           [=](pid_t) { unlock(second, F_OFD_SETLK); }, 0}};
}

/// A queue of System V that goes with the test.
struct Queue {
  ~Queue() { ::msgctl(id, IPC_RMID, nullptr); }
  int id = ::msgget(IPC_PRIVATE, 0600);
};

std::vector<Way> of_queues() {
  struct Message {
    long type;
    char text[64];
  };
  const auto queue = std::make_shared<Queue>();
  const auto full = std::make_shared<Queue>();
  Message message{1, "x"};
  while (::msgsnd(full->id, &message, sizeof message.text, IPC_NOWAIT) == 0)
    continue;
  const std::string name = "/asking-test-" + std::to_string(::getpid());
  mq_attr attributes{};
  attributes.mq_maxmsg = 1;
  attributes.mq_msgsize = 8;
  const auto open = [&](const char* suffix) {
    const std::string whole = name + suffix;
    const auto opened = std::make_shared<UniqueFd>(
        ::mq_open(whole.c_str(), O_RDWR | O_CREAT, 0600, &attributes));
    ::mq_unlink(whole.c_str());
    return opened;
  };
  const auto posix = open("a"), posix_full = open("b");
  EXPECT_EQ(::mq_send(posix_full->get(), "x", 1, 0), 0);
  const auto receive = [](int descriptor) {
    char text[8];
    return ::mq_receive(descriptor, text, sizeof text, nullptr);
  };
  return {
      {"msgrcv", SYS_msgrcv,
       [queue] {
         Message got{};
         return ::msgrcv(queue->id, &got, sizeof got.text, 0, 0);
       },
       [=](pid_t) { EXPECT_EQ(::msgsnd(queue->id, &message, 5, 0), 0); }, 5},
      {"msgsnd", SYS_msgsnd,
       [full, message] { return ::msgsnd(full->id, &message, 5, 0); },
       [full](pid_t) {
         Message got{};
         EXPECT_EQ(::msgrcv(full->id, &got, sizeof got.text, 0, 0), 64);
       },
       0},
      {"mq_receive", SYS_mq_timedreceive, [=] { return receive(posix->get()); },
       [posix](pid_t) { EXPECT_EQ(::mq_send(posix->get(), "x", 1, 0), 0); }, 1},
      {"mq_send", SYS_mq_timedsend,
       [posix_full] { return ::mq_send(posix_full->get(), "y", 1, 0); },
       [=](pid_t) { EXPECT_EQ(receive(posix_full->get()), 1); }, 0},
  };
}

using AskingCalls = WaitReaderTest;

TEST_F(AskingCalls, OfFutexes) {
  for (const Way& way : of_futexes()) expect_to_sleep_on(way);
  for (const Way& way : of_futexes()) expect_to_get_what_comes(way);
}

TEST_F(AskingCalls, OfPiMutexes) {
  for (const Way& way : of_pi_mutexes()) expect_to_sleep_on(way);
  for (const Way& way : of_pi_mutexes()) expect_to_get_what_comes(way);
}

TEST_F(AskingCalls, OfProcesses) {
  for (const Way& way : of_processes()) expect_to_sleep_on(way);
  for (const Way& way : of_processes()) expect_to_get_what_comes(way);
}

TEST_F(AskingCalls, OfFileLocks) {
  for (const Way& way : of_file_locks()) expect_to_sleep_on(way);
  for (const Way& way : of_file_locks()) expect_to_get_what_comes(way);
}

TEST_F(AskingCalls, OfQueues) {
  for (const Way& way : of_queues()) expect_to_sleep_on(way);
  for (const Way& way : of_queues()) expect_to_get_what_comes(way);
}

}  // namespace
}  // namespace poolbugs::wait
