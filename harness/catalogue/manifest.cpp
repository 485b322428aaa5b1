#include "harness/catalogue/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "harness/catalogue/keys.hpp"
#include "harness/catalogue/markdown.hpp"
#include "harness/catalogue/text.hpp"

namespace poolbugs::catalogue {
namespace {

namespace fs = std::filesystem;

/// Both halves must be there, each as a source and as a promise. What a text
/// that is not TOML promises is not known: `toml_line` is 0 then.
void join_sources(const fs::path& file, int toml_line, Manifest& manifest) {
  const auto fault = [&](int line, std::string message) {
    manifest.faults.push_back({file, line, std::move(message)});
  };
  for (const std::string half : {"broken", "fixed"}) {
    const fs::path source = manifest.item.folder / (half + ".cpp");
    const std::string promise =
        fmt::format("`{} = \"{}\"`", half, half == "fixed" ? "ok" : "hang");
    std::error_code error;
    const bool exists = fs::is_regular_file(source, error);
    const auto claim = std::ranges::find(manifest.halves, half, &Claim::name);
    const bool promised = claim != manifest.halves.end();
    if (!exists && promised)
      fault(claim->line, fmt::format("`{0}` is promised, but there is no "
                                     "{0}.cpp beside case.md; write it",
                                     half));
    else if (!exists && toml_line > 0)
      fault(toml_line, fmt::format("the half `{0}` is missing; write {0}.cpp "
                                   "and its promise, {1}",
                                   half, promise));
    else if (!exists)
      fault(0,
            fmt::format("there is no {}.cpp beside case.md; write it", half));
    else if (!promised && toml_line > 0)
      fault(toml_line,
            fmt::format("{}.cpp has no promise; write {}", half, promise));
  }
  for (Program& program : manifest.item.programs)
    program.source = manifest.item.folder / (program.name + ".cpp");
}

void check_place(Manifest& manifest) {
  const Case& item = manifest.item;
  const auto fault = [&](std::string message) {
    manifest.faults.push_back({item.folder, 0, std::move(message)});
  };
  if (!is_slug(item.slug))
    fault(
        fmt::format("the folder name `{}` must consist of small letters, "
                    "digits and hyphens",
                    item.slug));
}

}  // namespace

const std::vector<std::string>& areas() {
  static const std::vector<std::string> names{
      "serialization", "fork",      "spawn", "channel", "lifecycle",
      "shutdown",      "resources", "async", "windows", "macos"};
  return names;
}

bool is_slug(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") ==
             text.npos;
}

Manifest read_case(const fs::path& folder) {
  Manifest manifest;
  manifest.item.folder = folder;
  manifest.item.area = folder.parent_path().filename().string();
  manifest.item.slug = folder.filename().string();
  check_place(manifest);

  const fs::path file = folder / "case.md";
  std::error_code error;
  if (fs::symlink_status(file, error).type() == fs::file_type::not_found) {
    manifest.faults.push_back(
        {folder, 0,
         fmt::format("there is no case.md; `poolbugs new {}` writes one",
                     manifest.item.name())});
    return manifest;
  }
  const auto read = read_manifest(file);
  if (const Fault* fault = std::get_if<Fault>(&read)) {
    manifest.faults.push_back(*fault);
    return manifest;
  }
  Page page = read_page(file, std::get<std::string>(read));
  const bool is_toml =
      page.toml && read_keys(page.toml->text, page.toml->line, file, manifest);
  join_sources(file, is_toml ? page.toml->line - 1 : 0, manifest);
  manifest.item.story = std::move(page.story);
  std::ranges::move(page.faults, std::back_inserter(manifest.faults));
  std::ranges::stable_sort(manifest.faults, {}, &Fault::line);
  return manifest;
}

}  // namespace poolbugs::catalogue
