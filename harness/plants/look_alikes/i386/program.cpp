// The i386 program of i386.cpp, without any library: `r` reads a byte from 90,
// `w` reads one from 90 and writes it to 91, `s` sleeps 0.3 s and reads it.

namespace {

long call(long number, long a, const void* b, long c) {
  long result = 0;
  asm volatile("int $0x80"
               : "=a"(result)
               : "a"(number), "b"(a), "c"(b), "d"(c)
               : "memory");
  return result;
}

// Numbers of arch/x86/entry/syscalls/syscall_32.tbl.
constexpr long kExit = 1, kRead = 3, kWrite = 4, kNanosleep = 162;

}  // namespace

extern "C" [[noreturn]] void work(const long* stack);
void work(const long* stack) {
  const char mode = *reinterpret_cast<const char*>(stack[2]);
  const long time[2] = {0, 300'000'000};
  if (mode == 's') call(kNanosleep, reinterpret_cast<long>(time), nullptr, 0);
  char byte = 0;
  bool done = call(kRead, 90, &byte, 1) == 1;
  if (mode == 'w') done = done && call(kWrite, 91, &byte, 1) == 1;
  while (true) call(kExit, done ? 0 : 1, nullptr, 0);
}

asm(".globl _start\n_start:\n  mov %esp, %eax\n  and $-16, %esp\n"
    "  sub $12, %esp\n  push %eax\n  call work\n");
