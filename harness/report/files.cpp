#include "harness/report/files.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace poolbugs::report {
namespace {

namespace fs = std::filesystem;

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

Error failed(std::string_view call, const fs::path& file) {
  return errno_error(fmt::format("{} {}", call, file.generic_string()), errno);
}

Error failed(std::string_view call, const fs::path& file,
             const std::error_code& why) {
  return {fmt::format("{} {}: {}", call, file.generic_string(), why.message())};
}

Result<void> write_directly(const fs::path& file, std::string_view content) {
  File out(std::fopen(file.string().c_str(), "wb"));
  if (!out) return failed("fopen", file);
  if (std::fwrite(content.data(), 1, content.size(), out.get()) !=
      content.size())
    return failed("fwrite", file);
  if (std::fflush(out.get()) != 0) return failed("fflush", file);
  // Some file systems tell only here that there was no room.
  if (std::fclose(out.release()) != 0) return failed("fclose", file);
  return {};
}

}  // namespace

Result<std::string> read_file(const fs::path& file) {
  std::error_code why;
  if (fs::is_directory(file, why))
    return Error{
        fmt::format("fopen {}: Is a directory", file.generic_string())};
  File in(std::fopen(file.string().c_str(), "rb"));
  if (!in) return failed("fopen", file);
  std::string content;
  char part[65536];
  while (const auto got = std::fread(part, 1, sizeof part, in.get()))
    content.append(part, got);
  if (std::ferror(in.get()) != 0) return failed("fread", file);
  // Error can be made of a string too: say which is meant.
  return Result<std::string>(boost::system::in_place_value, std::move(content));
}

Result<void> write_file(const fs::path& file, std::string_view content) {
  std::error_code why;
  if (file.has_parent_path()) fs::create_directories(file.parent_path(), why);
  if (why) return failed("create_directories", file.parent_path(), why);
  auto draft = file;
  draft += ".new";
  if (auto written = write_directly(draft, content); !written) {
    fs::remove(draft, why);
    return written.error();
  }
  fs::rename(draft, file, why);
  if (!why) return {};
  const auto error = failed("rename", file, why);
  fs::remove(draft, why);
  return error;
}

Result<bool> write_if_changed(const fs::path& file, std::string_view content) {
  if (const auto old = read_file(file); old && *old == content) return false;
  if (auto written = write_file(file, content); !written)
    return written.error();
  return true;
}

}  // namespace poolbugs::report
