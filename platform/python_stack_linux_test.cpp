#include "platform/python_stack_linux.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <sstream>

#include "platform/python_test_support.hpp"
#include "platform/stacks_capture_linux.hpp"
#include "platform/stacks_dwfl_linux.hpp"

namespace poolbugs::stacks {
namespace {

using Table = std::vector<std::uint8_t>;

TEST(PythonLinesTest, Lnotab) {
  // The example of lnotab_notes.txt, from line 1: (6, 1), (44, 5), (255, 0),
  // (45, 127), (0, 73), (11, 1).
  const Table table = {0, 1, 6, 1, 44, 5, 255, 0, 45, 127, 0, 73, 11, 1};
  const auto line = [&](std::int64_t offset) {
    return line_of(LineTable::lnotab, table, 0, offset);
  };
  EXPECT_EQ(line(-1), 0);
  EXPECT_EQ(line(0), 1);
  EXPECT_EQ(line(5), 1);
  EXPECT_EQ(line(6), 2);
  EXPECT_EQ(line(50), 7);
  EXPECT_EQ(line(349), 7);
  EXPECT_EQ(line(350), 207);
  EXPECT_EQ(line(9999), 208);
  const Table back = {2, 0xff};  // one line up, in Python 2 255 down
  EXPECT_EQ(line_of(LineTable::lnotab, back, 10, 2), 9);
  EXPECT_EQ(line_of(LineTable::lnotab_unsigned, back, 10, 2), 265);
}

TEST(PythonLinesTest, Linetable) {
  const Table table = {4, 1, 2, 0x80, 6, 2, 2, 0xfe};  // -128: no line
  const auto line = [&](std::int64_t offset) {
    return line_of(LineTable::linetable, table, 10, offset);
  };
  EXPECT_EQ(line(0), 11);
  EXPECT_EQ(line(2), 11);
  EXPECT_EQ(line(4), 10);
  EXPECT_EQ(line(6), 13);
  EXPECT_EQ(line(12), 11);
}

TEST(PythonLinesTest, Locations) {
  // Two units on the same line, one three lines on without columns, two a
  // hundred on in the long form, one without a place, one two lines on.
  const Table table = {0x81, 0x00, 0xe8, 0x06, 0xf1, 0x48, 0x03,
                       0x00, 0x01, 0x01, 0xf8, 0xe0, 0x00, 0x00};
  const auto line = [&](std::int64_t offset) {
    return line_of(LineTable::locations, table, 10, offset);
  };
  EXPECT_EQ(line(0), 10);
  EXPECT_EQ(line(3), 10);
  EXPECT_EQ(line(4), 13);
  EXPECT_EQ(line(6), 113);
  EXPECT_EQ(line(9), 113);
  EXPECT_EQ(line(10), 10);
  EXPECT_EQ(line(12), 115);
  EXPECT_EQ(line(14), 10) << "past the end";
}

TEST(PythonLinesTest, DamagedTablesEnd) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    Table table(random() % 64);
    for (std::uint8_t& byte : table) byte = static_cast<std::uint8_t>(random());
    for (const auto kind : {LineTable::lnotab_unsigned, LineTable::lnotab,
                            LineTable::linetable, LineTable::locations})
      line_of(kind, table, static_cast<int>(random()),
              static_cast<std::int64_t>(random() % 600) - 4);
  }
}

constexpr const char* script = R"(import threading, sys, os
lock = threading.Lock()
lock.acquire()
def inner(x):
    y = [1,
         2]
    lock.acquire()  # inner
    return x
def middle():
    for i in range(1):
        inner(i)  # middle
def worker():
    middle()  # worker
class Waiter(object):
    def join_it(self, t):
        t.join()  # join_it
def outer():
    t = threading.Thread(target=worker)
    t.daemon = True
    t.start()
    os.write(1, b"r")
    Waiter().join_it(t)  # outer
if len(sys.argv) == 1:
    outer()  # <module>
elif os.fork() == 0:
    os.write(1, (" %d " % os.getpid()).encode())
    outer()
else:
    os.wait()
)";

