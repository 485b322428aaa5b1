// What is true of a process as a whole.
#include <fcntl.h>
#include <linux/kcmp.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "platform/wait_reading_linux.hpp"

namespace poolbugs::wait {
namespace {

void read_program(ProcessReading& process) {
  const std::string path = process.path("exe");
  std::array<char, 4096> target{};
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  if (length < 0) {
    if (means_denied(errno))
      process.not_readable("its program may not be read");
    else
      process.not_modelled("has no program");
    return;
  }
  const std::string_view link(target.data(), static_cast<std::size_t>(length));
  if (link.substr(link.rfind('/') + 1).starts_with("qemu-"))
    process.not_modelled("runs under qemu");
  const UniqueFd program(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 64> head{};
  const ssize_t got =
      program ? ::read(program.get(), head.data(), head.size()) : -1;
  if (got < 0)
    process.not_modelled("its program may not be read");
  else if (!is_our_elf({head.data(), static_cast<std::size_t>(got)}))
    process.not_modelled("is a program for another kind of processor");
}

std::uint64_t inode_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

void read_inner_ids(FileReader& files, ProcessReading& process) {
  const std::string folder = "/proc/" + std::to_string(process.facts.id) + "/";
  const StatusText status =
      parse_status(files.read(AT_FDCWD, (folder + "status").c_str(), true));
  if (status.inner_ids.empty()) {
    process.not_modelled("its process id is not known");
    return;
  }
  process.facts.inner_id = status.inner_ids.back();
  // Somebody else reads what it writes, in its own time.
  if (status.dumps_core) process.not_modelled("writes a core dump");
  process.facts.caught = status.caught.value_or(~std::uint64_t{0});
  // Threads are in the pid namespace of their process (clone(2),
  // CLONE_NEWPID with CLONE_THREAD). Which of the signals beyond 31 they block
  // `stat` did not say; 32 and 33 are glibc's own (nptl(7)).
  const bool by_status =
      status.inner_ids.size() > 1 || process.facts.caught >> 33 != 0;
  for (ThreadReading& thread : process.threads) {
    thread.facts.inner_id = thread.facts.id;
    if (!by_status) continue;
    const std::string path =
        folder + "task/" + std::to_string(thread.facts.id) + "/status";
    const StatusText own =
        parse_status(files.read(AT_FDCWD, path.c_str(), true));
    thread.facts.inner_id = own.inner_ids.empty() ? 0 : own.inner_ids.back();
    thread.facts.blocked = own.blocked.value_or(0);
    if (own.inner_ids.empty())
      process.not_modelled("a thread's id is not known");
  }
}

/// CLONE_VM comes with CLONE_THREAD (clone(2)), CLONE_FILES does not.
bool has_one_table(const ProcessReading& process) {
  for (const ThreadReading& thread : process.threads)
    if (thread.facts.id != process.speaker &&
        !same_resource(process.speaker, thread.facts.id, KCMP_FILES))
      return false;
  return true;
}

}  // namespace

std::string ProcessReading::path(const char* file) const {
  return "/proc/" + std::to_string(facts.id) + "/task/" +
         std::to_string(speaker) + "/" + file;
}

void ProcessReading::not_readable(const char* why) {
  facts.readable = false;
  if (facts.why_not.empty()) facts.why_not = why;
}

void ProcessReading::not_modelled(const char* why) {
  facts.modelled = false;
  if (facts.why_not.empty()) facts.why_not = why;
}

bool is_open(const ProcessReading& process) {
  return !process.facts.zombie && process.facts.readable &&
         process.facts.modelled && process.speaker != 0;
}

bool same_resource(long thread, long other, int kind) {
  return ::syscall(SYS_kcmp, thread, other, kind, 0, 0) == 0;
}

void read_process(FileReader& files, ProcessReading& process) {
  read_inner_ids(files, process);
  read_program(process);
  const std::string timers =
      "/proc/" + std::to_string(process.facts.id) + "/timers";
  const bool none = files.read(AT_FDCWD, timers.c_str()).empty();
  process.facts.timers = !none || files.error() != 0;
  process.facts.ipc_space = inode_of(process.path("ns/ipc"));
  if (!has_one_table(process))
    process.not_modelled("its threads may have descriptors of their own");
}

}  // namespace poolbugs::wait
