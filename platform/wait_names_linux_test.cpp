// Which files behind futexes have a name by which others can open them.
#include <fcntl.h>
#include <linux/futex.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "platform/wait_reader_test_support.hpp"

namespace poolbugs::wait {
namespace {

/// A name of our own in /dev/shm, removed at the end.
class Name {
 public:
  explicit Name(const std::string& what)
      : text_("/dev/shm/poolbugs." + what + "." + std::to_string(::getpid())) {}
  ~Name() { std::filesystem::remove_all(text_); }
  Name(const Name&) = delete;
  Name& operator=(const Name&) = delete;
  [[nodiscard]] const std::string& text() const { return text_; }
  /// As of sem_open(3).
  [[nodiscard]] std::string file() const {
    return text_.substr(text_.rfind('/'));
  }

 private:
  std::string text_;
};

/// What a child's wait for a word in the file that `open` gives looks like.
Futex futex_of(const std::function<int()>& open) {
  const Child child([&] {
    const int file = open();
    if (file < 0 || ::ftruncate(file, 4096) != 0) ::_exit(1);
    void* word =
        ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    while (true) ::syscall(SYS_futex, word, FUTEX_WAIT, 0, nullptr);
  });
  const Facts facts = child.read_when([](const Facts& seen) {
    return !seen.processes.empty() && !seen.processes[0].threads.empty() &&
           !seen.processes[0].threads[0].futexes.empty();
  });
  return facts.processes.at(0).threads.at(0).futexes.at(0);
}

int create(const std::string& path) {
  return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

TEST(WaitNames, FileWithANameHasOne) {
  const Name name("plain");
  const Futex futex = futex_of([&] { return create(name.text()); });
  EXPECT_FALSE(futex.nameless);
  EXPECT_EQ(futex.path, name.text());
}

TEST(WaitNames, RemovedFileHasNone) {
  const Name name("removed");
  EXPECT_TRUE(futex_of([&] {
                const int file = create(name.text());
                ::unlink(name.text().c_str());
                return file;
              }).nameless);
}

TEST(WaitNames, AnonymousMemoryHasNone) {
  EXPECT_TRUE(futex_of([] { return ::memfd_create("x", 0); }).nameless);
}

TEST(WaitNames, FirstNameWasRemovedButThereIsAnother) {
  const Name name("first"), folder("folder");
  std::filesystem::create_directory(folder.text());
  const std::string other = folder.text() + "/other";
  const Futex futex = futex_of([&] {
    const int file = create(name.text());
    if (::link(name.text().c_str(), other.c_str()) != 0) ::_exit(1);
    ::unlink(name.text().c_str());
    return file;
  });
  EXPECT_FALSE(futex.nameless);
  EXPECT_EQ(futex.path, other);
}

/// The name in /proc ends as that of a removed file.
TEST(WaitNames, NameThatSaysDeleted) {
  const Name name("said (deleted)");
  EXPECT_FALSE(
      futex_of([&] { return create(name.text() + " (deleted)"); }).nameless);
  std::filesystem::remove(name.text() + " (deleted)");
}

TEST(WaitNames, SemaphoreThatIsMadeHasItsNameNotTheTemporaryOne) {
  const Name name("made");
  const std::string semaphore = "/sem." + name.file().substr(1);
  const Child child([&] {
    ::sem_wait(::sem_open(name.file().c_str(), O_CREAT | O_EXCL, 0600, 0));
  });
  const Facts facts = child.read_when([](const Facts& seen) {
    return !seen.processes.empty() && !seen.processes[0].threads.empty() &&
           !seen.processes[0].threads[0].futexes.empty();
  });
  ::sem_unlink(name.file().c_str());
  const Futex futex = facts.processes.at(0).threads.at(0).futexes.at(0);
  EXPECT_FALSE(futex.nameless);
  EXPECT_EQ(futex.path, "/dev/shm" + semaphore);
}

/// On a disk nothing is looked through: links are counted where a descriptor
/// is left, and what is not known counts as a name.
TEST(WaitNames, RemovedFileOnADiskIsNamelessOnlyIfItsLinksAreSeen) {
  const std::string path =
      testing::TempDir() + "names." + std::to_string(::getpid());
  for (const bool kept : {true, false}) {
    const Futex futex = futex_of([&] {
      const int file = create(path);
      if (kept && ::dup(file) < 0) ::_exit(1);
      ::unlink(path.c_str());
      return file;
    });
    // Where /tmp is a tmpfs it is looked through.
    struct stat tmp {};
    struct stat disk {};
    ::stat(testing::TempDir().c_str(), &tmp);
    ::stat("/", &disk);
    if (tmp.st_dev != disk.st_dev)
      GTEST_SKIP() << "/tmp is no part of the disk";
    EXPECT_EQ(futex.nameless, kept);
  }
}

}  // namespace
}  // namespace poolbugs::wait
