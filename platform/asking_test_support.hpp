// Processes that are asked, for the tests of asking.
#pragma once

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <functional>
#include <optional>
#include <string>

#include "platform/ask_timers.hpp"
#include "platform/proc_linux.hpp"
#include "platform/unique_fd.hpp"
#include "platform/wait_reader_test_support.hpp"
#include "platform/wait_text_linux.hpp"

namespace poolbugs::wait {

/// Two ends in one object.
struct TestPipe {
  TestPipe() {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    reads.reset(ends[0]);
    writes.reset(ends[1]);
  }
  void write_byte() const { EXPECT_EQ(::write(writes.get(), "x", 1), 1); }
  UniqueFd reads, writes;
};

/// A child that waits in a call and then tells what that returned, or
/// -errno.
class AskedChild {
 public:
  explicit AskedChild(const std::function<long()>& call)
      : child_([this, call] {
          const long result = call();
          const long told = result < 0 ? -errno : result;
          [[maybe_unused]] const ssize_t wrote =
              ::write(report_.writes.get(), &told, sizeof told);
        }) {
    report_.writes.reset();
  }

  [[nodiscard]] pid_t pid() const { return child_.pid(); }
  [[nodiscard]] ProcessFacts in(long call) const {
    Facts facts = child_.read_in(call);
    return facts.processes.empty() ? ProcessFacts() : facts.processes[0];
  }
  /// What the call returned, as soon as it did.
  [[nodiscard]] std::optional<long> result() const {
    long told = 0;
    if (::read(report_.reads.get(), &told, sizeof told) != sizeof told)
      return std::nullopt;
    return told;
  }

 private:
  TestPipe report_;
  Child child_;
};

inline long read_one(int descriptor) {
  char byte = 0;
  return ::read(descriptor, &byte, 1);
}

/// A call that waits, and what ends it. Both run in processes of their own.
struct Way {
  const char* name;
  long number;
  std::function<long()> call;
  std::function<void(pid_t)> event;
  long result;
};

/// Asks with facts of now until nobody is in the way.
inline AskedTimers ask_undisturbed(const std::function<ProcessFacts()>& facts) {
  AskedTimers asked;
  for (int i = 0; i < 50; ++i) {
    asked = ask_timers(facts());
    if (asked.alarm != AskedTimers::Answer::disturbed) break;
  }
  return asked;
}

/// The two pages around the end of a stack, as far as they can be read.
inline std::string stack_of(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/syscall";
  const auto call = parse_syscall(proc::read_file(path.c_str()));
  if (!call) return "";
  std::string bytes(8192, '\0');
  iovec ours{bytes.data(), bytes.size()};
  iovec theirs{reinterpret_cast<void*>(call->stack - 4096), bytes.size()};
  EXPECT_GT(::process_vm_readv(pid, &ours, 1, &theirs, 1, 0), 4096);
  return bytes;
}

/// Asked, it sleeps on as it was.
inline void expect_to_sleep_on(const Way& way) {
  SCOPED_TRACE(way.name);
  const AskedChild child(way.call);
  ProcessFacts facts = child.in(way.number);
  const std::string stack = stack_of(child.pid());
  const AskedTimers asked = ask_undisturbed([&] {
    facts = child.in(way.number);
    return facts;
  });
  EXPECT_EQ(asked.alarm, AskedTimers::Answer::none) << asked.why;
  EXPECT_EQ(asked.timers, AskedTimers::Answer::none) << asked.why;
  EXPECT_EQ(asked.thread, child.pid());
  EXPECT_EQ(stack_of(child.pid()), stack);
  const ThreadFacts after = child.in(way.number).threads.at(0);
  EXPECT_EQ(after.switches, asked.switches_after);
  EXPECT_EQ(after.arguments, facts.threads[0].arguments);
  EXPECT_EQ(after.pc, facts.threads[0].pc);
  way.event(child.pid());
  EXPECT_EQ(child.result(), way.result);
}

/// And what comes while it is held is there when it is let go.
inline void expect_to_get_what_comes(const Way& way) {
  SCOPED_TRACE(way.name);
  const AskedChild child(way.call);
  bool came = false;
  while (!came) {
    const AskedTimers asked = ask_timers(child.in(way.number), [&] {
      way.event(child.pid());
      came = true;
    });
    // Whoever asks has to look again, and it does not sleep on if it came.
    ASSERT_EQ(asked.alarm, AskedTimers::Answer::disturbed) << asked.why;
  }
  EXPECT_EQ(child.result(), way.result);
}

}  // namespace poolbugs::wait
