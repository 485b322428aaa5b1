#include "platform/spawn_windows.hpp"

#include <windows.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <mutex>

#include "platform/command_line.hpp"
#include "platform/wide_windows.hpp"

namespace poolbugs {
namespace {

/// Tells a child which handles it has under which numbers: "3=1a4 4=1b0".
constexpr std::wstring_view kVariable = L"POOLBUGS_HANDLES";

Error last_error(std::string_view call) {
  return windows_error(call, ::GetLastError());
}

Result<UniqueFd> duplicate(HANDLE handle, bool inheritable) {
  HANDLE copy = nullptr;
  if (!::DuplicateHandle(::GetCurrentProcess(), handle, ::GetCurrentProcess(),
                         &copy, 0, inheritable, DUPLICATE_SAME_ACCESS))
    return last_error("DuplicateHandle");
  return UniqueFd(copy);
}

constexpr std::array<DWORD, 3> kStandard{STD_INPUT_HANDLE, STD_OUTPUT_HANDLE,
                                         STD_ERROR_HANDLE};

/// Inheritable copies of what a child is given, so that ours need not be
/// inheritable; the list of attributes below keeps other children from them.
struct Handles {
  std::array<HANDLE, 3> standard{};
  std::map<int, HANDLE> by_number = {};
  std::vector<HANDLE> all = {};
  std::vector<UniqueFd> owned = {};

  Result<void> add(HANDLE from, int to) {
    Result<UniqueFd> copy = duplicate(from, true);
    if (!copy) return copy.error();
    all.push_back(copy->get());
    if (to >= 0 && to < 3)
      standard[static_cast<std::size_t>(to)] = copy->get();
    else
      by_number[to] = copy->get();
    owned.push_back(std::move(*copy));
    return {};
  }
};

Result<Handles> handles_for(
    const std::vector<std::pair<Descriptor, int>>& fds_from_to) {
  Handles handles;
  for (auto [from, to] : fds_from_to)
    if (Result<void> added = handles.add(from, to); !added)
      return added.error();
  for (std::size_t i = 0; i < kStandard.size(); ++i) {
    const HANDLE ours = ::GetStdHandle(kStandard[i]);
    if (handles.standard[i] != nullptr || !is_descriptor(ours)) continue;
    // A standard handle that was closed is none, as on POSIX.
    static_cast<void>(handles.add(ours, static_cast<int>(i)));
  }
  return handles;
}

struct DeleteAttributes {
  void operator()(LPPROC_THREAD_ATTRIBUTE_LIST list) const {
    ::DeleteProcThreadAttributeList(list);
  }
};

/// What is inherited, and the job. Refers to the vectors that it was made from.
class Attributes {
 public:
  Result<void> set(std::vector<HANDLE>& inherited, std::vector<HANDLE>& jobs) {
    SIZE_T size = 0;
    ::InitializeProcThreadAttributeList(nullptr, 2, 0, &size);
    memory_.resize(size);
    auto* list = reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(memory_.data());
    if (!::InitializeProcThreadAttributeList(list, 2, 0, &size))
      return last_error("InitializeProcThreadAttributeList");
    list_.reset(list);
    if (!add(PROC_THREAD_ATTRIBUTE_HANDLE_LIST, inherited) ||
        !add(PROC_THREAD_ATTRIBUTE_JOB_LIST, jobs))
      return last_error("UpdateProcThreadAttribute");
    return {};
  }
  [[nodiscard]] LPPROC_THREAD_ATTRIBUTE_LIST get() const { return list_.get(); }

 private:
  bool add(DWORD_PTR attribute, std::vector<HANDLE>& handles) {
    return handles.empty() ||
           ::UpdateProcThreadAttribute(
               list_.get(), 0, attribute, handles.data(),
               handles.size() * sizeof(HANDLE), nullptr, nullptr);
  }