/// The line with the comment "# NAME".
int line_with(const std::string& name) {
  std::istringstream lines(script);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.ends_with("# " + name)) return number;
  }
  return 0;
}

/// The script, run by one of them; killed at the end.
class Script {
 public:
  Script(const std::string& interpreter, bool in_fork) {
    std::string name = testing::TempDir() + "waits.XXXXXX";
    const int file = ::mkstemp(name.data());
    EXPECT_EQ(::write(file, script, std::strlen(script)),
              static_cast<ssize_t>(std::strlen(script)));
    ::close(file);
    name_ = name;
    int out[2];
    EXPECT_EQ(::pipe(out), 0);
    parent_ = ::fork();
    if (parent_ == 0) {
      ::setpgid(0, 0);
      ::dup2(out[1], 1);
      ::execl(interpreter.c_str(), interpreter.c_str(), name.c_str(),
              in_fork ? "fork" : nullptr, nullptr);
      ::_exit(126);
    }
    ::setpgid(parent_, parent_);
    ::close(out[1]);
    std::string told;
    for (char byte = 0; byte != 'r' && ::read(out[0], &byte, 1) == 1;)
      told += byte;
    ::close(out[0]);
    process_ = in_fork ? std::atol(told.c_str()) : parent_;
  }
  ~Script() {
    ::kill(-parent_, SIGKILL);
    ::waitpid(parent_, nullptr, 0);
    std::filesystem::remove(name_);
  }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;
  [[nodiscard]] long process() const { return process_; }
  [[nodiscard]] std::string file() const {
    return std::filesystem::path(name_).filename();
  }

 private:
  std::string name_;
  pid_t parent_ = -1;
  long process_ = -1;
};

bool shows(const Frame& frame, const std::string& function) {
  return frame.function == function ||
         frame.function.ends_with("." + function);  // co_qualname
}

/// The frames of our file, by name; true if they are these.
bool are(const std::vector<Frame>& frames, const std::string& file,
         const std::vector<std::string>& functions) {
  std::vector<Frame> ours;
  std::ranges::copy_if(frames, std::back_inserter(ours),
                       [&](const Frame& one) { return one.file == file; });
  if (ours.size() < functions.size()) return false;
  for (std::size_t i = 0; i < functions.size(); ++i)
    if (!shows(ours[i], functions[i]) ||
        ours[i].line != line_with(functions[i]))
      return false;
  return true;
}

std::string text(const ProcessStacks& stacks) {
  std::string all = stacks.failure + stacks.python_failure + "\n";
  for (const ThreadStack& thread : stacks.threads) {
    all += std::to_string(thread.thread) + " " + thread.failure + "\n";
    for (const Frame& frame : thread.python)
      all += "  " + frame.function + " " + frame.file + ":" +
             std::to_string(frame.line) + "\n";
  }
  return all;
}

class PythonStackTest : public testing::TestWithParam<std::string> {};

TEST_P(PythonStackTest, BothThreadsAreSeen) {
  for (const bool in_fork : {false, true}) {
    const Script waits(GetParam(), in_fork);
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::seconds(20);
    bool main_seen = false;
    bool worker_seen = false;
    ProcessStacks seen;
    // They say that they are ready just before they are.
    while (!(main_seen && worker_seen) &&
           std::chrono::steady_clock::now() < deadline) {
      seen = take_stacks({waits.process()}).at(0);
      if (seen.threads.size() != 2) continue;
      main_seen =
          are(seen.threads[0].python, waits.file(), {"join_it", "outer"}) &&
          shows(seen.threads[0].python.back(), "<module>");
      worker_seen = are(seen.threads[1].python, waits.file(),
                        {"inner", "middle", "worker"}) &&
                    shows(seen.threads[1].python.front(), "inner");
    }
    EXPECT_TRUE(main_seen && worker_seen)
        << (in_fork ? "in a forked process: " : "") << text(seen);
    EXPECT_EQ(seen.python_failure, "");
  }
}

