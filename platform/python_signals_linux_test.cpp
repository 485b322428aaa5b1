#include "platform/python_signals_linux.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "platform/python_driver_test_support.hpp"
#include "platform/python_test_support.hpp"

namespace poolbugs::stacks {

void PrintTo(PythonSigint what, std::ostream* out) {
  static constexpr const char* names[] = {"not_python", "default_handler",
                                          "runner", "other", "unknown"};
  *out << names[static_cast<int>(what)];
}

namespace {

using testing::AnyOf;
using enum PythonSigint;

class PythonSignalsTest : public testing::TestWithParam<std::string> {
 protected:
  /// A worker that starts has other handlers first.
  static bool becomes_default(const std::string& pid) {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (python_sigint(std::atol(pid.c_str())) != default_handler) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }
};

TEST_P(PythonSignalsTest, WhatItIsTold) {
  const Python python(GetParam());
  EXPECT_EQ(python_sigint(python.pid()), default_handler);
  EXPECT_EQ(python.after("signal.signal(2, lambda *a: None)"), other);
  EXPECT_EQ(python.after("signal.signal(2, signal.SIG_IGN)"), other);
  EXPECT_EQ(python.after("signal.signal(2, signal.SIG_DFL)"), other);
  EXPECT_EQ(python.after("signal.signal(2, signal.default_int_handler)"),
            default_handler);
  EXPECT_EQ(
      python.after("for s in range(3, 65):\n"
                   "    try: signal.signal(s, lambda *a: None)\n"
                   "    except (OSError, ValueError, RuntimeError): pass"),
      default_handler);
  EXPECT_EQ(python.after("import threading\n"
                         "gate = threading.Event()\n"
                         "t = threading.Thread(target=gate.wait)\n"
                         "t.daemon = True; t.start()"),
            default_handler);
}

TEST_P(PythonSignalsTest, WakeupDescriptor) {
  const Python python(GetParam());
  EXPECT_THAT(python.after("import socket\n"
                           "a, b = socket.socketpair()\n"
                           "a.setblocking(False)\n"
                           "signal.set_wakeup_fd(a.fileno())"),
              // One of several places if it has no symbols.
              AnyOf(other, unknown));
  EXPECT_EQ(python.after("signal.set_wakeup_fd(-1)"), default_handler);
  // 0 is what a count looks like that was -1.
  EXPECT_NE(python.after("os.dup2(a.fileno(), 9)\n"
                         "zero = os.dup(0)\n"
                         "os.dup2(9, 0)\n"
                         "signal.set_wakeup_fd(0)\n"
                         "os.dup2(zero, 0)"),
            default_handler);
}

TEST_P(PythonSignalsTest, ForkedChildren) {
  const Python python(GetParam());
  python.run(
      "import time\n"
      "def child(work):\n"
      "    r, w = os.pipe()\n"
      "    pid = os.fork()\n"
      "    if not pid:\n"
      "        work()\n"
      "        os.write(w, b'x')\n"
      "        while True: time.sleep(1000)\n"
      "    os.read(r, 1)\n"
      "    say(pid)");
  const auto child = [&](const std::string& work) {
    return python_sigint(
        std::atol(python.run("child(lambda: " + work + ")").c_str()));
  };
  EXPECT_EQ(child("None"), default_handler);
  EXPECT_EQ(child("signal.signal(2, child)"), other);
  EXPECT_EQ(python_sigint(python.pid()), default_handler);
  EXPECT_EQ(python.after("signal.signal(2, child)"), other);
  EXPECT_EQ(child("None"), other);
  EXPECT_EQ(child("signal.signal(2, signal.default_int_handler)"),
            default_handler);
}

TEST_P(PythonSignalsTest, Workers) {
  const Python python(GetParam());
  python.run("import multiprocessing, time");
  const auto worker = [&](const std::string& context) {
    return becomes_default(
        python.run("p = " + context +
                   "Process(target=time.sleep, args=(1000,))\n"
                   "p.daemon = True; p.start(); say(p.pid)"));
  };
  if (python.minor() == 0) {
    EXPECT_TRUE(worker("multiprocessing."));
    return;
  }
  for (const std::string method : {"fork", "spawn", "forkserver"})
    EXPECT_TRUE(worker("multiprocessing.get_context('" + method + "')."))
        << method;
}

TEST_P(PythonSignalsTest, Runner) {
  const Python python(GetParam());
  if (python.minor() < 7) return;  // no asyncio.run()
  const PythonSigint inside = python.after(
      "import asyncio\n"
      "async def main(): serve()\n"
      "asyncio.run(main())");
  EXPECT_EQ(inside, python.minor() < 11 ? default_handler : runner);
  python.run("loop = asyncio.get_event_loop()");
  EXPECT_THAT(python.after("loop.add_signal_handler(15, print)"),
              AnyOf(other, unknown));
  EXPECT_EQ(python.after("loop.remove_signal_handler(15)"), inside);
  EXPECT_EQ(python.after("signal.signal(2, lambda *a: None)"), other);
  EXPECT_EQ(python.after("leave"), other);
  EXPECT_EQ(python.after("signal.signal(2, signal.default_int_handler)"),
            default_handler);
}

TEST_P(PythonSignalsTest, LooksLikeTheRunner) {
  const Python python(GetParam());
  if (python.minor() < 11) return;
  python.run(
      "import asyncio, functools\n"
      "runner = asyncio.Runner()\n"
      "real = functools.partial(runner._on_sigint, main_task=None)");
  EXPECT_EQ(python.after("signal.signal(2, real)"), runner);
  for (const std::string handler :
       {"runner._on_sigint", "staticmethod(runner._on_sigint)",
        "functools.partial(staticmethod(type(runner)._on_sigint), runner)",
        "functools.partial(print)", "functools.partial(runner.run)",
        "functools.partial(type(runner)._on_sigint, runner)",
        "functools.partial(signal.default_int_handler)"})
    EXPECT_EQ(python.after("signal.signal(2, " + handler + ")"), other)
        << handler;
  EXPECT_EQ(python.after("class partial:\n"
                         "    __slots__ = tuple('abcdef')\n"
                         "    def __call__(self, *more): pass\n"
                         "partial.__name__ = 'functools.partial'\n"
                         "fake = partial()\n"
                         "fake.a = runner._on_sigint\n"
                         "signal.signal(2, fake)"),
            other);
  EXPECT_EQ(python.after("class Sub(functools.partial):\n"
                         "    def __call__(self, *more): pass\n"
                         "Sub.__name__ = 'functools.partial'\n"
                         "signal.signal(2, Sub(runner._on_sigint))"),
            other);
  EXPECT_EQ(python.after("class Runner:\n"
                         "    def _on_sigint(self, *more): pass\n"
                         "    _on_sigint.__module__ = 'asyncio.runners'\n"
                         "signal.signal(2, functools.partial("
                         "Runner()._on_sigint))"),
            other);
}

TEST_P(PythonSignalsTest, LooksLikeTheDefault) {
  const Python python(GetParam());
  EXPECT_EQ(python.after("def default_int_handler(*more): pass\n"
                         "signal.signal(2, default_int_handler)"),
            other);
  EXPECT_EQ(python.after("signal.signal(2, os.getpid)"), other);
  EXPECT_EQ(python.after("class Like(object):\n"
                         "    def __call__(self, *more): pass\n"
                         "    __name__ = 'default_int_handler'\n"
                         "signal.signal(2, Like())"),
            other);
  // A table that says otherwise, everywhere but where CPython has its own.
  const std::string fakes =
      "import ctypes\n"
      "zero = id(signal.SIG_DFL) if sys.version_info < (3, 5) else id(0)\n"
      "def fake(handler):\n"
      "    words = [0, 0] + [0, zero] * 64\n"
      "    words[5] = id(handler)\n"
      "    return (ctypes.c_uint64 * 130)(*words)\n";
  EXPECT_EQ(python.after(fakes + "kept = [fake(signal.default_int_handler)"
                                 " for i in range(100)]"),
            other);
  EXPECT_EQ(python.after("kept = [fake(lambda *a: None) for i in range(100)]\n"
                         "signal.signal(2, signal.default_int_handler)"),
            default_handler);
}

TEST_P(PythonSignalsTest, WhatIsTakenForGranted) {
  const Python python(GetParam());
  EXPECT_EQ(python.after("signal.siginterrupt(2, False)"), default_handler);
  if (python.minor() != 0) {
    EXPECT_EQ(python.after("import faulthandler; faulthandler.enable()"),
              default_handler);
  }
  // The kernel does not say whose handler it is.
  EXPECT_EQ(python.after("import ctypes\n"
                         "kind = ctypes.CFUNCTYPE(None, ctypes.c_int)\n"
                         "there = kind(lambda n: None)\n"
                         "ctypes.CDLL(None).signal(2, there)"),
            default_handler);
}

TEST_P(PythonSignalsTest, Subinterpreters) {
  const Python python(GetParam());
  if (python.minor() < 8) return;
  python.run(python.minor() < 13 ? "import _xxsubinterpreters as subs"
                                 : "import _interpreters as subs");
  EXPECT_EQ(python.after("sub = subs.create()\n"
                         "subs.run_string(sub, 'import signal, asyncio')"),
            default_handler);
  EXPECT_EQ(python.after("signal.signal(2, lambda *a: None)\n"
                         "subs.run_string(sub, 'import signal')"),
            other);
}

TEST_P(PythonSignalsTest, EmbeddedOrTwice) {
  const std::filesystem::path interpreter = GetParam();
  std::string home = testing::TempDir() + "embeds.XXXXXX";
  ASSERT_NE(::mkdtemp(home.data()), nullptr);
  const std::filesystem::path program = std::filesystem::path(home) / "app";
  std::filesystem::copy_file(interpreter, program);
  const Python embeds(
      program, {{"PYTHONHOME", interpreter.parent_path().parent_path()}});
  EXPECT_EQ(python_sigint(embeds.pid()), unknown);
  std::filesystem::remove_all(home);

  const Python python(GetParam());
  for (const std::string& other_one : interpreters()) {
    const std::filesystem::path folder =
        std::filesystem::path(other_one).parent_path().parent_path() / "lib";
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator(folder, none)) {
      const std::string name = file.path().filename();
      if (other_one == GetParam() || file.is_symlink() ||
          !name.starts_with("libpython") || name == "libpython3.so")
        continue;
      EXPECT_EQ(python.after("import ctypes\n"
                             "second = ctypes.CDLL('" +
                             file.path().string() + "')"),
                unknown)
          << file.path();
      return;
    }
  }
}

TEST_P(PythonSignalsTest, TheSameOneTwice) {
  const Python python(GetParam());
  const std::string library = python.library();
  if (!library.empty()) {
    EXPECT_EQ(python.after("import ctypes\n"
                           "load = ctypes.CDLL(None).dlmopen\n"
                           "load.restype = ctypes.c_void_p\n"
                           "assert load(ctypes.c_long(-1), b'" +
                           library + "', 2)"),  // LM_ID_NEWLM, RTLD_NOW
              unknown);
    return;
  }
  // It is not known which mapping is the one that was loaded.
  EXPECT_EQ(python.after("import mmap\n"
                         "program = open('" +
                         GetParam() +
                         "', 'rb')\n"
                         "start = mmap.mmap(program.fileno(), 4096,"
                         " prot=mmap.PROT_READ)"),
            unknown);
}

TEST_P(PythonSignalsTest, Stripped) {
  const std::string library = Python(GetParam()).library();
  if (library.empty()) return;  // part of the executable
  std::string home = testing::TempDir() + "stripped.XXXXXX";
  ASSERT_NE(::mkdtemp(home.data()), nullptr);
  const std::string copy =
      home + "/" + std::filesystem::path(library).filename().string();
  ASSERT_EQ(std::system(("strip -o " + copy + " " + library).c_str()), 0);
  const Python python(GetParam(), {{"LD_PRELOAD", copy}});
  // Until 3.6 one cannot tell where the wakeup descriptor is.
  const PythonSigint seen = python.minor() < 7 ? unknown : default_handler;
  EXPECT_EQ(python_sigint(python.pid()), seen);
  if (python.minor() >= 7) {
    EXPECT_EQ(python.after("import asyncio, logging, json, threading, ctypes\n"
                           "import sqlite3, decimal, multiprocessing.pool\n"),
              seen);
  }
  EXPECT_THAT(python.after("import socket\n"
                           "a, b = socket.socketpair()\n"
                           "a.setblocking(False)\n"
                           "signal.set_wakeup_fd(a.fileno())"),
              AnyOf(other, unknown));
  EXPECT_EQ(python.after("signal.set_wakeup_fd(-1)"), seen);
  EXPECT_EQ(python.after("signal.signal(2, lambda *a: None)"), other);
  std::filesystem::remove_all(home);
}

INSTANTIATE_TEST_SUITE_P(Interpreters, PythonSignalsTest,
                         testing::ValuesIn(interpreters()), interpreter_name);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(PythonSignalsTest);

TEST(PythonSigintTest, OtherPrograms) {
  const pid_t child = ::fork();
  if (child == 0)
    for (;;) ::pause();
  EXPECT_EQ(python_sigint(child), not_python);
  ::kill(child, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT),
            0);
  EXPECT_EQ(python_sigint(child), unknown) << "it has ended";
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(python_sigint(child), unknown) << "it is gone";
  EXPECT_EQ(python_sigint(2), unknown) << "a kernel thread, or nothing";
}

}  // namespace
}  // namespace poolbugs::stacks
