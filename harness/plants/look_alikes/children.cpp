// Processes that come, go, exec, stop, and are waited for.
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cerrno>
#include <thread>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

std::string seconds_text() { return std::to_string(span()); }

void exec_sleep() {
  ::execlp("sleep", "sleep", seconds_text().c_str(), nullptr);
  ::_exit(127);
}

void waits_for_child() {
  join(in_child([] { sleep_for(span()); }));
}

void waitid_for_any() {
  in_child([] { sleep_for(span()); });
  must(::waitid(P_ALL, 0, nullptr, WEXITED), "waitid");
}

/// Of two children the one is stuck for good, and the other one is not.
void waits_for_either() {
  const Pipe never = make_pipe();
  const pid_t stuck = in_child([&] {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    hear(never.read);
  });
  const pid_t sleeper = in_child([] { sleep_for(span()); });
  expect(must(::waitpid(-1, nullptr, 0), "waitpid") == sleeper, "waitpid");
  ::kill(stuck, SIGKILL);
  join(stuck, SIGKILL);
}

void polls_pidfd() {
  const pid_t child = in_child([] { sleep_for(span()); });
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  if (fd < 0) skip("pidfd_open");
  pollfd polled{fd, POLLIN, 0};
  must(::poll(&polled, 1, -1), "poll");
  join(child);
}

/// Not its child but its grandchild, whom it may not wait for.
void polls_pidfd_of_grandchild() {
  const Pipe pipe = make_pipe();
  join(in_child([&] {
    const pid_t grandchild = in_child([] { sleep_for(span()); });
    expect(::write(pipe.write, &grandchild, sizeof grandchild) > 0, "write");
  }));
  pid_t grandchild = 0;
  expect(::read(pipe.read, &grandchild, sizeof grandchild) > 0, "read");
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, grandchild, 0));
  if (fd < 0) skip("pidfd_open");
  pollfd polled{fd, POLLIN, 0};
  must(::poll(&polled, 1, -1), "poll");
}

/// The parent sleeps in vfork(2) until its child, who is in no hurry, execs.
void vfork_child_runs_long() {
  const pid_t child = ::vfork();
  if (child == 0) {
    sleep_for(span() / 2);
    ::execlp("sleep", "sleep", "0.05", nullptr);
    ::_exit(127);
  }
  join(child);
}

void vfork_child_reads() {
  const Pipe pipe = make_pipe();
  const pid_t writer = in_child([&] { sleep_for(span()), say(pipe.write); });
  const pid_t child = ::vfork();
  if (child == 0) {
    char byte;
    ::_exit(::read(pipe.read, &byte, 1) == 1 ? 0 : 1);
  }
  join(child), join(writer);
}

void spawned_sleep() {
  const std::string seconds = seconds_text();
  std::string program = "sleep", argument = seconds;
  char* arguments[] = {program.data(), argument.data(), nullptr};
  pid_t child = 0;
  zero(::posix_spawnp(&child, "sleep", nullptr, nullptr, arguments, environ),
       "posix_spawnp");
  join(child);
}

void shell_waits() {
  const std::string script = "sleep " + seconds_text() + " & wait $!";
  ::execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
  fail("sh");
}

/// Every part of a pipeline waits for the one on its left.
void shell_pipeline() {
  const std::string script =
      "{ sleep " + seconds_text() + "; echo x; } | cat | cat | grep -q x";
  ::execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
  fail("sh");
}

/// $(…): the shell reads until the last writer, a grandchild, is gone.
void shell_substitutes() {
  const std::string script =
      "x=$( (sleep " + seconds_text() + "; echo x) & ); test $x = x";
  ::execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
  fail("sh");
}

/// New programs in the same process: sh, env, sleep.
void execs_on_and_on() {
  const std::string third = std::to_string(span() / 4);
  const std::string script = "sleep " + third + "; exec sh -c 'sleep " + third +
                             "; exec env sh -c \"sleep " + third +
                             "; exec sleep " + third + "\"'";
  join(in_child([&] {
    ::execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
    fail("sh");
  }));
}

/// exec by a thread that is not the first: its id becomes the process' own.
void thread_execs() {
  const pid_t child = in_child([] {
    std::thread([] {
      sleep_for(span() / 2);
      ::execlp("sleep", "sleep", std::to_string(span() / 2).c_str(), nullptr);
      ::_exit(127);
    }).join();
  });
  join(child);
}

/// The end of the pipe is closed by exec, not by anybody who writes.
void exec_closes() {
  int ends[2];
  must(::pipe2(ends, O_CLOEXEC), "pipe2");
  const pid_t child = in_child([] {
    sleep_for(span());
    ::execlp("sleep", "sleep", "0.1", nullptr);
    ::_exit(127);
  });
  ::close(ends[1]);
  hear_end(ends[0]);
  join(child);
}

/// Each hands on to a child and ends: the pipe's writer is never the same.
void processes_hand_on() {
  const Pipe pipe = make_pipe();
  const pid_t first = in_child([&] {
    while (time_left()) {
      sleep_for(span() / 20);
      if (must(::fork(), "fork") != 0) ::_exit(0);
    }
    say(pipe.write);
  });
  ::close(pipe.write);
  hear(pipe.read);
  join(first);
}

/// Children who live for a moment, while a brother waits for the last.
void processes_come_and_go() {
  const Pipe pipe = make_pipe();
  const pid_t starter = in_child([&] {
    while (time_left()) join(in_child([] { sleep_for(0.005); }));
    say(pipe.write);
  });
  hear(pipe.read);
  join(starter);
}

