#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "platform/proc_linux.hpp"
#include "platform/stacks.hpp"
#include "platform/stacks_capture_linux.hpp"
#include "platform/stacks_dwfl_linux.hpp"

namespace poolbugs::stacks {
namespace {

/// The process, or if its first thread has ended another thread: then
/// /proc/PID/maps is empty, /proc/TID/maps is not.
long living_thread(long process) {
  const std::string folder = "/proc/" + std::to_string(process) + "/";
  if (!proc::read_file((folder + "maps").c_str(), 1).empty()) return process;
  for (const pid_t id : proc::numbered_entries((folder + "task").c_str()))
    if (id != process &&
        !proc::read_file(("/proc/" + std::to_string(id) + "/maps").c_str(), 1)
             .empty())
      return id;
  return process;
}

/// Program counter of a thread in a system call that did not stop: the last
/// word of /proc/PID/task/TID/syscall (proc_pid_syscall(5)).
std::uint64_t blocked_at(long process, long thread) {
  const std::string path = "/proc/" + std::to_string(process) + "/task/" +
                           std::to_string(thread) + "/syscall";
  const std::string text = proc::read_file(path.c_str());
  const std::size_t last = text.rfind(' ');
  if (last == std::string::npos) return 0;
  return std::strtoull(text.c_str() + last + 1, nullptr, 16);
}

bool same_thread(const PythonThread& python, const CapturedThread& thread) {
#if defined(__aarch64__)
  // The thread pointer lies behind glibc's struct pthread.
  const bool same_self = thread.thread_pointer - python.id < 4096;
#else
  const bool same_self = thread.thread_pointer == python.id;
#endif
  return same_self;
}

/// Of a forked process the kernel's id may be the parent's: it counts last.
const PythonThread* python_of(const std::vector<PythonThread>& pythons,
                              const CapturedThread& thread) {
  auto found = std::ranges::find_if(pythons, [&](const PythonThread& one) {
    return same_thread(one, thread);
  });
  if (found == pythons.end())
    found = std::ranges::find_if(pythons, [&](const PythonThread& one) {
      return one.native_id != 0 &&
             one.native_id == static_cast<std::uint64_t>(thread.inner_id);
    });
  return found == pythons.end() ? nullptr : &*found;
}

ProcessStacks stacks_of(long process, SymbolCache& cache) {
  ProcessStacks result;
  result.process = process;
  const Result<std::unique_ptr<Image>> image =
      Image::open(living_thread(process), cache);
  if (!image) {
    result.failure = image.error().text;
    return result;
  }
  const std::optional<PythonPlace> place = (*image)->python();
  std::vector<PythonThread> pythons;
  const Captured captured = capture(process, [&](Memory& memory) {
    if (!place) return;
    Result<std::vector<PythonThread>> read = read_python(memory, *place);
    if (read)
      pythons = *std::move(read);
    else
      result.python_failure = read.error().text;
  });
  result.failure = captured.failure;
  for (const CapturedThread& thread : captured.threads) {
    ThreadStack& stack = result.threads.emplace_back();
    stack.thread = thread.id;
    stack.failure = thread.failure;
    if (thread.registers.empty()) {
      const std::uint64_t pc = blocked_at(process, thread.id);
      if (const std::string name = (*image)->symbol(pc); !name.empty())
        stack.native.push_back({name, "", 0});
      continue;
    }
    stack.native = (*image)->unwind(thread);
    if (const PythonThread* python = python_of(pythons, thread))
      stack.python = python->frames;
  }
  return result;
}

}  // namespace

std::vector<ProcessStacks> take_stacks(const std::vector<long>& processes) {
  SymbolCache cache;
  std::vector<ProcessStacks> all;
  for (const long process : processes) all.push_back(stacks_of(process, cache));
  return all;
}

std::string symbol_at(long process, std::uint64_t pc) {
  SymbolCache cache;
  const Result<std::unique_ptr<Image>> image =
      Image::open(living_thread(process), cache);
  return image ? (*image)->symbol(pc) : std::string();
}

}  // namespace poolbugs::stacks
