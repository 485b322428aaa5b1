#include <windows.h>

#include <algorithm>
#include <array>
#include <string>

#include "platform/command_line.hpp"
#include "platform/sandbox_job_windows.hpp"
#include "platform/wide_windows.hpp"

namespace poolbugs::sandbox {
namespace {

Error last_error(std::string_view call) {
  return windows_error(call, ::GetLastError());
}

/// A copy that children inherit if it is on their list.
SECURITY_ATTRIBUTES inheritable() {
  SECURITY_ATTRIBUTES attributes{};
  attributes.nLength = sizeof attributes;
  attributes.bInheritHandle = TRUE;
  return attributes;
}

constexpr DWORD kShareAll =
    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

class Attributes {
 public:
  /// `handles` must outlive this.
  static Result<Attributes> inheriting(std::array<HANDLE, 3>& handles) {
    Attributes attributes;
    SIZE_T size = 0;
    ::InitializeProcThreadAttributeList(nullptr, 1, 0, &size);
    attributes.buffer_.resize(size);
    if (!::InitializeProcThreadAttributeList(attributes.list(), 1, 0, &size))
      return last_error("InitializeProcThreadAttributeList");
    attributes.filled_ = true;
    if (!::UpdateProcThreadAttribute(
            attributes.list(), 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
            handles.data(), sizeof handles, nullptr, nullptr))
      return last_error("UpdateProcThreadAttribute");
    return attributes;
  }
  Attributes(Attributes&& other) noexcept
      : buffer_(std::move(other.buffer_)),
        filled_(std::exchange(other.filled_, false)) {}
  Attributes& operator=(Attributes&&) = delete;
  ~Attributes() {
    if (filled_) ::DeleteProcThreadAttributeList(list());
  }
  [[nodiscard]] LPPROC_THREAD_ATTRIBUTE_LIST list() {
    return reinterpret_cast<LPPROC_THREAD_ATTRIBUTE_LIST>(buffer_.data());
  }