/// Keeps what is read, and can damage it.
class Recorded : public Memory {
 public:
  explicit Recorded(const PagedMemory& from) {
    for (const auto& [address, page] : from.pages())
      if (page.readable) pages_[address] = page.bytes;
  }
  bool read(std::uint64_t address, std::span<std::byte> to) override {
    for (std::byte& byte : to) {
      const auto page = pages_.find(address & ~std::uint64_t{4095});
      if (page == pages_.end()) return false;
      byte = page->second[address & 4095];
      ++address;
    }
    return true;
  }
  template <class Random>
  void damage(Random& random) {
    auto page = pages_.begin();
    std::advance(page, static_cast<long>(random() % pages_.size()));
    const std::size_t at = random() % 4096 & ~std::size_t{7};
    switch (random() % 3) {
      case 0:  // a bit
        page->second[at] ^= static_cast<std::byte>(1U << random() % 8);
        break;
      case 1: {  // a pointer into another page
        auto other = pages_.begin();
        std::advance(other, static_cast<long>(random() % pages_.size()));
        const std::uint64_t pointer = other->first + (random() % 4096 & ~7U);
        std::memcpy(page->second.data() + at, &pointer, sizeof pointer);
        break;
      }
      default:
        for (std::size_t i = 0; i < 64 && at + i < 4096; ++i)
          page->second[at + i] = static_cast<std::byte>(random());
    }
  }

 private:
  std::map<std::uint64_t, std::array<std::byte, 4096>> pages_;
};

TEST_P(PythonStackTest, DamagedMemoryIsBorne) {
  const Script waits(GetParam(), false);
  SymbolCache cache;
  const auto image = Image::open(waits.process(), cache);
  ASSERT_TRUE(image);
  const auto place = (*image)->python();
  ASSERT_TRUE(place);
  std::unique_ptr<Recorded> memory;
  capture(waits.process(), [&](Memory& live) {
    auto& paged = dynamic_cast<PagedMemory&>(live);
    ASSERT_TRUE(read_python(paged, *place));
    memory = std::make_unique<Recorded>(paged);
  });
  ASSERT_TRUE(memory);
  ASSERT_EQ(read_python(*memory, *place).value().size(), 2U);
  std::mt19937 random(2);
  std::size_t frames = 0;
  for (int round = 0; round < 300; ++round) {
    Recorded damaged = *memory;
    for (int i = 0; i < 1 + round; ++i) damaged.damage(random);
    if (const auto read = read_python(damaged, *place))
      for (const PythonThread& thread : *read) {
        frames += thread.frames.size();
        EXPECT_LE(thread.frames.size(), 64U);
      }
  }
  EXPECT_GT(frames, 0U) << "nothing was left to read";
}

INSTANTIATE_TEST_SUITE_P(Interpreters, PythonStackTest,
                         testing::ValuesIn(interpreters()), interpreter_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PythonStackTest);

/// Every read gives the same few words, or anything at all.
class Garbage : public Memory {
 public:
  explicit Garbage(unsigned seed, bool cyclic)
      : random_(seed), cyclic_(cyclic) {}
  bool read(std::uint64_t, std::span<std::byte> to) override {
    // A pointer that leads here again passes for every field.
    for (std::size_t i = 0; i < to.size(); i += sizeof(std::uint64_t)) {
      const std::uint64_t word = cyclic_ ? 0x1000 : random_();
      std::memcpy(to.data() + i, &word, std::min(sizeof word, to.size() - i));
    }
    return cyclic_ || random_() % 64 != 0;
  }

 private:
  std::mt19937_64 random_;
  bool cyclic_;
};

TEST(PythonGarbageTest, EverySearchEnds) {
  for (int minor = 6; minor <= 12; ++minor) {
    Garbage cyclic(0, true);
    EXPECT_FALSE(
        read_python(cyclic, {.root = 0x1000, .major = 3, .minor = minor}));
    for (unsigned seed = 0; seed < 100; ++seed) {
      Garbage garbage(seed, false);
      (void)read_python(garbage, {.root = 0x1000, .major = 3, .minor = minor});
    }
  }
  Garbage nothing(0, true);
  EXPECT_EQ(
      read_python(nothing, {.root = 8, .major = 3, .minor = 99}).error().text,
      "Python 3.99 keeps its frames in a way that is not known here");
}

}  // namespace
}  // namespace poolbugs::stacks
