// Asking interpreters what they are. Their output goes to files that vanish and
// never to a pipe: who is left of one that we ended could hold that open.
#include <fmt/format.h>
#include <windows.h>

#include <algorithm>
#include <array>
#include <memory>

#include "platform/interpreter_answer.hpp"
#include "platform/spawn_windows.hpp"
#include "platform/unique_fd.hpp"

namespace poolbugs {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

Error last_error(std::string_view call) {
  return windows_error(call, ::GetLastError());
}

/// Gone with its last handle. Two writers append.
Result<UniqueFd> vanishing_file() {
  std::array<wchar_t, MAX_PATH + 1> folder{}, name{};
  if (::GetTempPathW(static_cast<DWORD>(folder.size()), folder.data()) == 0)
    return last_error("GetTempPath");
  if (::GetTempFileNameW(folder.data(), L"pb", 0, name.data()) == 0)
    return last_error("GetTempFileName");
  UniqueFd file(::CreateFileW(
      name.data(), FILE_READ_DATA | FILE_APPEND_DATA | DELETE | SYNCHRONIZE,
      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
      OPEN_EXISTING, FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE,
      nullptr));
  if (!file) return last_error("CreateFile of a temporary file");
  return file;
}

std::string text_of(Descriptor file) {
  std::string text;
  std::array<char, 4096> buffer{};
  constexpr std::size_t kMost = 64 << 10;
  while (text.size() < kMost) {
    OVERLAPPED at{};
    at.Offset = static_cast<DWORD>(text.size());
    DWORD got = 0;
    if (!::ReadFile(file, buffer.data(), static_cast<DWORD>(buffer.size()),
                    &got, &at) ||
        got == 0)
      break;
    text.append(buffer.data(), got);
  }
  return text;
}

/// One interpreter that is being asked. With its job end all that it started.
class Asked {
 public:
  explicit Asked(const fs::path& executable) : executable_(executable) {
    if (Result<void> started = start(); !started) why_ = started.error().text;
  }

  void wait_until(Clock::time_point deadline,
                  std::chrono::milliseconds patience) {
    if (!why_.empty()) return;
    const auto left = std::max(
        std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()),
        std::chrono::milliseconds(0));
    DWORD code = 0;
    if (::WaitForSingleObject(
            process_.get(), static_cast<DWORD>(left.count())) != WAIT_OBJECT_0)
      why_ = fmt::format("it did not answer within {:.3g} s",
                         std::chrono::duration<double>(patience).count());
    else if (!::GetExitCodeProcess(process_.get(), &code) || code != 0)
      why_ = fmt::format("it failed: {}", last_line(text_of(err_.get())));
    job_.reset();
  }

  void add_to(Interpreters& all) {
    if (why_.empty())
      add_answer(executable_, text_of(out_.get()), all);
    else
      all.broken.push_back({executable_, why_});
  }

 private:
  Result<void> start() {
    for (UniqueFd* file : {&out_, &err_}) {
      Result<UniqueFd> made = vanishing_file();
      if (!made) return made.error();
      *file = std::move(*made);
    }
    UniqueFd null(::CreateFileW(L"NUL", GENERIC_READ,
                                FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr,
                                OPEN_EXISTING, 0, nullptr));
    if (!null) return last_error("CreateFile NUL");
    Result<UniqueFd> job = make_kill_on_close_job();
    if (!job) return job.error();
    job_ = std::move(*job);
    // Without the user's own site folder and PYTHON* variables, as its runs.
    const Result<Child> child =
        spawn_in_job(executable_, {"-E", "-s", "-c", kInterpreterQuestion},
                     {{null.get(), 0}, {out_.get(), 1}, {err_.get(), 2}},
                     Group::own, job_.get());
    if (!child) return child.error();
    process_ = UniqueFd(reinterpret_cast<HANDLE>(*child));
    return {};
  }

  fs::path executable_;
  UniqueFd out_, err_, job_, process_;
  std::string why_;  ///< it cannot be used; empty so far
};

}  // namespace

Interpreters ask_interpreters(const std::vector<fs::path>& candidates,
                              std::chrono::milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  std::vector<std::unique_ptr<Asked>> all;
  for (const fs::path& candidate : candidates)
    all.push_back(std::make_unique<Asked>(candidate));
  Interpreters answers;
  for (const auto& one : all) {
    one->wait_until(deadline, patience);
    one->add_to(answers);
  }
  sort_by_version(answers.found);
  return answers;
}

}  // namespace poolbugs
