#include <windows.h>

#include <algorithm>

#include "platform/pool_starter.hpp"
#include "platform/pool_waiter.hpp"
#include "platform/spawn_windows.hpp"
#include "platform/wide_windows.hpp"

namespace poolbugs::pool {

/// A process, and a wait of the system's thread pool for its end: that knows no
/// limit of 64 handles.
struct Children::Child {
  Child(std::uint64_t its_number, UniqueFd its_process)
      : number(its_number), process(std::move(its_process)) {}
  Child(Child&&) = delete;
  ~Child() {
    // Returns when no call of wake() is under way any more.
    if (wait != nullptr) ::UnregisterWaitEx(wait, INVALID_HANDLE_VALUE);
  }

  bool report_to(Waiter& waiter) {
    return ::RegisterWaitForSingleObject(&wait, process.get(), wake, &waiter,
                                         INFINITE, WT_EXECUTEONLYONCE);
  }
  static void CALLBACK wake(void* waiter, BOOLEAN) {
    static_cast<Waiter*>(waiter)->wake();
  }

  std::uint64_t number;
  UniqueFd process;
  HANDLE wait = nullptr;
};

Children::Children() = default;

Children::~Children() {
  if (job_) ::TerminateJobObject(job_.get(), kEndedByPool);
  for (const auto& child : children_)
    ::WaitForSingleObject(child->process.get(), INFINITE);
}

Result<void> Children::start(std::uint64_t number,
                             const std::vector<std::string>& args,
                             Descriptor channel) {
  if (!job_) {
    Result<UniqueFd> job = make_kill_on_close_job();
    if (!job) return job.error();
    job_ = std::move(*job);
  }
  Result<std::vector<std::string>> command = own_command();
  if (!command) return command.error();
  const std::filesystem::path exe(to_wide(command->front()));
  command->erase(command->begin());
  command->insert(command->end(), args.begin(), args.end());
  const Result<poolbugs::Child> started = spawn_in_job(
      exe, *command, {{channel, kChannelNumber}}, Group::ours, job_.get());
  if (!started) return started.error();
  auto child = std::make_unique<Child>(
      number, UniqueFd(reinterpret_cast<HANDLE>(*started)));
  if (!child->report_to(*waiter_)) {
    const DWORD code = ::GetLastError();
    ::TerminateProcess(child->process.get(), kEndedByPool);
    ::WaitForSingleObject(child->process.get(), INFINITE);
    return windows_error("RegisterWaitForSingleObject", code);
  }
  children_.push_back(std::move(child));
  return {};
}

void Children::kill(std::uint64_t number) {
  // Who is ending by itself keeps its exit code.
  for (const auto& child : children_)
    if (child->number == number)
      ::TerminateProcess(child->process.get(), kEndedByPool);
}

std::vector<Ended> Children::reap() {
  std::vector<Ended> ended;
  std::erase_if(children_, [&](const std::unique_ptr<Child>& child) {
    DWORD code = 0;
    if (::WaitForSingleObject(child->process.get(), 0) != WAIT_OBJECT_0 ||
        !::GetExitCodeProcess(child->process.get(), &code))
      return false;
    ended.push_back({child->number, code});
    return true;
  });
  return ended;
}

}  // namespace poolbugs::pool
