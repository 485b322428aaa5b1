#include <windows.h>

#include "platform/sandbox_job_windows.hpp"

namespace poolbugs::sandbox {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "poolbugs-run-";
constexpr const wchar_t* kOwner = L"owner";

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
       it.increment(error)) {
    std::error_code ignored;
    if (it->path().filename().string().starts_with(kPrefix) &&
        is_abandoned(it->path()))
      fs::remove_all(it->path(), ignored);
  }
}

}  // namespace

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
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace poolbugs::sandbox