  std::vector<char> memory_ = {};
  std::unique_ptr<_PROC_THREAD_ATTRIBUTE_LIST, DeleteAttributes> list_ = {};
};

bool same_or_before(std::wstring_view a, std::wstring_view b, bool before) {
  const int order =
      ::CompareStringOrdinal(a.data(), static_cast<int>(a.size()), b.data(),
                             static_cast<int>(b.size()), TRUE);
  return order == CSTR_EQUAL || (before && order == CSTR_LESS_THAN);
}

/// Our environment with the child's numbers instead of ours: sorted by name, as
/// Windows wants it. ("=C:=C:\dir" has the name "=C:".)
std::wstring environment_with(const std::map<int, HANDLE>& by_number) {
  std::wstring numbers;
  for (auto [number, handle] : by_number) {
    std::array<char, 16> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(),
                                   reinterpret_cast<std::uintptr_t>(handle), 16)
                         .ptr;
    numbers += std::to_wstring(number) + L'=' +
               std::wstring(digits.begin(), end) + L' ';
  }
  std::wstring block;
  bool put = numbers.empty();
  const auto put_numbers = [&] {
    block.append(kVariable).append(L"=").append(numbers).push_back(L'\0');
    put = true;
  };
  wchar_t* const ours = ::GetEnvironmentStringsW();
  for (const wchar_t* at = ours; *at != L'\0';) {
    const std::wstring_view entry(at);
    at += entry.size() + 1;
    const std::wstring_view name = entry.substr(0, entry.find(L'=', 1));
    if (same_or_before(name, kVariable, false)) continue;
    if (!put && !same_or_before(name, kVariable, true)) put_numbers();
    block.append(entry).push_back(L'\0');
  }
  ::FreeEnvironmentStringsW(ours);
  if (!put) put_numbers();
  block.push_back(L'\0');
  return block;
}

std::map<int, HANDLE> take_numbers() {
  std::map<int, HANDLE> numbers;
  std::array<wchar_t, 4096> wide{};
  const std::wstring name(kVariable);
  const DWORD length = ::GetEnvironmentVariableW(
      name.c_str(), wide.data(), static_cast<DWORD>(wide.size()));
  if (length == 0 || length >= wide.size()) return numbers;
  ::SetEnvironmentVariableW(name.c_str(), nullptr);
  const std::string text = to_utf8({wide.data(), length});
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    int number = 0;
    std::uintptr_t value = 0;
    const auto first = std::from_chars(at, end, number);
    if (first.ptr == end || *first.ptr != '=') break;
    const auto second = std::from_chars(first.ptr + 1, end, value, 16);
    if (second.ec != std::errc{}) break;
    auto* const handle = reinterpret_cast<HANDLE>(value);
    ::SetHandleInformation(handle, HANDLE_FLAG_INHERIT, 0);
    numbers[number] = handle;
    at = second.ptr + 1;
  }
  return numbers;
}

}  // namespace

Result<std::string> own_executable() {
  std::wstring path(MAX_PATH, L'\0');
  while (true) {
    const DWORD length = ::GetModuleFileNameW(nullptr, path.data(),
                                              static_cast<DWORD>(path.size()));
    if (length == 0) return last_error("GetModuleFileName");
    // A string converts to an Error as well, so say which of the two it is.
    if (length < path.size())
      return {boost::system::in_place_value, to_utf8({path.data(), length})};
    path.resize(2 * path.size());
  }
}

Result<Child> spawn_process(
    const std::filesystem::path& exe, const std::vector<std::string>& args,
    const std::vector<std::pair<Descriptor, int>>& fds_from_to, Group group) {
  return spawn_in_job(exe, args, fds_from_to, group, kNoDescriptor);
}

Result<Child> spawn_in_job(
    const std::filesystem::path& exe, const std::vector<std::string>& args,
    const std::vector<std::pair<Descriptor, int>>& fds_from_to, Group group,
    Descriptor job) {
  const std::string name = to_utf8(exe.wstring());
  const Result<std::string> line = command_line(name, args);
  if (!line) return line.error();
  Result<Handles> handles = handles_for(fds_from_to);
  if (!handles) return handles.error();
  std::vector<HANDLE> jobs;
  if (is_descriptor(job)) jobs.push_back(job);
  Attributes attributes;
  if (Result<void> set = attributes.set(handles->all, jobs); !set)
    return set.error();

  STARTUPINFOEXW start{};
  start.StartupInfo.cb = sizeof start;
  start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  start.StartupInfo.hStdInput = handles->standard[0];
  start.StartupInfo.hStdOutput = handles->standard[1];
  start.StartupInfo.hStdError = handles->standard[2];
  start.lpAttributeList = attributes.get();
  DWORD flags = EXTENDED_STARTUPINFO_PRESENT | CREATE_UNICODE_ENVIRONMENT;
  if (group == Group::own) flags |= CREATE_NEW_PROCESS_GROUP;
  std::wstring wide_line = to_wide(*line);
  std::wstring environment = environment_with(handles->by_number);
  PROCESS_INFORMATION started{};
  if (!::CreateProcessW(exe.c_str(), wide_line.data(), nullptr, nullptr,
                        !handles->all.empty(), flags, environment.data(),
                        nullptr, &start.StartupInfo, &started))
    return last_error("CreateProcess " + name);
  ::CloseHandle(started.hThread);
  return reinterpret_cast<Child>(started.hProcess);
}

Descriptor inherited(int number) {
  static const std::map<int, HANDLE> numbers = take_numbers();
  if (number >= 0 && number < 3)
    return ::GetStdHandle(kStandard[static_cast<std::size_t>(number)]);
  const auto found = numbers.find(number);
  return found == numbers.end() ? kNoDescriptor : found->second;
}

Result<UniqueFd> exit_descriptor(Child child) {
  return duplicate(reinterpret_cast<HANDLE>(child), false);
}

Result<UniqueFd> make_kill_on_close_job() {
  UniqueFd job(::CreateJobObjectW(nullptr, nullptr));
  if (!job) return last_error("CreateJobObject");
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;
  if (!::SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation,
                                 &limits, sizeof limits))
    return last_error("SetInformationJobObject");
  return job;
}

}  // namespace poolbugs
