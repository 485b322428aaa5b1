#include <windows.h>

#include "platform/sandbox_job_windows.hpp"

namespace poolbugs::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "poolbugs-run-";
constexpr const wchar_t* kOwner = L"owner";

/// No limit of 260 characters, and a name like "nul" is one like any other:
/// https://learn.microsoft.com/windows/win32/fileio/naming-a-file#win32-file-namespaces
std::wstring verbatim(const fs::path& absolute) {
  return LR"(\\?\)" + fs::path(absolute).make_preferred().native();
}

/// What is read-only would stay.
void make_writable(const std::wstring& path, DWORD attributes) {
  if ((attributes & FILE_ATTRIBUTE_READONLY) != 0)
    ::SetFileAttributesW(path.c_str(), attributes & ~FILE_ATTRIBUTE_READONLY);
}

/// Removes the files in it, and links and junctions, which it does not follow;
/// adds the folders to `folders`.
void empty(const std::wstring& folder, std::vector<std::wstring>& folders) {
  WIN32_FIND_DATAW found;
  const HANDLE search =
      ::FindFirstFileExW((folder + L"\\*").c_str(), FindExInfoBasic, &found,
                         FindExSearchNameMatch, nullptr, 0);
  if (search == INVALID_HANDLE_VALUE) return;
  do {
    const std::wstring_view name = found.cFileName;
    if (name == L"." || name == L"..") continue;
    const std::wstring path = folder + L'\\' + found.cFileName;
    const DWORD attributes = found.dwFileAttributes;
    const bool is_folder = (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
    make_writable(path, attributes);
    if (!is_folder)
      ::DeleteFileW(path.c_str());
    else if ((attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0)
      ::RemoveDirectoryW(path.c_str());
    else
      folders.push_back(path);
  } while (::FindNextFileW(search, &found) != 0);
  ::FindClose(search);
}

/// Whether its poolbugs is gone. One that was just made has no owner yet.
bool is_abandoned(const fs::path& folder) {
  std::error_code error;
  const auto made = fs::last_write_time(folder, error);
  return !error && !fs::exists(folder / kOwner, error) && !error &&
         fs::file_time_type::clock::now() - made > std::chrono::minutes(1);
}

void remove_abandoned(const fs::path& in) {
  std::error_code error;
  for (fs::directory_iterator it(in, error), end; !error && it != end;
       it.increment(error))
    if (it->path().filename().string().starts_with(kPrefix) &&
        is_abandoned(it->path()))
      remove_tree(it->path());
}

}  // namespace

bool remove_tree(const fs::path& folder) {
  std::vector<std::wstring> folders{verbatim(folder)};
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const std::wstring next = folders[i];  // the vector grows
    empty(next, folders);
  }
  bool gone = false;
  for (auto it = folders.rbegin(); it != folders.rend(); ++it)
    gone = ::RemoveDirectoryW(it->c_str()) != 0;
  return gone;
}

Result<Folder> Folder::create() {
  std::error_code error;
  const fs::path in = fs::temp_directory_path(error);
  if (error) return Error{"GetTempPath: " + error.message()};
  remove_abandoned(in);
  Folder folder;
  for (int i = 0; i < 100 && !error && folder.path_.empty(); ++i) {
    const fs::path path =
        in / (std::string(kPrefix) + std::to_string(::GetCurrentProcessId()) +
              "-" + std::to_string(::GetTickCount64() + i));
    if (fs::create_directory(path, error)) folder.path_ = path;
  }
  if (error) return Error{"CreateDirectory: " + error.message()};
  folder.owner_.reset(::CreateFileW(
      (folder.path_ / kOwner).c_str(), GENERIC_WRITE, 0, nullptr, CREATE_NEW,
      FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, nullptr));
  if (!folder.owner_)
    return windows_error("CreateFile " + folder.path_.string(),
                         ::GetLastError());
  return folder;
}

Folder::~Folder() {
  if (!owner_) return;
  owner_.reset();
  remove_tree(path_);
}

}  // namespace poolbugs::sandbox
