// Programs that call the kernel by its i386 table: the same numbers mean other
// calls. look_alikes_i386 is i386/program.cpp.
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cerrno>
#include <ctime>
#include <filesystem>

#include "harness/plants/look_alikes/look_alike.hpp"

namespace poolbugs::look_alikes {
namespace {

#ifdef __x86_64__

// Numbers of arch/x86/entry/syscalls/syscall_32.tbl.
constexpr long kRead = 3, kClockNanosleep = 267;

/// int 0x80 in a 64-bit program. Pointers must lie below 4 GiB.
long call_i386(long number, long a, long b, long c, long d) {
  long result = 0;
  asm volatile("int $0x80"
               : "=a"(result)
               : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d)
               : "memory", "r8", "r9", "r10", "r11");
  return result;
}

/// Memory that an i386 call can name.
char* low_memory() {
  void* memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  expect(memory != MAP_FAILED, "mmap");
  return static_cast<char*>(memory);
}

long number_of(const void* address) {
  return static_cast<long>(reinterpret_cast<std::uintptr_t>(address));
}

void try_i386() {
  const pid_t child = in_child([] { call_i386(1, 0, 0, 0, 0); });
  int status = 0;
  must(::waitpid(child, &status, 0), "waitpid");
  errno = 0;
  if (status != 0) skip("int 0x80");
}

/// 3 is read there and close here.
void int80_reads() {
  try_i386();
  const Pipe pipe = make_pipe();
  char* byte = low_memory();
  const pid_t child = in_child([&] { sleep_for(span()), say(pipe.write); });
  expect(call_i386(kRead, pipe.read, number_of(byte), 1, 0) == 1, "int 0x80");
  join(child);
}

/// Sleeps by CLOCK_BOOTTIME, 7; stopped and continued, it sleeps on in
/// restart_syscall, which is 0 there and read here: "read of descriptor 7",
/// a pipe whose other end nobody else has.
void int80_restarted_sleep() {
  try_i386();
  const Pipe never = make_pipe();
  must(::dup2(never.read, CLOCK_BOOTTIME), "dup2");
  struct Time {
    int seconds, nanoseconds;
  };
  const timespec time = in_timespec(span());
  auto* low = reinterpret_cast<Time*>(low_memory());
  *low = {static_cast<int>(time.tv_sec), static_cast<int>(time.tv_nsec)};
  const pid_t sleeper = in_child([&] {
    const long result =
        call_i386(kClockNanosleep, CLOCK_BOOTTIME, 0, number_of(low), 0);
    expect(result == 0, "int 0x80");
  });
  sleep_for(0.05);
  ::kill(sleeper, SIGSTOP);
  must(::waitpid(sleeper, nullptr, WUNTRACED), "waitpid");
  ::kill(sleeper, SIGCONT);
  join(sleeper);
}

#else
void int80_reads() { skip("no i386 calls on this machine"); }
void int80_restarted_sleep() { skip("no i386 calls on this machine"); }
#endif

/// Beside our own program, if it was built.
void run_i386(const char* mode, const Pipe& pipe, const Pipe& back) {
  const std::string program =
      std::filesystem::read_symlink("/proc/self/exe").string() + "_i386";
  if (::access(program.c_str(), X_OK) != 0) skip(program.c_str());
  const pid_t child = in_child([&] {
    must(::dup2(pipe.read, 90), "dup2");
    must(::dup2(back.write, 91), "dup2");
    ::execl(program.c_str(), "i386", mode, nullptr);
    if (errno == ENOEXEC) skip(program.c_str());
    fail(program.c_str());
  });
  sleep_for(span());
  say(pipe.write);
  join(child);
}

void i386_reads() { run_i386("r", make_pipe(), make_pipe()); }
void i386_sleeps() { run_i386("s", make_pipe(), make_pipe()); }
/// Nobody but an i386 program can write what we read.
void i386_writes() {
  const Pipe pipe = make_pipe(), back = make_pipe();
  const pid_t runner = in_child([&] { run_i386("w", pipe, back); });
  ::close(pipe.write), ::close(pipe.read), ::close(back.write);
  char byte;
  const bool heard = ::read(back.read, &byte, 1) == 1;
  join(runner);  // which may have been skipped
  expect(heard, "read");
}

const Table i386{
    {"int80_reads", "i386", int80_reads},
    {"int80_restarted_sleep", "i386", int80_restarted_sleep},
    {"i386_reads", "i386", i386_reads},
    {"i386_sleeps", "i386", i386_sleeps},
    {"i386_writes", "i386", i386_writes},
};

}  // namespace
}  // namespace poolbugs::look_alikes
