// Processes outside of a tree, for the tests of what is seen of them.
#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "platform/proc_linux.hpp"
#include "platform/unique_fd.hpp"
#include "platform/wait_reader.hpp"
#include "platform/wait_text_linux.hpp"

namespace poolbugs::wait::testing_support {

/// A child that runs `work` and ends; `work` calls step(), which tells the
/// test that a step is done and waits for it to say next().
class Child {
 public:
  class Steps {
   public:
    explicit Steps(int socket) : socket_(socket) {}
    void step() const {
      char byte = 'x';
      if (::write(socket_, &byte, 1) != 1 || ::read(socket_, &byte, 1) != 1)
        ::_exit(1);
    }

   private:
    int socket_;
  };

  /// Returns after the child's first step.
  explicit Child(const std::function<void(const Steps&)>& work) {
    int pair[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(pair[0]);
      work(Steps(pair[1]));
      ::_exit(0);
    }
    ::close(pair[1]);
    socket_.reset(pair[0]);
    wait_for_step();
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// Lets it go on, until its next step.
  void next() const {
    EXPECT_EQ(::write(socket_.get(), "x", 1), 1);
    wait_for_step();
  }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  void wait_for_step() const {
    char byte = 0;
    EXPECT_EQ(::read(socket_.get(), &byte, 1), 1) << "the child died";
  }
  pid_t pid_ = -1;
  UniqueFd socket_;
};

/// Runs `work` in a child and returns what it wrote to its standard output.
inline std::string output_of(const std::function<std::string()>& work) {
  int pipe[2];
  EXPECT_EQ(::pipe(pipe), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string text = work();
    ::_exit(::write(pipe[1], text.data(), text.size()) < 0);
  }
  ::close(pipe[1]);
  std::string text;
  char buffer[256];
  for (ssize_t got; (got = ::read(pipe[0], buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  ::close(pipe[0]);
  ::waitpid(child, nullptr, 0);
  return text;
}

inline FileId file_id(int descriptor) {
  struct stat info {};
  EXPECT_EQ(::fstat(descriptor, &info), 0);
  return {info.st_dev, info.st_ino};
}

inline std::uint64_t eventfd_id(int descriptor) {
  const std::string path = "/proc/self/fdinfo/" + std::to_string(descriptor);
  return parse_fdinfo(proc::read_file(path.c_str())).eventfd.value();
}

/// A tree of one process that has this one descriptor.
inline Facts tree_with(FileKind kind, FileId file, pid_t process = 0) {
  Facts facts;
  facts.processes.resize(1);
  facts.processes[0].id = process;
  Descriptor descriptor;
  descriptor.number = 3;
  descriptor.kind = kind;
  descriptor.file = file;
  facts.processes[0].descriptors.push_back(descriptor);
  return facts;
}

inline Surroundings around(Facts facts, const Tree& tree = {}) {
  look_around(tree, facts);
  return facts.around;
}

/// The tree of a child that sleeps, as one would read it.
inline Facts tree_asleep(pid_t process) {
  const std::string folder = "/proc/" + std::to_string(process);
  Facts tree = tree_with(FileKind::other, {}, process);
  StatText stat;
  do stat = parse_stat(proc::read_file((folder + "/stat").c_str())).value();
  while (stat.state != 'S');
  tree.processes[0].start_ticks = stat.start_ticks;
  ThreadFacts& thread = tree.processes[0].threads.emplace_back();
  thread.id = process;
  thread.state = stat.state;
  thread.asleep = true;
  const auto counted =
      parse_schedstat(proc::read_file((folder + "/schedstat").c_str()));
  thread.switches =
      counted ? *counted
              : *parse_status(proc::read_file((folder + "/status").c_str()))
                     .switches;
  return tree;
}

}  // namespace poolbugs::wait::testing_support
