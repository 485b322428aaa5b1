#include <windows.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "platform/attend.hpp"
#include "platform/command_line.hpp"
#include "platform/console.hpp"
#include "platform/snapshot_windows.hpp"
#include "platform/unique_fd.hpp"
#include "platform/wide_windows.hpp"

namespace poolbugs {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// After TerminateJobObject, until we give up.
constexpr milliseconds kAfterKill{2000};

/// Whoever shares our console hears of it too, so the command has.
BOOL WINAPI ignore_keys(DWORD event) {
  return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT ? TRUE : FALSE;
}

NotStarted failed(int status, std::string_view call) {
  return {status, windows_error(call, ::GetLastError()).text};
}

bool is_file(const std::wstring& name) {
  const DWORD attributes = ::GetFileAttributesW(name.c_str());
  return attributes != INVALID_FILE_ATTRIBUTES &&
         (attributes & FILE_ATTRIBUTE_DIRECTORY) == 0;
}

/// The file that a shell would run; "" if there is none.
std::wstring find_program(const std::wstring& name) {
  const bool has_folder = name.find_first_of(L"\\/:") != std::wstring::npos;
  constexpr std::array<std::wstring_view, 5> kEndings{L"", L".com", L".exe",
                                                      L".bat", L".cmd"};
  for (const std::wstring_view ending : kEndings) {
    std::wstring full = name;
    full.append(ending);
    if (has_folder && is_file(full)) return full;
    std::wstring found(32'768, L'\0');
    const DWORD length = has_folder
                             ? 0
                             : ::SearchPathW(nullptr, full.c_str(), nullptr,
                                             static_cast<DWORD>(found.size()),
                                             found.data(), nullptr);
    found.resize(length);
    if (length > 0 && is_file(found)) return found;
  }
  return {};
}

bool is_batch_file(const std::filesystem::path& program) {
  std::wstring ending = program.extension().wstring();
  std::ranges::transform(ending, ending.begin(), ::towlower);
  return ending == L".bat" || ending == L".cmd";
}

/// That is what "without us" means: our standard handles, and all others that
/// we inherited to hand down.
STARTUPINFOW our_handles() {
  STARTUPINFOW info{};
  info.cb = sizeof info;
  info.dwFlags = STARTF_USESTDHANDLES;
  info.hStdInput = ::GetStdHandle(STD_INPUT_HANDLE);
  info.hStdOutput = ::GetStdHandle(STD_OUTPUT_HANDLE);
  info.hStdError = ::GetStdHandle(STD_ERROR_HANDLE);
  for (const HANDLE handle : {info.hStdInput, info.hStdOutput, info.hStdError})
    if (is_descriptor(handle))
      ::SetHandleInformation(handle, HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
  return info;
}

/// A job that ends nobody by itself, and whom who asks may leave.
UniqueFd make_job() {
  UniqueFd job(::CreateJobObjectW(nullptr, nullptr));
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_BREAKAWAY_OK;
  if (job)
    ::SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation,
                              &limits, sizeof limits);
  return job;
}

}  // namespace

struct Attendance::State {
  UniqueFd job, process;
  std::optional<CommandEnd> end;
};

Attendance::Attendance() : state_(std::make_unique<State>()) {
  // Not SetConsoleCtrlHandler(nullptr, TRUE): children would inherit that.
  ::SetConsoleCtrlHandler(ignore_keys, TRUE);
  state_->job = make_job();
  adopt(state_->job.get());
}

Attendance::~Attendance() {
  adopt(kNoDescriptor);
  ::SetConsoleCtrlHandler(ignore_keys, FALSE);
}

std::optional<NotStarted> Attendance::start(
    const std::vector<std::string>& command) {
  if (!state_->job) return failed(125, "CreateJobObject");
  const std::wstring program = find_program(to_wide(command[0]));
  if (program.empty())
    return NotStarted{127, command[0] + ": no such program in PATH"};
  if (is_batch_file(program))
    return NotStarted{126, to_utf8(program) +
                               " is a batch file: its command is cmd /c " +
                               command[0]};
  const auto line =
      command_line(command[0], {command.begin() + 1, command.end()});
  if (!line) return NotStarted{126, line.error().text};
  std::wstring words = to_wide(*line);
  STARTUPINFOW info = our_handles();
  PROCESS_INFORMATION child{};
  if (!::CreateProcessW(program.c_str(), words.data(), nullptr, nullptr, TRUE,
                        CREATE_SUSPENDED, nullptr, nullptr, &info, &child))
    return failed(126, "CreateProcess " + to_utf8(program));
  state_->process.reset(child.hProcess);
  const UniqueFd thread(child.hThread);
  if (!::AssignProcessToJobObject(state_->job.get(), child.hProcess)) {
    const NotStarted why = failed(125, "AssignProcessToJobObject");
    ::TerminateProcess(child.hProcess, 1);
    return why;
  }
  ::ResumeThread(thread.get());
  return std::nullopt;
}

std::optional<CommandEnd> Attendance::wait_until(Clock::time_point deadline) {
  State& state = *state_;
  while (!state.end) {
    const auto left =
        std::clamp(std::chrono::ceil<milliseconds>(deadline - Clock::now()),
                   milliseconds(0), milliseconds(3'600'000));
    if (::WaitForSingleObject(state.process.get(),
                              static_cast<DWORD>(left.count())) ==
        WAIT_OBJECT_0) {
      DWORD code = 0;
      ::GetExitCodeProcess(state.process.get(), &code);
      state.end = CommandEnd{.code = code};
    } else if (Clock::now() >= deadline) {
      break;
    }
  }
  return state.end;
}

int Attendance::end_tree(milliseconds /*grace*/) {
  const auto until = Clock::now() + kAfterKill;
  ::TerminateJobObject(state_->job.get(), 1);
  while (true) {
    const std::size_t left = members(state_->job.get()).size();
    if (left == 0 || Clock::now() >= until) return static_cast<int>(left);
    ::Sleep(1);
  }
}

long Attendance::id() const {
  return static_cast<long>(::GetProcessId(state_->process.get()));
}

bool Attendance::stopped() const { return false; }

Clock::duration Attendance::stopped_for() const { return {}; }

void die_like(int signal) { die_of_signal(signal); }

}  // namespace poolbugs
