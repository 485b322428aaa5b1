#include "platform/sandbox_job_windows.hpp"

#include <windows.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <set>

#include "platform/wine_windows.hpp"

namespace poolbugs::sandbox {
namespace {

/// How long a storm may go on for the sake of a clean end.
constexpr std::chrono::milliseconds kStop{300};

Error last_error(std::string_view call) {
  return windows_error(call, ::GetLastError());
}

std::uint64_t unsigned_of(const LARGE_INTEGER& number) {
  return static_cast<std::uint64_t>(number.QuadPart);
}

/// This program, before its first instruction.
class Sleeper {
 public:
  static Result<Sleeper> start() {
    std::wstring self(32'768, L'\0');
    const DWORD length = ::GetModuleFileNameW(nullptr, self.data(),
                                              static_cast<DWORD>(self.size()));
    if (length == 0) return last_error("GetModuleFileName");
    STARTUPINFOW info{};
    info.cb = sizeof info;
    PROCESS_INFORMATION child{};
    if (!::CreateProcessW(self.c_str(), nullptr, nullptr, nullptr, FALSE,
                          CREATE_SUSPENDED | CREATE_NO_WINDOW, nullptr, nullptr,
                          &info, &child))
      return last_error("CreateProcess");
    ::CloseHandle(child.hThread);
    Sleeper sleeper;
    sleeper.process_.reset(child.hProcess);
    return sleeper;
  }
  Sleeper(Sleeper&&) = default;
  Sleeper& operator=(Sleeper&&) = default;
  ~Sleeper() {
    if (process_) ::TerminateProcess(process_.get(), 1);
  }
  [[nodiscard]] Descriptor process() const { return process_.get(); }

 private:
  Sleeper() = default;
  UniqueFd process_;
};

using Order = LONG(WINAPI*)(HANDLE process);

/// NtSuspendProcess and NtResumeProcess, which no header declares.
Order order(const char* name) {
  return reinterpret_cast<Order>(reinterpret_cast<void*>(
      ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), name)));
}

/// Stops the processes of a job if each of them has come as far as its program;
/// else nobody is stopped.
bool stop_if_all_started(Descriptor job) {
  static const Order suspend = order("NtSuspendProcess");
  static const Order resume = order("NtResumeProcess");
  if (suspend == nullptr || resume == nullptr) return true;
  std::map<long, UniqueFd> stopped;
  for (const long id : members(job)) {
    UniqueFd process(
        ::OpenProcess(PROCESS_SUSPEND_RESUME, FALSE, static_cast<DWORD>(id)));
    if (process && suspend(process.get()) >= 0)
      stopped[id] = std::move(process);
  }
  // Who has no thread yet is not seen, and who has no program has no name.
  std::set<long> started;
  for (const SeenProcess& one : all_processes())
    if (!one.image.empty()) started.insert(one.sample.id);
  const auto all = members(job);
  if (std::ranges::all_of(all, [&](long id) {
        return stopped.contains(id) && started.contains(id);
      }))
    return true;
  for (const auto& [id, process] : stopped) resume(process.get());
  return false;
}

/// Wine 8 does not end a process that is just being started (measured: one of
/// six storms left one). Its server forgets it, and it waits for ever for the
/// server's answer at a pipe of which it has both ends; with it stays whatever
/// else it has open. So all are stopped at a moment in which nobody starts.
void stop_when_nobody_starts(Descriptor job) {
  const auto until = std::chrono::steady_clock::now() + kStop;
  while (!stop_if_all_started(job) && std::chrono::steady_clock::now() < until)
    ::Sleep(1);
}

}  // namespace

int most_processes(const Limits& limits) {
  return std::max(1, limits.tasks * 3 / 16);
}

Result<Job> Job::create(const Limits& limits, Descriptor port,
                        std::uintptr_t key) {
  Job job;
  job.job_.reset(::CreateJobObjectW(nullptr, nullptr));
  if (!job.job_) return last_error("CreateJobObject");
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION wanted{};
  wanted.BasicLimitInformation.LimitFlags =
      JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_ACTIVE_PROCESS |
      JOB_OBJECT_LIMIT_JOB_MEMORY | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
  // One more for the console's host, which counts as well.
  wanted.BasicLimitInformation.ActiveProcessLimit =
      static_cast<DWORD>(most_processes(limits) + 1);
  wanted.JobMemoryLimit = static_cast<SIZE_T>(limits.memory);
  if (!::SetInformationJobObject(job.job_.get(),
                                 JobObjectExtendedLimitInformation, &wanted,
                                 sizeof wanted))
    return last_error("SetInformationJobObject");
  if (port == kNoDescriptor) return job;
  JOBOBJECT_ASSOCIATE_COMPLETION_PORT told{};
  told.CompletionKey = reinterpret_cast<void*>(key);
  told.CompletionPort = port;
  if (!::SetInformationJobObject(job.job_.get(),
                                 JobObjectAssociateCompletionPortInformation,
                                 &told, sizeof told))
    return last_error("SetInformationJobObject");
  return job;
}

Result<void> Job::add(Descriptor process) {
  if (!::AssignProcessToJobObject(job_.get(), process))
    return last_error("AssignProcessToJobObject");
  return {};
}

void Job::terminate() {
  if (is_wine()) stop_when_nobody_starts(job_.get());
  ::TerminateJobObject(job_.get(), 1);
}

bool Job::lives() const {
  if (active() == 0) return false;
  if (!is_wine()) return true;
  const std::vector<long> ids = members(job_.get());
  return std::ranges::any_of(all_processes(), [&](const SeenProcess& one) {
    return std::ranges::find(ids, one.sample.id) != ids.end();
  });
}

std::vector<SeenProcess> Job::of(const std::vector<SeenProcess>& all) const {
  const std::vector<long> ids = members(job_.get());
  std::vector<SeenProcess> found;
  std::ranges::copy_if(all, std::back_inserter(found), [&](const auto& one) {
    return std::ranges::find(ids, one.sample.id) != ids.end() &&
           !one.is_console_host();
  });
  return found;
}

int Job::active() const {
  JOBOBJECT_BASIC_ACCOUNTING_INFORMATION counts{};
  ::QueryInformationJobObject(job_.get(), JobObjectBasicAccountingInformation,
                              &counts, sizeof counts, nullptr);
  return static_cast<int>(counts.ActiveProcesses);
}

double Job::cpu_seconds() const {
  JOBOBJECT_BASIC_ACCOUNTING_INFORMATION counts{};
  ::QueryInformationJobObject(job_.get(), JobObjectBasicAccountingInformation,
                              &counts, sizeof counts, nullptr);
  return static_cast<double>(unsigned_of(counts.TotalUserTime) +
                             unsigned_of(counts.TotalKernelTime)) *
         1e-7;
}

Result<JobLimits> try_job_limits() {
  Limits one_process;
  one_process.tasks = 0;
  // most_processes() is 1, and one more is for the host of a console, which a
  // process gets that runs: so three of those that never run.
  auto job = Job::create(one_process, kNoDescriptor, 0);
  if (!job) return job.error();
  std::vector<Sleeper> sleepers;
  JobLimits limits;
  for (int i = 0; i < 3; ++i) {
    auto sleeper = Sleeper::start();
    if (!sleeper) return sleeper.error();
    const auto added = job->add(sleeper->process());
    if (!added && i < 2) return added.error();
    limits.processes = !added;
    sleepers.push_back(std::move(*sleeper));
  }
  // How much memory a job has shows only in one that uses it. Where the other
  // limit binds this one is believed.
  limits.memory = limits.processes;
  return limits;
}

}  // namespace poolbugs::sandbox
