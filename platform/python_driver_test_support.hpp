// A Python that does what a test tells it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "platform/python_signals_linux.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs::stacks {

/// Runs the text that it is sent, up to a 0, and answers with what that said.
/// Such text may call serve() again: "leave" ends that.
inline constexpr const char* python_driver = R"(
import os, sys, signal
said = ''
def say(what):
    global said
    said += str(what)
def answer():
    global said
    os.write(1, (said + '\n').encode())
    said = ''
def serve():
    while True:
        answer()
        text = b''
        while text[-1:] != b'\0':
            byte = os.read(0, 1)
            if not byte: os._exit(0)
            text += byte
        text = text[:-1].decode()
        if text == 'leave':
            return
        exec(text, globals())
serve()
)";

/// A Python that does what it is told; killed at the end with all it started.
class Python {
 public:
  struct Setting {
    std::string name, value;
  };
  explicit Python(const std::string& interpreter,
                  const std::vector<Setting>& settings = {}) {
    int in[2];
    int out[2];
    EXPECT_EQ(::pipe2(in, O_CLOEXEC), 0);
    EXPECT_EQ(::pipe2(out, O_CLOEXEC), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::setpgid(0, 0);
      ::dup2(in[0], 0);
      ::dup2(out[1], 1);
      ::signal(SIGINT, SIG_DFL);
      for (const Setting& one : settings)
        ::setenv(one.name.c_str(), one.value.c_str(), 1);
      ::execl(interpreter.c_str(), interpreter.c_str(), "-c", python_driver,
              nullptr);
      ::_exit(126);
    }
    ::setpgid(pid_, pid_);
    ::close(in[0]);
    ::close(out[1]);
    in_.reset(in[1]);
    out_.reset(out[0]);
    (void)read_answer();  // it has started
    minor_ = std::atoi(
        run("say(sys.version_info[1] if sys.version_info[0] == 3 else 0)")
            .c_str());
  }
  ~Python() {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Python(const Python&) = delete;
  Python& operator=(const Python&) = delete;

  /// What it said.
  std::string run(const std::string& text) const {
    const std::size_t size = text.size() + 1;
    EXPECT_EQ(::write(in_.get(), text.c_str(), size),
              static_cast<ssize_t>(size));
    return read_answer();
  }
  PythonSigint after(const std::string& text) const {
    run(text);
    return python_sigint(pid_);
  }
  /// Its libpython, if it has one.
  [[nodiscard]] std::string library() const {
    return run(
        "found = [l.split()[5] for l in open('/proc/self/maps')"
        " if 'libpython' in l]\n"
        "say(found[0] if found else '')");
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// 0 for Python 2.
  [[nodiscard]] int minor() const { return minor_; }

 private:
  [[nodiscard]] std::string read_answer() const {
    std::string answer;
    char byte = 0;
    pollfd ready{out_.get(), POLLIN, 0};
    while (::poll(&ready, 1, 60'000) == 1 &&
           ::read(out_.get(), &byte, 1) == 1) {
      if (byte == '\n') return answer;
      answer += byte;
    }
    ADD_FAILURE() << "it ended or hangs after: " << answer;
    return answer;
  }

  pid_t pid_ = -1;
  int minor_ = 0;
  UniqueFd in_, out_;
};

}  // namespace poolbugs::stacks