 private:
  Attributes() = default;
  std::vector<char> buffer_;
  bool filled_ = false;
};

std::wstring name_of(const std::wstring& entry) {
  // "=C:" is the name of a variable too.
  return entry.substr(0, entry.find(L'=', 1));
}

int compare(const std::wstring& one, const std::wstring& other) {
  return ::CompareStringOrdinal(one.data(), static_cast<int>(one.size()),
                                other.data(), static_cast<int>(other.size()),
                                TRUE);
}

bool same_name(const std::wstring& one, const std::wstring& other) {
  return compare(name_of(one), name_of(other)) == CSTR_EQUAL;
}

/// Sorted by name, as CreateProcess wants it: "All strings in the environment
/// block must be sorted alphabetically by name. The sort is case-insensitive,
/// Unicode order, without regard to locale."
/// (https://learn.microsoft.com/windows/win32/procthread/changing-environment-variables)
std::wstring environment_block(const Command& command,
                               const std::filesystem::path& folder) {
  std::vector<std::wstring> entries;
  const auto add = [&](std::wstring entry) {
    std::erase_if(entries,
                  [&](const auto& known) { return same_name(known, entry); });
    entries.push_back(std::move(entry));
  };
  // What programs rely on, unless the command says otherwise.
  for (const wchar_t* name : {L"SystemRoot", L"SystemDrive", L"windir",
                              L"ComSpec", L"PATH", L"PATHEXT"}) {
    std::wstring value(32'767, L'\0');
    value.resize(::GetEnvironmentVariableW(name, value.data(),
                                           static_cast<DWORD>(value.size())));
    if (!value.empty()) add(std::wstring(name) + L'=' + value);
  }
  for (const std::string& entry : command.environment) add(to_wide(entry));
  for (const wchar_t* name : {L"HOME", L"USERPROFILE", L"TEMP", L"TMP"})
    add(std::wstring(name) + L'=' + folder.wstring());
  std::ranges::sort(entries, [](const auto& one, const auto& other) {
    return compare(name_of(one), name_of(other)) == CSTR_LESS_THAN;
  });
  std::wstring block;
  for (const std::wstring& entry : entries) block += entry + L'\0';
  return block + L'\0';
}

}  // namespace

Result<Output> Output::create(const std::filesystem::path& file) {
  Output output;
  output.path_ = file;
  // With handles of ours and of the run it is gone, however we end.
  output.file_.reset(::CreateFileW(
      file.c_str(), GENERIC_READ | DELETE, kShareAll, nullptr, CREATE_NEW,
      FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, nullptr));
  if (!output.file_) return last_error("CreateFile " + file.string());
  return output;
}

Result<UniqueFd> Output::for_child() const {
  // Who may only append does so at the end of the file, wherever that is.
  auto attributes = inheritable();
  UniqueFd file(::CreateFileW(
      path_.c_str(), FILE_APPEND_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
      kShareAll, &attributes, OPEN_EXISTING, 0, nullptr));
  if (!file) return last_error("CreateFile " + path_.string());
  return file;
}

std::uint64_t Output::size() const {
  LARGE_INTEGER size{};
  if (!::GetFileSizeEx(file_.get(), &size)) return 0;
  return static_cast<std::uint64_t>(size.QuadPart);
}

std::string Output::read(std::uint64_t most) const {
  std::string text(std::min(size(), most), '\0');
  std::size_t have = 0;
  while (have < text.size()) {
    OVERLAPPED where{};
    where.Offset = static_cast<DWORD>(have);
    where.OffsetHigh = static_cast<DWORD>(std::uint64_t{have} >> 32);
    const auto want =
        static_cast<DWORD>(std::min<std::size_t>(text.size() - have, 1 << 20));
    DWORD got = 0;
    if (!::ReadFile(file_.get(), text.data() + have, want, &got, &where) ||
        got == 0)
      break;
    have += got;
  }
  text.resize(have);
  return text;
}

Result<UniqueFd> start_in_job(const Command& command,
                              const std::filesystem::path& folder, Job& job,
                              const Output& out, const Output& err) {
  auto line =
      command_line(to_utf8(command.executable.wstring()), command.arguments);
  if (!line) return line.error();
  auto attributes = inheritable();
  const UniqueFd nothing(::CreateFileW(L"NUL", GENERIC_READ, kShareAll,
                                       &attributes, OPEN_EXISTING, 0, nullptr));
  if (!nothing) return last_error("CreateFile NUL");
  const auto to_out = out.for_child();
  if (!to_out) return to_out.error();
  const auto to_err = err.for_child();
  if (!to_err) return to_err.error();
  std::array handles{nothing.get(), to_out->get(), to_err->get()};
  auto list = Attributes::inheriting(handles);
  if (!list) return list.error();

  STARTUPINFOEXW info{};
  info.StartupInfo.cb = sizeof info;
  info.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
  info.StartupInfo.hStdInput = handles[0];
  info.StartupInfo.hStdOutput = handles[1];
  info.StartupInfo.hStdError = handles[2];
  info.lpAttributeList = list->list();
  std::wstring words = to_wide(*line);
  std::wstring environment = environment_block(command, folder);
  PROCESS_INFORMATION child{};
  // A console without a window: children of the run share it, so none opens,
  // and Ctrl-C at ours goes nowhere.
  if (!::CreateProcessW(
          command.executable.c_str(), words.data(), nullptr, nullptr, TRUE,
          CREATE_SUSPENDED | CREATE_NO_WINDOW | CREATE_UNICODE_ENVIRONMENT |
              EXTENDED_STARTUPINFO_PRESENT,
          environment.data(), folder.c_str(), &info.StartupInfo, &child))
    return last_error("CreateProcess " + to_utf8(command.executable.wstring()));
  UniqueFd process(child.hProcess);
  const UniqueFd thread(child.hThread);
  if (const auto added = job.add(process.get()); !added) {
    ::TerminateProcess(process.get(), 1);
    return added.error();
  }
  ::ResumeThread(thread.get());
  return process;
}

}  // namespace poolbugs::sandbox
