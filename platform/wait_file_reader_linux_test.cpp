#include "platform/wait_file_reader_linux.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <thread>
#include <vector>

#include "platform/wait_reading_linux.hpp"

namespace poolbugs::wait {
namespace {

TEST(WaitFileReader, NamesFilesOfAThread) {
  ThreadPath path(4711);
  EXPECT_STREQ(path.of("syscall"), "4711/syscall");
  EXPECT_STREQ(path.of("stat"), "4711/stat");
}

TEST(WaitFileReader, KeptFileIsReadAnew) {
  const UniqueFd tasks = open_tasks(::getpid());
  FileReader files;
  KeptFile kept;
  ThreadPath path(::gettid());
  const std::string before(files.read(kept, tasks.get(), path.of("comm")));
  ASSERT_TRUE(kept);
  ASSERT_EQ(::pthread_setname_np(::pthread_self(), "renamed"), 0);
  EXPECT_EQ(files.read(kept, tasks.get(), "no such file"), "renamed\n");
  ::pthread_setname_np(::pthread_self(),
                       before.substr(0, before.find('\n')).c_str());
}

TEST(WaitFileReader, KeptFileOfAThreadThatEndedCannotBeRead) {
  const UniqueFd tasks = open_tasks(::getpid());
  FileReader files;
  for (const char* file : {"stat", "syscall", "schedstat"}) {
    std::promise<long> id;
    std::promise<void> end;
    std::thread thread([&] {
      id.set_value(::gettid());
      end.get_future().wait();
    });
    KeptFile kept;
    ThreadPath path(id.get_future().get());
    EXPECT_FALSE(files.read(kept, tasks.get(), path.of(file)).empty()) << file;
    EXPECT_TRUE(kept);
    end.set_value();
    thread.join();
    // It may not have left yet for the kernel, but soon.
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::seconds(5);
    bool gone = false;
    while (!gone && std::chrono::steady_clock::now() < deadline)
      gone = files.read(kept, tasks.get(), path.of(file)).empty();
    ASSERT_TRUE(gone) << file;
    EXPECT_TRUE(means_gone(files.error())) << file << ' ' << files.error();
  }
}

TEST(WaitFileReader, KeepsAQuarterOfTheDescriptors) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlim_t most = limit.rlim_cur / 4;
  if (most > 20000) GTEST_SKIP() << "too many descriptors to fill";
  FileReader files;
  for (int round = 0; round < 2; ++round) {
    std::vector<KeptFile> all(most + 10);
    std::size_t kept = 0;
    for (KeptFile& one : all) {
      files.read(one, AT_FDCWD, "/dev/null");
      ASSERT_EQ(files.error(), 0);
      if (one) ++kept;
    }
    EXPECT_EQ(kept, most);
    all.front() = KeptFile();  // lets go of it
    KeptFile next;
    files.read(next, AT_FDCWD, "/dev/null");
    EXPECT_TRUE(next);
  }
}

}  // namespace
}  // namespace poolbugs::wait
