#include "platform/asking_registers_linux.hpp"

#include <elf.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace poolbugs::wait {

#ifdef POOLBUGS_CAN_ASK

bool AskedThread::read(user_regs_struct& registers) const {
  iovec all{&registers, sizeof registers};
  // Those of a 32 bit program are fewer.
  return ::ptrace(PTRACE_GETREGSET, id_, NT_PRSTATUS, &all) == 0 &&
         all.iov_len == sizeof registers;
}

bool AskedThread::write(const user_regs_struct& registers) const {
  user_regs_struct copy = registers;
  iovec all{&copy, sizeof copy};
  return ::ptrace(PTRACE_SETREGSET, id_, NT_PRSTATUS, &all) == 0;
}

#if defined(__x86_64__)

namespace {

constexpr std::uint64_t kRedZone = 128;  // System V ABI, AMD64, 3.2.2
constexpr std::uint64_t kInstruction = 2, kSyscall = 0x050f;
constexpr std::uint64_t kUserCode64 = 0x33;  // __USER_CS, asm/segment.h

}  // namespace

bool AskedThread::has_arguments(const user_regs_struct& registers) const {
  const std::array<std::uint64_t, 6> arguments = {registers.rdi, registers.rsi,
                                                  registers.rdx, registers.r10,
                                                  registers.r8,  registers.r9};
  return arguments == call_.arguments &&
         registers.orig_rax == static_cast<std::uint64_t>(call_.call) &&
         registers.rip == call_.pc && registers.rsp == call_.stack &&
         registers.cs == kUserCode64;
}

bool AskedThread::is_call_instruction() const {
  errno = 0;
  const long word =
      ::ptrace(PTRACE_PEEKTEXT, id_, call_.pc - kInstruction, nullptr);
  return errno == 0 && (word & 0xffff) == kSyscall;
}

bool AskedThread::was_interrupted() {
  user_regs_struct now{};
  if (!read(now) || !has_arguments(now) || !is_call_instruction()) return false;
  const long result = -static_cast<long>(now.rax);
  if (result == static_cast<long>(rerun_)) return true;
  if (result != kRestartBlock || rerun_ != Rerun::unless_handled) return false;
  now.rax = static_cast<std::uint64_t>(-static_cast<long>(rerun_));
  return write(now);
}

bool AskedThread::enters_its_call() {
  return read(own_) && has_arguments(own_) &&
         static_cast<long>(own_.rax) == -ENOSYS;
}

bool AskedThread::replace_call(long number, std::uint64_t first,
                               std::uint64_t second) {
  user_regs_struct other = own_;
  other.orig_rax = static_cast<std::uint64_t>(number);
  other.rdi = first;
  other.rsi = second;
  return write(other);  // all or nothing: a thread that died has no registers
}

std::optional<long> AskedThread::end_call() {
  errno = 0;
  const long result =
      ::ptrace(PTRACE_PEEKUSER, id_, offsetof(user_regs_struct, rax), nullptr);
  const bool known = errno == 0;
  user_regs_struct interrupted = own_;
  interrupted.rax = static_cast<std::uint64_t>(-static_cast<long>(rerun_));
  if (!write(interrupted) || !known) return std::nullopt;
  return result;
}

std::uint64_t AskedThread::end_of_stack() const {
  return call_.stack - kRedZone;
}

#else

namespace {

constexpr std::uint64_t kInstruction = 4, kSvc0 = 0xd4000001;
constexpr int kCallNumber = 8;  // register

bool write_number(pid_t thread, int number) {
  iovec one{&number, sizeof number};
  return ::ptrace(PTRACE_SETREGSET, thread, NT_ARM_SYSTEM_CALL, &one) == 0;
}

}  // namespace

bool AskedThread::has_arguments(const user_regs_struct& registers) const {
  for (std::size_t i = 0; i < call_.arguments.size(); ++i)
    if (registers.regs[i] != call_.arguments[i]) return false;
  return registers.regs[kCallNumber] ==
             static_cast<std::uint64_t>(call_.call) &&
         registers.sp == call_.stack;
}

bool AskedThread::is_call_instruction() const {
  errno = 0;
  const long word =
      ::ptrace(PTRACE_PEEKTEXT, id_, call_.pc - kInstruction, nullptr);
  return errno == 0 && (word & 0xffffffff) == kSvc0;
}

/// Wound back already, which only those four results lead to.
bool AskedThread::was_interrupted() {
  user_regs_struct now{};
  return read(now) && has_arguments(now) && is_call_instruction() &&
         now.pc == call_.pc - kInstruction;
}

bool AskedThread::enters_its_call() {
  return read(own_) && has_arguments(own_) && own_.pc == call_.pc;
}

bool AskedThread::replace_call(long number, std::uint64_t first,
                               std::uint64_t second) {
  user_regs_struct other = own_;
  other.regs[0] = first;
  other.regs[1] = second;
  if (write(other) && write_number(id_, static_cast<int>(number))) return true;
  write(own_);
  return false;
}

std::optional<long> AskedThread::end_call() {
  user_regs_struct now{};
  const bool known = read(now);
  user_regs_struct back = own_;
  back.pc -= kInstruction;
  if (!write(back) || !known) return std::nullopt;
  return static_cast<long>(now.regs[0]);
}

std::uint64_t AskedThread::end_of_stack() const { return call_.stack; }

#endif

#endif

}  // namespace poolbugs::wait