/// A daemon in a session of its own, nobody's child, writes at the end.
void daemon_writes() {
  const Pipe pipe = make_pipe();
  join(in_child([&] {
    ::setsid();
    in_child([&] { sleep_for(span()), say(pipe.write); });
  }));
  ::close(pipe.write);
  hear(pipe.read);
}

/// It waits for whom it has not borne: its grandchild comes to it.
void subreaper_waits() {
  must(::prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl");
  const pid_t child = in_child([] {
    in_child([] { sleep_for(span()); });
    sleep_for(span() / 3);
  });
  join(child);
  must(::wait(nullptr), "wait");
}

/// Who sleeps ends, and the kernel kills its child for it.
void death_of_parent_kills() {
  const Pipe pipe = make_pipe();
  const pid_t child = in_child([&] {
    in_child([&] {
      must(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
      hear(pipe.read);
    });
    ::close(pipe.read), ::close(pipe.write);
    sleep_for(span());
  });
  ::close(pipe.write);
  hear_end(pipe.read);
  join(child);
}

/// The "parent" that counts is the thread that forked.
void death_of_thread_kills() {
  const Pipe pipe = make_pipe();
  std::thread([&] {
    in_child([&] {
      must(::prctl(PR_SET_PDEATHSIG, SIGKILL), "prctl");
      hear(pipe.read);
    });
    sleep_for(span());
  }).detach();
  int status = 0;
  while (::wait(&status) < 0) {
    expect(errno == ECHILD, "wait");  // not forked yet
    sleep_for(0.01);
  }
  expect(status == SIGKILL, "the child ended in another way");
}

// --- stopped, traced

/// The worker is stopped; who waits for its word waits for SIGCONT.
void stopped_and_continued() {
  const Pipe pipe = make_pipe();
  const pid_t worker = in_child([&] { ::raise(SIGSTOP), say(pipe.write); });
  const pid_t helper =
      in_child([&] { sleep_for(span()), ::kill(worker, SIGCONT); });
  hear(pipe.read);
  join(worker), join(helper);
}

/// Stopped again and again, by its own group's signals.
void stopped_often() {
  const pid_t worker = in_child([] {
    while (time_left()) ::raise(SIGSTOP);
  });
  while (true) {
    int status = 0;
    must(::waitpid(worker, &status, WUNTRACED), "waitpid");
    if (WIFEXITED(status)) return;
    rest();
    ::kill(worker, SIGCONT);
  }
}

/// Who waits for its tracer, who sleeps.
void tracee_waits() {
  const pid_t tracee = in_child([] {
    must(::ptrace(PTRACE_TRACEME, 0, 0, 0), "ptrace");
    ::raise(SIGSTOP);
  });
  must(::waitpid(tracee, nullptr, 0), "waitpid");
  sleep_for(span());
  must(::ptrace(PTRACE_CONT, tracee, 0, 0), "ptrace");
  join(tracee);
}

/// The tracer waits for the tracee's next stop; the tracee sleeps.
void tracer_waits() {
  const pid_t tracee = in_child([] {
    must(::ptrace(PTRACE_TRACEME, 0, 0, 0), "ptrace");
    ::raise(SIGSTOP);
    sleep_for(span());
  });
  must(::waitpid(tracee, nullptr, 0), "waitpid");
  must(::ptrace(PTRACE_SYSCALL, tracee, 0, 0), "ptrace");
  for (int status = 0; !WIFEXITED(status);) {
    must(::waitpid(tracee, &status, 0), "waitpid");
    if (!WIFEXITED(status)) ::ptrace(PTRACE_SYSCALL, tracee, 0, 0);
  }
}

/// It waits for a process that is not its child but its brother.
void tracer_of_brother() {
  const pid_t brother = in_child([] {
    ::prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    sleep_for(span());
  });
  const pid_t tracer = in_child([&] {
    if (::ptrace(PTRACE_SEIZE, brother, 0, 0) != 0) skip("PTRACE_SEIZE");
    must(::waitpid(brother, nullptr, __WALL), "waitpid");
  });
  join(tracer), join(brother);
}

const Table children{
    {"exec_sleep", "", exec_sleep},
    {"waits_for_child", "", waits_for_child},
    {"waitid_for_any", "", waitid_for_any},
    {"waits_for_either", "", waits_for_either},
    {"polls_pidfd", "", polls_pidfd},
    {"polls_pidfd_of_grandchild", "", polls_pidfd_of_grandchild},
    {"vfork_child_runs_long", "", vfork_child_runs_long},
    {"vfork_child_reads", "", vfork_child_reads},
    {"spawned_sleep", "", spawned_sleep},
    {"shell_waits", "", shell_waits},
    {"shell_pipeline", "", shell_pipeline},
    {"shell_substitutes", "", shell_substitutes},
    {"execs_on_and_on", "", execs_on_and_on},
    {"thread_execs", "", thread_execs},
    {"exec_closes", "", exec_closes},
    {"processes_hand_on", "", processes_hand_on},
    {"processes_come_and_go", "", processes_come_and_go},
    {"daemon_writes", "", daemon_writes},
    {"subreaper_waits", "", subreaper_waits},
    {"death_of_parent_kills", "signal", death_of_parent_kills},
    {"death_of_thread_kills", "", death_of_thread_kills},
    {"stopped_and_continued", "", stopped_and_continued},
    {"stopped_often", "", stopped_often},
    {"tracee_waits", "", tracee_waits},
    {"tracer_waits", "", tracer_waits},
    {"tracer_of_brother", "", tracer_of_brother},
};

}  // namespace
}  // namespace poolbugs::look_alikes
